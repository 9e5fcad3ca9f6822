"""Campaigns: decided claims judged again after a change, and corrected as two people approve.

Constraints hold what conventions cannot: nothing runs that two people did not approve, no person approves twice, a draft
corrects nothing, what was judged and approved is never changed, and a claim is corrected once by a campaign.
"""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0060"

TABLES = """
CREATE TABLE campaigns (
    campaign_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('draft', 'policy', 'rate', 'edits', 'plan', 'query')),
    why text NOT NULL CHECK (length(btrim(why)) >= 20),
    selection json NOT NULL,
    per_second integer NOT NULL CHECK (per_second > 0),
    takes_back boolean NOT NULL,
    started_by text NOT NULL REFERENCES people,
    started_at timestamptz NOT NULL,
    stage text NOT NULL DEFAULT 'judging'
        CHECK (stage IN ('judging', 'judged', 'running', 'paused', 'finished', 'cancelled')),
    policy_bundle text,
    total integer,
    claims integer NOT NULL DEFAULT 0,
    lines integer NOT NULL DEFAULT 0,
    position bigint NOT NULL DEFAULT -1,
    digest bytea,
    judged_at timestamptz,
    ended_at timestamptz,
    moved_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT drafts_correct_nothing CHECK (kind <> 'draft' OR stage IN ('judging', 'judged', 'cancelled')),
    CONSTRAINT judged_has_its_digest CHECK (stage IN ('judging', 'cancelled') OR (digest IS NOT NULL AND judged_at IS NOT NULL)),
    CONSTRAINT campaign_ended_when_over CHECK ((stage IN ('finished', 'cancelled')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX campaigns_newest ON campaigns (started_at DESC, campaign_id);
CREATE TABLE campaign_approvals (
    campaign_id uuid NOT NULL REFERENCES campaigns,
    person_id text NOT NULL REFERENCES people,
    roles json NOT NULL,
    ground text NOT NULL CHECK (ground IN ('ordinary', 'good-cause', 'fraud')),
    rationale text NOT NULL CHECK (length(btrim(rationale)) >= 20),
    digest bytea NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT campaign_approved_once_by_a_person PRIMARY KEY (campaign_id, person_id)
);
CREATE TABLE campaign_claims (
    campaign_id uuid NOT NULL REFERENCES campaigns,
    claim_id uuid NOT NULL REFERENCES claims,
    place bigint NOT NULL,
    base_version integer,
    digest bytea,
    result text NOT NULL,
    adds numeric NOT NULL CHECK (adds >= 0),
    takes numeric NOT NULL CHECK (takes >= 0),
    impacts json NOT NULL,
    done_at timestamptz,
    done text CHECK (done IN ('corrected', 'left-to-people')),
    because text,
    PRIMARY KEY (campaign_id, claim_id),
    CHECK ((done IS NULL) = (done_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX campaign_claims_left ON campaign_claims (campaign_id, place) WHERE done_at IS NULL AND result = 'corrects';
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early', 'rate-corrected',
                      'policy-corrected', 'data-corrected'));
"""
GUARDS = """
CREATE FUNCTION refuse_other_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.campaign_id, NEW.kind, NEW.why, NEW.selection::text, NEW.per_second, NEW.takes_back, NEW.started_by, NEW.started_at)
          IS DISTINCT FROM (OLD.campaign_id, OLD.kind, OLD.why, OLD.selection::text, OLD.per_second, OLD.takes_back,
           OLD.started_by, OLD.started_at)
       OR (OLD.digest IS NOT NULL AND NEW.digest IS DISTINCT FROM OLD.digest)
       OR (OLD.stage IN ('finished', 'cancelled') AND NEW.stage <> OLD.stage)
    THEN RAISE EXCEPTION 'what was started, judged and ended is never changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_stands'; END IF;
    IF NEW.stage IN ('running', 'paused', 'finished') AND (
        SELECT count(*) FROM campaign_approvals a WHERE a.campaign_id = NEW.campaign_id AND a.digest = NEW.digest) < 2
    THEN RAISE EXCEPTION 'a campaign runs after two people approved its impact'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_is_approved'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_stands BEFORE UPDATE OR DELETE ON campaigns
    FOR EACH ROW EXECUTE FUNCTION refuse_other_campaign();
CREATE FUNCTION refuse_other_campaign_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (TG_OP = 'INSERT' AND (SELECT digest FROM campaigns c WHERE c.campaign_id = NEW.campaign_id) IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND ((NEW.campaign_id, NEW.claim_id, NEW.place, NEW.base_version, NEW.digest, NEW.result,
            NEW.adds, NEW.takes, NEW.impacts::text)
           IS DISTINCT FROM (OLD.campaign_id, OLD.claim_id, OLD.place, OLD.base_version, OLD.digest, OLD.result,
            OLD.adds, OLD.takes, OLD.impacts::text) OR OLD.done_at IS NOT NULL))
    THEN RAISE EXCEPTION 'the claims of a campaign are those that were judged, and each is done once'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_claims_stand'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_claims_stand BEFORE INSERT OR UPDATE OR DELETE ON campaign_claims
    FOR EACH ROW EXECUTE FUNCTION refuse_other_campaign_claims();
CREATE TRIGGER campaign_approvals_stand BEFORE UPDATE OR DELETE ON campaign_approvals
    FOR EACH ROW EXECUTE FUNCTION refuse_other_correction();
"""
DOWNGRADE = """
DROP TABLE campaign_claims, campaign_approvals, campaigns;
DROP FUNCTION refuse_other_campaign();
DROP FUNCTION refuse_other_campaign_claims();
ALTER TABLE reopenings DROP CONSTRAINT reopenings_reason_check;
ALTER TABLE reopenings ADD CONSTRAINT reopenings_reason_check
    CHECK (reason IN ('late-document', 'acquisition-taken-back', 'interest-unsettled', 'late-authorization',
                      'authorization-withdrawn', 'coverage-changed', 'decided-early')) NOT VALID;
"""


def upgrade() -> None:
    """Create the tables, what they refuse, and the reasons with which a campaign reopens a claim."""
    op.execute(TABLES)
    op.execute(GUARDS)


def downgrade() -> None:
    """Drop them; what was raised stays, and nothing more of it is taken."""
    op.execute(DOWNGRADE)
