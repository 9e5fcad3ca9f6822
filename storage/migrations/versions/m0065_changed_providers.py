"""Another reason to look at a decided claim again: a provider changed on the roster for days already decided."""

from __future__ import annotations

from alembic import op

revision = "0065"
down_revision = "0089"

UPGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early', 'rate-corrected',
                      'policy-corrected', 'data-corrected', 'provider-changed'));
CREATE INDEX claims_npis ON claims USING gin (jsonb_path_query_array(CAST(payload AS jsonb), 'strict $.**.npi'));
"""
# Not valid: what was raised so far stays, nothing more of it is taken.
DOWNGRADE = """
DROP INDEX claims_npis;
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early', 'rate-corrected',
                      'policy-corrected', 'data-corrected')) NOT VALID;
"""


def upgrade() -> None:
    """Allow it, and find the claims of a provider in any role."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Allow it no more; what was raised stays."""
    op.execute(DOWNGRADE)
