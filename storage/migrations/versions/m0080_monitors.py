"""Monitors: a draft judges decided claims next to the data in force, and decides nothing.

What was started, judged and stopped stands. Only the position of a run moves, and what the reconciler last saw of a monitor.
"""

from __future__ import annotations

from alembic import op

revision = "0080"
down_revision = "0086"

TABLES = """
CREATE TABLE monitors (
    monitor_id uuid PRIMARY KEY,
    policy text NOT NULL,
    version text NOT NULL,
    share numeric NOT NULL CHECK (share > 0 AND share <= 1),
    reason text NOT NULL CHECK (length(btrim(reason)) >= 20),
    ends_on date NOT NULL,
    started_by text NOT NULL REFERENCES people,
    started_role text NOT NULL,
    started_at timestamptz NOT NULL,
    looked_at timestamptz,
    trouble text,
    CONSTRAINT all_data_or_one_version CHECK ((policy = '') = (version = ''))
) WITH (fillfactor = 70);
CREATE INDEX monitors_newest ON monitors (started_at DESC);
CREATE TABLE monitor_stops (
    monitor_id uuid PRIMARY KEY REFERENCES monitors,
    reason text NOT NULL CHECK (length(btrim(reason)) >= 20),
    stopped_by text NOT NULL REFERENCES people,
    stopped_role text NOT NULL,
    stopped_at timestamptz NOT NULL
);
CREATE TABLE monitor_runs (
    monitor_id uuid NOT NULL REFERENCES monitors,
    run integer NOT NULL CHECK (run > 0),
    draft_hash text NOT NULL,
    in_force_hash text NOT NULL,
    begun_at timestamptz NOT NULL,
    position_at timestamptz NOT NULL,
    position_claim uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    swept_at timestamptz,
    claims integer NOT NULL DEFAULT 0,
    lines integer NOT NULL DEFAULT 0,
    differing integer NOT NULL DEFAULT 0,
    PRIMARY KEY (monitor_id, run)
) WITH (fillfactor = 50);
CREATE TABLE monitor_claims (
    monitor_id uuid NOT NULL,
    run integer NOT NULL,
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    lines integer NOT NULL,
    differing integer NOT NULL,
    judged_at timestamptz NOT NULL,
    CONSTRAINT a_decision_is_judged_once_by_a_run PRIMARY KEY (monitor_id, run, claim_id, version),
    FOREIGN KEY (monitor_id, run) REFERENCES monitor_runs
);
CREATE TABLE monitor_lines (
    monitor_id uuid NOT NULL,
    run integer NOT NULL,
    claim_id uuid NOT NULL,
    version integer NOT NULL,
    line integer NOT NULL,
    code text NOT NULL,
    plan text NOT NULL,
    provider text NOT NULL,
    served_on date NOT NULL,
    recorded text NOT NULL,
    recorded_paid numeric NOT NULL,
    recorded_reason text NOT NULL,
    before text NOT NULL,
    before_paid numeric NOT NULL,
    before_reason text NOT NULL,
    after text NOT NULL,
    after_paid numeric NOT NULL,
    after_reason text NOT NULL,
    before_rule text NOT NULL,
    after_rule text NOT NULL,
    direction text NOT NULL,
    amount numeric NOT NULL,
    confidence text NOT NULL,
    decided_by text,
    against text,
    PRIMARY KEY (monitor_id, run, claim_id, version, line),
    FOREIGN KEY (monitor_id, run, claim_id, version) REFERENCES monitor_claims,
    CONSTRAINT compared_with_the_person_who_decided CHECK (against IS NULL OR decided_by IS NOT NULL)
);

CREATE FUNCTION refuse_other_monitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.monitor_id, NEW.policy, NEW.version, NEW.share, NEW.reason, NEW.ends_on, NEW.started_by, NEW.started_role, NEW.started_at)
          IS DISTINCT FROM (OLD.monitor_id, OLD.policy, OLD.version, OLD.share, OLD.reason, OLD.ends_on, OLD.started_by,
           OLD.started_role, OLD.started_at)
    THEN RAISE EXCEPTION 'a monitor stays as it was started' USING ERRCODE = 'integrity_constraint_violation'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER monitors_stand BEFORE UPDATE OR DELETE ON monitors FOR EACH ROW EXECUTE FUNCTION refuse_other_monitor();
CREATE FUNCTION refuse_other_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.monitor_id, NEW.run, NEW.draft_hash, NEW.in_force_hash, NEW.begun_at)
          IS DISTINCT FROM (OLD.monitor_id, OLD.run, OLD.draft_hash, OLD.in_force_hash, OLD.begun_at)
       OR (NEW.position_at, NEW.position_claim) < (OLD.position_at, OLD.position_claim)
       OR NEW.claims < OLD.claims OR NEW.lines < OLD.lines OR NEW.differing < OLD.differing
    THEN RAISE EXCEPTION 'a run judges one text, and goes on only' USING ERRCODE = 'integrity_constraint_violation'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER monitor_runs_stand BEFORE UPDATE OR DELETE ON monitor_runs FOR EACH ROW EXECUTE FUNCTION refuse_other_run();
CREATE FUNCTION refuse_change_of_monitored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what a monitor judged stands' USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""
APPEND_ONLY = ("monitor_stops", "monitor_claims", "monitor_lines")
DOWNGRADE = """
DROP TABLE monitor_lines, monitor_claims, monitor_runs, monitor_stops, monitors;
DROP FUNCTION refuse_change_of_monitored(), refuse_other_run(), refuse_other_monitor();
"""


def upgrade() -> None:
    """Create the tables and what they refuse."""
    op.execute(TABLES)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_stand BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_monitored()"
        )


def downgrade() -> None:
    """Drop them; the trail keeps who started and stopped a monitor."""
    op.execute(DOWNGRADE)
