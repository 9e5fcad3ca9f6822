"""What a determination keeps of its policy trace, documents with the facts they tell, and overdue policy reviews.

A trace names policy versions by content hash and holds one answer a criterion; the facts it rests on stand beside it.
Documents and their facts are append-only: a newer version of a document adds rows, none is changed.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

UPGRADE = """
CREATE TABLE policy_traces (
    claim_id uuid NOT NULL REFERENCES claims,
    round integer NOT NULL,
    policy_bundle text NOT NULL,
    lines json NOT NULL,
    evidence json NOT NULL,
    PRIMARY KEY (claim_id, round)
);

CREATE TABLE documents (
    document_id text NOT NULL,
    version bigint NOT NULL,
    submitter text NOT NULL,
    control_number text,
    attachment_number text,
    kind text NOT NULL,
    received_at timestamptz NOT NULL,
    facts json NOT NULL,
    note text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document_id, version),
    CHECK (control_number IS NOT NULL OR attachment_number IS NOT NULL)
);
CREATE INDEX documents_claim ON documents (submitter, control_number);
CREATE INDEX documents_attachment ON documents (submitter, attachment_number);

CREATE TABLE policy_reviews (
    policy text NOT NULL,
    version text NOT NULL,
    next_review date NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (policy, version, next_review)
);
"""

DOWNGRADE = "DROP TABLE policy_reviews, documents, policy_traces;"


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
