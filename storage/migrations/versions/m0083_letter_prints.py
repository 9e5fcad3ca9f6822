"""Letters as PDF: the parts of an issued letter, and the prints that were made of it, byte for byte.

A letter issued before has no parts on record, and is printed from its text in the console.
"""

from __future__ import annotations

from alembic import op

revision = "0083"
down_revision = "0079"

UPGRADE = """
ALTER TABLE issued_letters ADD COLUMN layout json;
CREATE TABLE letter_prints (
    letter_id uuid NOT NULL,
    form text NOT NULL CHECK (form IN ('pdf', 'pdf-large')),
    body bytea NOT NULL,
    digest bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (letter_id, form),
    CONSTRAINT a_print_has_its_hash CHECK (digest = sha256(body))
);
"""


def upgrade() -> None:
    """Add the column, which rewrites no row, and the table."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop both; the prints are lost, the issued texts stay."""
    op.execute("DROP TABLE letter_prints; ALTER TABLE issued_letters DROP COLUMN layout")
