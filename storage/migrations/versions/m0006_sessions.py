"""People's sessions in the console, sign-ins under way, and claims opened by breaking the glass.

Of a session's cookie and of a sign-in's state only hashes are kept: who reads the database can be nobody by it.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

UPGRADE = """
CREATE TABLE console_sessions (
    session_id uuid PRIMARY KEY,
    cookie_hash bytea NOT NULL UNIQUE CHECK (length(cookie_hash) = 32),
    person_id text NOT NULL REFERENCES people,
    claimed_roles json,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_why text CHECK (ended_why IN ('signed-out', 'signed-in-again', 'ended-by-person', 'ended-by-supervisor')),
    CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
    CHECK (started_at <= seen_at AND started_at < expires_at)
);
CREATE INDEX console_sessions_open ON console_sessions (person_id, expires_at) WHERE ended_at IS NULL;

CREATE TABLE sign_ins_pending (
    state_hash bytea PRIMARY KEY CHECK (length(state_hash) = 32),
    browser_hash bytea NOT NULL CHECK (length(browser_hash) = 32),
    nonce text NOT NULL,
    verifier text NOT NULL,
    next text NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_ins_pending_browser ON sign_ins_pending (browser_hash, started_at);
CREATE INDEX sign_ins_pending_expiry ON sign_ins_pending (expires_at);

CREATE TABLE broken_glass (
    use_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claims,
    person_id text NOT NULL REFERENCES people,
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 20 AND 2000),
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text REFERENCES people,
    CHECK (opened_at < expires_at),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CONSTRAINT glass_acknowledged_by_another CHECK (acknowledged_by <> person_id)
);
CREATE INDEX broken_glass_open ON broken_glass (claim_id, person_id, expires_at);
CREATE INDEX broken_glass_to_acknowledge ON broken_glass (opened_at) WHERE acknowledged_at IS NULL;
"""

DOWNGRADE = "DROP TABLE broken_glass, sign_ins_pending, console_sessions;"


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
