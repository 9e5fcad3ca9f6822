"""Determinations of some lines of a claim, while its other lines wait.

`pending_lines` names the lines that a version leaves open, `follows_open` says that the version before left some.
`decides` marks the version that decided the claim as a whole for the first time; a claim without such a version is not
determined. Both defaults fit what the program of before inserts beside this schema. Lines decided early that the claim's last try would
decide otherwise are a reason to look at it again.
"""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0044"

UPGRADE = """
ALTER TABLE determinations ADD COLUMN pending_lines integer[] CHECK (cardinality(pending_lines) > 0),
    ADD COLUMN follows_open boolean NOT NULL DEFAULT false;
ALTER TABLE determinations ADD COLUMN decides boolean NOT NULL
    GENERATED ALWAYS AS (pending_lines IS NULL AND (version = 1 OR follows_open)) STORED;
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early'));
"""
# Not valid: what was raised so far stays, nothing more of it is taken.
DOWNGRADE = """
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed')) NOT VALID;
ALTER TABLE determinations DROP COLUMN decides, DROP COLUMN pending_lines, DROP COLUMN follows_open;
"""


def upgrade() -> None:
    """Let a version leave lines open."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Let it not; the program of before reads a claim that is decided in part as decided."""
    op.execute(DOWNGRADE)
