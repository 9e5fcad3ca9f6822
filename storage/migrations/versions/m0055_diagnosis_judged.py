"""A denial because a service does not fit the diagnosis (CARC 11) is signed: it judges care. Rows of earlier versions stay."""

from __future__ import annotations

from alembic import op

revision = "0055"
down_revision = "0062"

_BEFORE = """'necessity.not_medically_necessary', 'necessity.experimental', 'necessity.not_reasonable_and_necessary',
        'necessity.criteria_not_met', 'necessity.clinical_judgement', 'necessity.stated_not_necessary',
        'necessity.records_not_received', 'edits.units_not_supported'"""
_NOW = f"{_BEFORE}, 'edits.diagnosis_not_supported'"
_CLINICAL = """
ALTER TABLE determination_lines DROP CONSTRAINT clinical_reason_is_clinical;
ALTER TABLE determination_lines ADD CONSTRAINT clinical_reason_is_clinical
    CHECK (disposition <> 'denied' OR clinical OR reason NOT IN ({names})) NOT VALID;
ALTER TABLE settlements DROP CONSTRAINT clinical_label_is_clinical;
ALTER TABLE settlements ADD CONSTRAINT clinical_label_is_clinical
    CHECK (coalesce(denies_as, '') NOT IN ({names}) OR clinical) NOT VALID;
"""
_SIGNED = """
ALTER TABLE settlements ADD CONSTRAINT diagnosis_is_signed
    CHECK (coalesce(denies_as, '') <> 'edits.diagnosis_inconsistent') NOT VALID;
"""


def upgrade() -> None:
    """Refuse the unsigned denials from now on."""
    op.execute(_CLINICAL.format(names=_NOW) + _SIGNED)


def downgrade() -> None:
    """Allow them again; the signed ones that were made stay signed."""
    op.execute(_CLINICAL.format(names=_BEFORE))
    op.execute("ALTER TABLE settlements DROP CONSTRAINT diagnosis_is_signed;")
