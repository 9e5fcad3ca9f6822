"""Appeals as people work on them: where each stands and by when, what an overturned line waits for, what told a level.

Where an appeal stands is folded from its trail; the columns beside it answer the worklist, newest clock first.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

UPGRADE = """
ALTER TABLE appeals ADD COLUMN level text, ADD COLUMN forum text, ADD COLUMN due_at timestamptz;
CREATE INDEX appeals_by_clock ON appeals ((coalesce(due_at, 'infinity'::timestamptz)), appeal_id) WHERE NOT closed;

CREATE TABLE appeal_pends (
    appeal_id uuid NOT NULL REFERENCES appeals,
    number integer NOT NULL,
    line integer NOT NULL,
    code text NOT NULL,
    outcome text NOT NULL,
    owner text NOT NULL,
    priority integer NOT NULL,
    due_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (appeal_id, number, line, code, outcome)
);
CREATE INDEX appeal_pends_open ON appeal_pends (appeal_id) WHERE closed_at IS NULL;

CREATE TABLE appeal_determinations (
    appeal_id uuid NOT NULL REFERENCES appeals,
    level text NOT NULL,
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (appeal_id, level),
    FOREIGN KEY (claim_id, version) REFERENCES determinations (claim_id, version)
);
INSERT INTO appeal_determinations (appeal_id, level, claim_id, version)
SELECT a.appeal_id, a.level, a.claim_id, d.version
FROM appeal_decisions a JOIN determinations d ON d.claim_id = a.claim_id AND d.decided_at = a.decided_at
ON CONFLICT DO NOTHING;
"""

DOWNGRADE = """
DROP TABLE appeal_determinations, appeal_pends;
DROP INDEX appeals_by_clock;
ALTER TABLE appeals DROP COLUMN level, DROP COLUMN forum, DROP COLUMN due_at;
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
