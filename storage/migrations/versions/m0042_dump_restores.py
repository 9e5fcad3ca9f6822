"""Name functions with their schema where functions call them: a dump is restored with an empty search path.

Without it, `pg_restore` could not create `traces`, whose generated column calls `named_in_findings`.
"""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0041"

_FUNCTION = """
CREATE OR REPLACE FUNCTION named_in_findings(findings jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(named), '[]') FROM jsonb_array_elements(findings) AS f,
        LATERAL (VALUES ({schema}plan_of_finding(f)), ({schema}policy_of_finding(f))) AS of_finding (named)
    WHERE named IS NOT NULL $$;
"""


def upgrade() -> None:
    """Change the text of the function; what it returns stays."""
    op.execute(_FUNCTION.format(schema="public."))


def downgrade() -> None:
    """Go back to names without a schema."""
    op.execute(_FUNCTION.format(schema=""))
