"""What operations staff read and do: roll-ups, kept dead letters, claims found by any of their ids."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

# Original bytes hold member data: read only where opening them is written to the audit trail.
LETTERS = """
CREATE TABLE dead_letters (
    letter_id uuid PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    position text GENERATED ALWAYS AS (topic || '/' || partition::text || '/' || "offset"::text) STORED,
    refusal text NOT NULL,
    reason text NOT NULL,
    reasons json NOT NULL,
    received_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    claim_id uuid,
    key bytea,
    value bytea,
    replayed_at timestamptz
);
CREATE INDEX dead_letters_position ON dead_letters (position);
CREATE INDEX dead_letters_kept ON dead_letters (kept_at, letter_id);
CREATE INDEX dead_letters_claim ON dead_letters (claim_id) WHERE claim_id IS NOT NULL;
CREATE INDEX dead_letters_open ON dead_letters (topic, refusal, reason, kept_at) WHERE replayed_at IS NULL;

CREATE TABLE dead_letter_bulks (
    bulk_id uuid PRIMARY KEY,
    wanted json NOT NULL,
    letters integer NOT NULL CHECK (letters > 0),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by text,
    decided_as text,
    decided_at timestamptz,
    approved boolean,
    stopped_at timestamptz,
    CHECK ((decided_by IS NULL) = (approved IS NULL)),
    CHECK (stopped_at IS NULL OR approved),
    CONSTRAINT bulk_replay_has_four_eyes CHECK (decided_by <> proposed_by OR NOT approved)
);
CREATE INDEX dead_letter_bulks_proposed ON dead_letter_bulks (proposed_at);

CREATE TABLE dead_letter_bulk_members (
    bulk_id uuid NOT NULL REFERENCES dead_letter_bulks,
    letter_id uuid NOT NULL REFERENCES dead_letters,
    taken_at timestamptz,
    PRIMARY KEY (bulk_id, letter_id)
);
CREATE INDEX dead_letter_bulk_members_left ON dead_letter_bulk_members (bulk_id) WHERE taken_at IS NULL;

CREATE TABLE dead_letter_replays (
    letter_id uuid PRIMARY KEY REFERENCES dead_letters,
    replay_id uuid NOT NULL UNIQUE,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL DEFAULT now(),
    bulk_id uuid REFERENCES dead_letter_bulks,
    sent_at timestamptz,
    position text
);
CREATE INDEX dead_letter_replays_position ON dead_letter_replays (position);
CREATE INDEX dead_letter_replays_bulk ON dead_letter_replays (queued_at) WHERE bulk_id IS NOT NULL;
"""
LETTERS_DOWN = "DROP TABLE dead_letter_replays, dead_letter_bulk_members, dead_letter_bulks, dead_letters;"

SEARCH = """
CREATE INDEX claims_control_number ON claims (control_number);
CREATE INDEX claims_event ON claims (event_id);
CREATE INDEX appeals_reference ON appeals (appeal_reference);
"""
SEARCH_DOWN = "DROP INDEX claims_control_number, claims_event, appeals_reference;"

# Block ranges, not trees: these tables grow in the order of their times, so that an index of a few pages finds the last
# minutes, and an insert costs no more for it (docs/performance.md).
ROLL_UPS = """
CREATE INDEX claims_registered ON claims USING brin (registered_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX determinations_decided ON determinations USING brin (decided_at)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX pends_opened ON pends USING brin (opened_at) WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE operations_minutes (
    minute timestamptz NOT NULL,
    measure text NOT NULL,
    key text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (minute, measure, key)
);
"""

ROLL_UPS_DOWN = """
DROP TABLE operations_minutes;
DROP INDEX pends_opened, determinations_decided, claims_registered;
"""


def upgrade() -> None:
    """Create the tables and indexes."""
    op.execute(LETTERS)
    op.execute(SEARCH)
    op.execute(ROLL_UPS)


def downgrade() -> None:
    """Drop them, with everything in them."""
    op.execute(ROLL_UPS_DOWN)
    op.execute(SEARCH_DOWN)
    op.execute(LETTERS_DOWN)
