"""A refusal keeps its kind: who asked, how things stood, or what was sent. The HTTP status of the answer follows from it.

Answers given before get the kind that their code had in the HTTP API then; everything else was a conflict.
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"

_TABLES = ("review_actions", "appeal_actions")
_FORBIDDEN = (
    "unknown-person", "conflict-of-interest", "not-your-queue", "role-may-not", "role-may-not-deny", "no-licence",
    "licence-expired", "licence-restricted", "licence-state", "licence-expertise", "licence-profession",
    "clinical-only", "own-recommendation", "second-opinion", "four-eyes", "involved", "subordinate", "reporting-line",
    "conflict", "consult", "not-yours",
)  # fmt: skip


def upgrade() -> None:
    """Add the kind, and give it to the refusals there are."""
    codes = ", ".join(f"'{code}'" for code in _FORBIDDEN)
    for table in _TABLES:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN refusal_kind text"
            " CHECK (refusal_kind IN ('forbidden', 'conflict', 'invalid', 'not-found'));"
            f"UPDATE {table} SET refusal_kind ="
            f" CASE WHEN refusal_code IN ({codes}) THEN 'forbidden' ELSE 'conflict' END WHERE NOT accepted;"
            f"ALTER TABLE {table} ADD CHECK (accepted IS DISTINCT FROM false OR refusal_kind IS NOT NULL)"
        )


def downgrade() -> None:
    """Forget the kinds; the codes stay."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN refusal_kind")
