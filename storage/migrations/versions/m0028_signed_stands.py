"""What was signed stands: denied lines, settlements and signatures are never rewritten, taken out or emptied.

Checks of one row could not see it: a signed denial rewritten as one that never was clinical needs no signature. Only that a
later version supersedes a line is told of it afterwards. The triggers come after the change, so that a check that is
broken too is the one that is named.
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0026"

_TABLES = ("determination_lines", "settlements", "reviewer_signatures")
_REWRITTEN = {
    "determination_lines": "WHEN (NOT NEW.superseded OR to_jsonb(OLD) - 'superseded' <> to_jsonb(NEW) - 'superseded')"
}

CHECK = """
ALTER TABLE determination_lines ADD CONSTRAINT clinical_reason_is_clinical
    CHECK (disposition <> 'denied' OR clinical OR reason NOT IN (
        'necessity.not_medically_necessary', 'necessity.experimental', 'necessity.not_reasonable_and_necessary',
        'necessity.criteria_not_met', 'necessity.clinical_judgement'));
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what was decided and signed stands; a later version changes it'
    USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""


def upgrade() -> None:
    """Refuse to change them, and a clinical reason on a line that says it is not clinical."""
    op.execute(CHECK)
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_stand AFTER UPDATE ON {table} FOR EACH ROW {_REWRITTEN.get(table, '')}"
            f" EXECUTE FUNCTION refuse_rewriting();"
            f"CREATE TRIGGER {table}_stay AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();"
            f"CREATE TRIGGER {table}_are_never_emptied BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();"
        )


def downgrade() -> None:
    """Let them be changed again."""
    op.execute("DROP FUNCTION refuse_rewriting() CASCADE")
    op.execute("ALTER TABLE determination_lines DROP CONSTRAINT clinical_reason_is_clinical")
