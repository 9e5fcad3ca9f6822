"""The ledger, the feeds' projections, decisions and the outbox.

Facts are append-only; where a claim stands is derived from them. Constraints hold what conventions cannot: one
determination per claim and version, no unsigned clinical denial, no component approved twice.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

UPGRADE = """
CREATE TABLE batches (
    batch_id text PRIMARY KEY,
    size integer NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX batches_unfinished ON batches (registered_at) WHERE finished_at IS NULL;
CREATE INDEX batches_unstarted ON batches (registered_at) WHERE started_at IS NULL;

CREATE TABLE claims (
    claim_id uuid PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    submitter text NOT NULL,
    control_number text NOT NULL,
    revision integer NOT NULL,
    payer_claim_number text NOT NULL UNIQUE,
    payload_hash bytea NOT NULL,
    payload json NOT NULL,
    member_id text NOT NULL,
    event_id text NOT NULL,
    position text NOT NULL,
    received_at timestamptz NOT NULL,
    batch_id text NOT NULL REFERENCES batches,
    registered_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (submitter, control_number, revision)
);
CREATE INDEX claims_batch ON claims (batch_id);

CREATE TABLE claim_lines (
    claim_id uuid NOT NULL,
    line integer NOT NULL,
    member_id text NOT NULL,
    form text NOT NULL,
    billing_npi text NOT NULL,
    code text NOT NULL,
    modifiers text NOT NULL,
    units numeric NOT NULL,
    charge numeric NOT NULL,
    service_date date NOT NULL,
    PRIMARY KEY (claim_id, line)
);
CREATE INDEX claim_lines_member ON claim_lines (member_id, service_date);

CREATE TABLE conflicts (
    claim_id uuid NOT NULL,
    payload_hash bytea NOT NULL,
    event_id text NOT NULL,
    position text NOT NULL,
    payload json NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (claim_id, payload_hash)
);

CREATE TABLE coverage (
    coverage_id text PRIMARY KEY,
    member_id text NOT NULL,
    plan_id text NOT NULL,
    birth_date date NOT NULL,
    starts date NOT NULL,
    ends date,
    voided boolean NOT NULL,
    version bigint NOT NULL,
    CHECK (ends IS NULL OR starts <= ends)
);
CREATE INDEX coverage_member ON coverage (member_id);

CREATE TABLE authorizations (
    number text PRIMARY KEY,
    member_id text NOT NULL,
    plan_id text NOT NULL,
    status text NOT NULL,
    services json NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX authorizations_member ON authorizations (member_id);

CREATE TABLE authorization_uses (
    number text NOT NULL REFERENCES authorizations,
    code text NOT NULL,
    claim_id uuid NOT NULL,
    line integer NOT NULL,
    units numeric NOT NULL CHECK (units > 0),
    released_at timestamptz,
    PRIMARY KEY (number, code, claim_id, line)
);
CREATE INDEX authorization_uses_claim ON authorization_uses (claim_id);

CREATE TABLE determinations (
    claim_id uuid NOT NULL REFERENCES claims,
    version integer NOT NULL,
    decided_at timestamptz NOT NULL,
    policy_bundle text NOT NULL,
    charge numeric NOT NULL,
    paid numeric NOT NULL,
    event_id text NOT NULL UNIQUE,
    event json NOT NULL,
    PRIMARY KEY (claim_id, version),
    CHECK (paid >= 0 AND paid <= charge)
);

CREATE TABLE reviewer_signatures (
    signature_id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claims,
    reviewer_id text NOT NULL,
    role text NOT NULL CHECK (role IN ('physician', 'clinical-peer')),
    licence_number text NOT NULL CHECK (btrim(licence_number) <> ''),
    licence_state text NOT NULL CHECK (btrim(licence_state) <> ''),
    signed_at timestamptz NOT NULL,
    rationale text NOT NULL CHECK (btrim(rationale) <> ''),
    UNIQUE (claim_id, signature_id)
);

CREATE TABLE determination_lines (
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    line integer NOT NULL,
    member_id text NOT NULL,
    code text NOT NULL,
    service_date date NOT NULL,
    disposition text NOT NULL CHECK (disposition IN ('approved', 'denied')),
    reason text NOT NULL,
    group_code text CHECK (group_code IN ('CO', 'OA', 'PI', 'PR')),
    carc text,
    rarcs text NOT NULL,
    charge numeric NOT NULL,
    paid numeric NOT NULL,
    clinical boolean NOT NULL,
    signature_id uuid,
    PRIMARY KEY (claim_id, version, line),
    FOREIGN KEY (claim_id, version) REFERENCES determinations,
    CONSTRAINT signature_is_of_the_claim FOREIGN KEY (claim_id, signature_id)
        REFERENCES reviewer_signatures (claim_id, signature_id),
    CHECK (paid >= 0 AND paid <= charge),
    CHECK (disposition = 'approved' OR paid = 0),
    CONSTRAINT clinical_denial_is_signed CHECK (
        signature_id IS NOT NULL
        OR (coalesce(carc, '') NOT IN ('50', '55', '56') AND (disposition = 'approved' OR NOT clinical))
    )
);
CREATE UNIQUE INDEX component_approved_once ON determination_lines (member_id, code, service_date)
    WHERE disposition = 'approved' AND code IN ('0609T', '0610T', '0611T', '0612T');

CREATE TABLE pends (
    claim_id uuid NOT NULL REFERENCES claims,
    round integer NOT NULL,
    code text NOT NULL,
    line integer NOT NULL,
    outcome text NOT NULL,
    owner text NOT NULL,
    priority integer NOT NULL,
    due_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    PRIMARY KEY (claim_id, round, code, line)
);
CREATE INDEX pends_open ON pends (claim_id) WHERE closed_at IS NULL;

CREATE TABLE traces (
    claim_id uuid NOT NULL REFERENCES claims,
    round integer NOT NULL,
    policy_bundle text NOT NULL,
    findings json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (claim_id, round)
);

CREATE TABLE outbox (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    messages bytea NOT NULL,
    size integer NOT NULL,
    published_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX outbox_pending ON outbox (entry_id) WHERE published_at IS NULL;
"""

DOWNGRADE = """
DROP TABLE outbox, traces, pends, determination_lines, reviewer_signatures, determinations, authorization_uses,
    authorizations, coverage, conflicts, claim_lines, claims, batches;
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop the tables, with everything in them."""
    op.execute(DOWNGRADE)
