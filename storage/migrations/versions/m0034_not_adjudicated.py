"""A line may be not adjudicated here: it has no amounts, and another system of the payer decides it.

The list of clinical reasons also gets the denial that the biller itself expects (modifier GZ). Existing rows fit both
constraints, so they are not read again while the table is locked.
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"

_AMOUNTS = """
ALTER TABLE determination_lines DROP CONSTRAINT amounts_fit_disposition;
ALTER TABLE determination_lines ADD CONSTRAINT amounts_fit_disposition CHECK (CASE disposition
    WHEN 'approved' THEN paid >= 0 AND paid <= charge
    WHEN 'denied' THEN paid = 0 AND charge >= 0
    WHEN 'reversed' THEN version > 1 AND charge <= paid AND paid <= 0
    WHEN 'withdrawn' THEN charge = 0 AND paid = 0
    {more}ELSE false END) NOT VALID;
"""
_CLINICAL = """
ALTER TABLE determination_lines DROP CONSTRAINT clinical_reason_is_clinical;
ALTER TABLE determination_lines ADD CONSTRAINT clinical_reason_is_clinical
    CHECK (disposition <> 'denied' OR clinical OR reason NOT IN (
        'necessity.not_medically_necessary', 'necessity.experimental', 'necessity.not_reasonable_and_necessary',
        'necessity.criteria_not_met', 'necessity.clinical_judgement'{more})) NOT VALID;
"""
_SETTLED = """
ALTER TABLE settlements DROP CONSTRAINT clinical_label_is_clinical;
ALTER TABLE settlements ADD CONSTRAINT clinical_label_is_clinical
    CHECK (coalesce(denies_as, '') NOT IN ('necessity.not_medically_necessary', 'necessity.experimental',
           'necessity.not_reasonable_and_necessary', 'necessity.criteria_not_met',
           'necessity.clinical_judgement'{more}) OR clinical) NOT VALID;
"""


def upgrade() -> None:
    """Allow the disposition, and refuse the new clinical reason on a line that says it is not clinical."""
    op.execute(_AMOUNTS.format(more="WHEN 'not-adjudicated' THEN charge = 0 AND paid = 0\n    "))
    for clinical in (_CLINICAL, _SETTLED):
        op.execute(clinical.format(more=", 'necessity.stated_not_necessary'"))


def downgrade() -> None:
    """Forbid them again. Fails where a line already has the disposition: no other disposition fits it."""
    op.execute(
        _AMOUNTS.format(more="") + "ALTER TABLE determination_lines VALIDATE CONSTRAINT amounts_fit_disposition;"
    )
    for clinical in (_CLINICAL, _SETTLED):
        op.execute(clinical.format(more=""))
