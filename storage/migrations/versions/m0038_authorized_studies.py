"""Keep which part of a study each use of authorization units bills, and its day: the parts of one study take one unit.

Uses recorded before get the part and the day from their claim line. `issued_on` is the day of the decision on the request.
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"

UPGRADE = """
ALTER TABLE authorizations ADD COLUMN issued_on date;
ALTER TABLE authorization_uses ADD COLUMN service_date date, ADD COLUMN part text NOT NULL DEFAULT 'whole'
    CHECK (part IN ('whole', 'technical', 'professional'));
UPDATE authorization_uses u SET service_date = l.service_date, part = CASE
    WHEN ('26' = ANY(m.list)) AND NOT ('TC' = ANY(m.list)) THEN 'professional'
    WHEN ('TC' = ANY(m.list)) AND NOT ('26' = ANY(m.list)) THEN 'technical'
    WHEN l.form = 'institutional' AND NOT ('26' = ANY(m.list)) THEN 'technical'
    ELSE 'whole' END
FROM claim_lines l, LATERAL (SELECT regexp_split_to_array(l.modifiers, '[^0-9A-Z]+') AS list) m
WHERE l.claim_id = u.claim_id AND l.line = u.line;
"""
DOWNGRADE = """
ALTER TABLE authorization_uses DROP COLUMN part, DROP COLUMN service_date;
ALTER TABLE authorizations DROP COLUMN issued_on;
"""


def upgrade() -> None:
    """Add the columns and fill them."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWNGRADE)
