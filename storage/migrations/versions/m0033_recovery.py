"""What was published before the ledger was restored from a backup: event ids with digests, rounds, decisions; events withheld; a record per partition."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"

UPGRADE = """
CREATE TABLE published_before (
    id_hash bytea PRIMARY KEY CHECK (length(id_hash) = 16),
    value_hash bytea NOT NULL CHECK (length(value_hash) = 16)
);
CREATE TABLE published_rounds (
    claim_id uuid PRIMARY KEY,
    round integer NOT NULL
);
CREATE TABLE published_decisions (
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    event text NOT NULL,
    standing text NOT NULL CHECK (standing IN ('restored', 'unsigned', 'unknown-claim', 'other-decision', 'refused')),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (claim_id, version)
);
CREATE TABLE topic_witnesses (
    topic text NOT NULL,
    partition integer NOT NULL,
    at_offset bigint NOT NULL,
    at bigint NOT NULL,
    digest text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
);
CREATE TABLE withheld_events (
    event_id text NOT NULL,
    value_hash bytea NOT NULL,
    topic text NOT NULL,
    differs boolean NOT NULL,
    withheld_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, value_hash)
);
"""

DOWNGRADE = "DROP TABLE withheld_events, topic_witnesses, published_decisions, published_rounds, published_before"


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
