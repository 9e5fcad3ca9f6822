"""Dead letters: the headers they came with, closing one without a replay, and when its content was removed.

A letter is open until it is replayed or closed, and never both. Content goes only from letters that are not open.
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"

UPGRADE = """
ALTER TABLE dead_letter_bulks ADD COLUMN closes_because text CHECK (length(closes_because) > 0);
ALTER TABLE dead_letters
    ADD COLUMN headers json,
    ADD COLUMN headers_left_out integer NOT NULL DEFAULT 0,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN closed_by text,
    ADD COLUMN closed_because text CHECK (length(closed_because) > 0),
    ADD COLUMN closed_with uuid REFERENCES dead_letter_bulks,
    ADD COLUMN removed_at timestamptz,
    ADD CONSTRAINT a_letter_is_closed_by_somebody_for_a_reason CHECK (
        (closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (closed_because IS NULL)),
    ADD CONSTRAINT a_letter_is_replayed_or_closed CHECK (replayed_at IS NULL OR closed_at IS NULL),
    ADD CONSTRAINT an_open_letter_keeps_its_content CHECK (
        removed_at IS NULL OR replayed_at IS NOT NULL OR closed_at IS NOT NULL);
DROP INDEX dead_letters_open;
CREATE INDEX dead_letters_open ON dead_letters (topic, refusal, reason, kept_at)
    WHERE replayed_at IS NULL AND closed_at IS NULL;
CREATE INDEX dead_letters_ended ON dead_letters (coalesce(replayed_at, closed_at))
    WHERE removed_at IS NULL AND coalesce(replayed_at, closed_at) IS NOT NULL;
"""
DOWNGRADE = """
DROP INDEX dead_letters_ended, dead_letters_open;
ALTER TABLE dead_letters
    DROP CONSTRAINT an_open_letter_keeps_its_content, DROP CONSTRAINT a_letter_is_replayed_or_closed,
    DROP CONSTRAINT a_letter_is_closed_by_somebody_for_a_reason,
    DROP COLUMN headers, DROP COLUMN headers_left_out, DROP COLUMN closed_at, DROP COLUMN closed_by,
    DROP COLUMN closed_because, DROP COLUMN closed_with, DROP COLUMN removed_at;
ALTER TABLE dead_letter_bulks DROP COLUMN closes_because;
CREATE INDEX dead_letters_open ON dead_letters (topic, refusal, reason, kept_at) WHERE replayed_at IS NULL;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them: closed letters are open again, without their content where that was removed."""
    op.execute(DOWNGRADE)
