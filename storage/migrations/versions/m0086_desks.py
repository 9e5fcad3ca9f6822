"""The desk of a person: who was mentioned in a comment, who is away, and the teams of a supervisor."""

from __future__ import annotations

from alembic import op

revision = "0086"
down_revision = "0082"

UPGRADE = """
CREATE TABLE comment_mentions (
    comment_id uuid NOT NULL REFERENCES claim_comments,
    person_id text NOT NULL REFERENCES people,
    read_at timestamptz,
    PRIMARY KEY (comment_id, person_id)
);
CREATE INDEX comment_mentions_unread ON comment_mentions (person_id) WHERE read_at IS NULL;
CREATE TABLE absences (
    absence_id uuid PRIMARY KEY,
    person_id text NOT NULL REFERENCES people,
    first_day date NOT NULL,
    last_day date NOT NULL,
    cover text REFERENCES people,
    stated_by text NOT NULL REFERENCES people,
    stated_at timestamptz NOT NULL,
    withdrawn_by text REFERENCES people,
    withdrawn_at timestamptz,
    CONSTRAINT absence_ends_after_it_begins CHECK (last_day BETWEEN first_day AND first_day + 366),
    CONSTRAINT cover_is_a_colleague CHECK (cover <> person_id),
    CONSTRAINT withdrawn_by_and_at_together CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
);
CREATE INDEX absences_of_person ON absences (person_id, last_day) WHERE withdrawn_at IS NULL;
CREATE TABLE team_members (
    team text NOT NULL CHECK (team ~ '^[a-z][a-z0-9-]{1,39}$'),
    person_id text NOT NULL REFERENCES people,
    added_by text NOT NULL REFERENCES people,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (team, person_id)
);
CREATE INDEX audit_trail_decided ON audit_trail (at) WHERE content->>'action' = 'decide';
"""


def upgrade() -> None:
    """Create the tables, and the index by which decisions of a week are counted."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX audit_trail_decided; DROP TABLE team_members, absences, comment_mentions")
