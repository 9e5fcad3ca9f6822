"""A denial that rests on clinical records is signed: for records that never came (226), and for units they do not support (151).

Who may sign is decided by what the judgment is, not by the queue that held the line. Rows of earlier versions stay as they are.
"""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"

_BEFORE = """'necessity.not_medically_necessary', 'necessity.experimental', 'necessity.not_reasonable_and_necessary',
        'necessity.criteria_not_met', 'necessity.clinical_judgement', 'necessity.stated_not_necessary'"""
_NOW = f"""{_BEFORE},
        'necessity.records_not_received', 'edits.units_not_supported'"""
_CLINICAL = """
ALTER TABLE determination_lines DROP CONSTRAINT clinical_reason_is_clinical;
ALTER TABLE determination_lines ADD CONSTRAINT clinical_reason_is_clinical
    CHECK (disposition <> 'denied' OR clinical OR reason NOT IN ({names})) NOT VALID;
ALTER TABLE settlements DROP CONSTRAINT clinical_label_is_clinical;
ALTER TABLE settlements ADD CONSTRAINT clinical_label_is_clinical
    CHECK (coalesce(denies_as, '') NOT IN ({names}) OR clinical) NOT VALID;
"""
# Without a signature only what is no clinical record may be held against the member. The default refuses: an earlier version of
# the worker did not know.
_RECORDS = """
ALTER TABLE settlements ADD COLUMN office_records boolean NOT NULL DEFAULT false;
ALTER TABLE settlements ADD CONSTRAINT clinical_records_are_signed
    CHECK (coalesce(denies_as, '') <> 'necessity.documents_not_received' OR office_records) NOT VALID;
ALTER TABLE settlements ADD CONSTRAINT units_are_signed
    CHECK (coalesce(denies_as, '') <> 'edits.units_reviewable') NOT VALID;
"""


def upgrade() -> None:
    """Refuse the unsigned denials from now on."""
    op.execute(_CLINICAL.format(names=_NOW) + _RECORDS)


def downgrade() -> None:
    """Allow them again; the signed ones that were made stay signed."""
    op.execute(_CLINICAL.format(names=_BEFORE))
    op.execute("ALTER TABLE settlements DROP COLUMN office_records, DROP CONSTRAINT units_are_signed;")
