"""Read the plan and the policy of a finding from its typed detail, and from the evidence of findings stored before.

`plan_of_finding` and `policy_of_finding` are the only SQL that knows the old evidence names. The generated column
`traces.told` (what the worklist filters by) is computed with them; PostgreSQL rewrites the table once for it.
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"

UPGRADE = """
CREATE FUNCTION plan_of_finding(finding jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN finding ? 'detail' THEN finding->'detail'->>'plan_id'
           ELSE jsonb_path_query_first(finding, '$.evidence[*] ? (@.name == "plan").value')#>>'{}' END $$;

CREATE FUNCTION policy_of_finding(finding jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN finding ? 'detail'
           THEN (finding->'detail'->>'policy') || coalesce(' ' || (finding->'detail'->>'policy_version'), '')
           ELSE jsonb_path_query_first(finding, '$.evidence[*] ? (@.name == "policy").value')#>>'{}' END $$;

CREATE FUNCTION named_in_findings(findings jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(named), '[]') FROM jsonb_array_elements(findings) AS f,
        LATERAL (VALUES (plan_of_finding(f)), (policy_of_finding(f))) AS of_finding (named)
    WHERE named IS NOT NULL $$;

ALTER TABLE traces DROP COLUMN told,
    ADD COLUMN told jsonb GENERATED ALWAYS AS (named_in_findings(findings::jsonb)) STORED;
"""

DOWNGRADE = """
ALTER TABLE traces DROP COLUMN told, ADD COLUMN told jsonb GENERATED ALWAYS AS (jsonb_path_query_array(
    findings::jsonb, '$[*].evidence[*] ? (@.name == "plan" || @.name == "policy").value')) STORED;
DROP FUNCTION named_in_findings, policy_of_finding, plan_of_finding;
"""


def upgrade() -> None:
    """Create the functions and compute the column with them."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Compute the column from evidence again."""
    op.execute(DOWNGRADE)
