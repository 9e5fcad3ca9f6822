"""Stores the first due time of pended claims, by which the worklist is sorted, whenever pends or deadline alerts are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.findings import Citation
from adjudication.review.first_due import FirstDue

# Only for claims that still wait: one that was decided since has closed its pends and left the list.
_PUT: Final = text("""
    INSERT INTO review_due (claim_id, due_at, rule, legal, tolled, source, locator,
                            statutory_at, statutory_rule, statutory_stopped,
                            received_at, billed, served_from, served_to, codes, owners, named, words)
    SELECT t.*, w.* FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, due_at timestamptz, rule text, legal boolean, tolled boolean, source text, locator text,
        statutory_at timestamptz, statutory_rule text, statutory_stopped boolean),
        LATERAL worklist_columns(t.claim_id) w
    WHERE EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = t.claim_id AND p.closed_at IS NULL)
    ON CONFLICT (claim_id) DO UPDATE SET due_at = EXCLUDED.due_at, rule = EXCLUDED.rule, legal = EXCLUDED.legal,
        tolled = EXCLUDED.tolled, source = EXCLUDED.source, locator = EXCLUDED.locator,
        statutory_at = EXCLUDED.statutory_at, statutory_rule = EXCLUDED.statutory_rule,
        statutory_stopped = EXCLUDED.statutory_stopped, codes = EXCLUDED.codes, owners = EXCLUDED.owners,
        named = EXCLUDED.named
    WHERE (review_due.due_at, review_due.rule, review_due.tolled, review_due.statutory_at, review_due.statutory_rule,
           review_due.statutory_stopped, review_due.codes, review_due.owners, review_due.named) IS DISTINCT FROM
          (EXCLUDED.due_at, EXCLUDED.rule, EXCLUDED.tolled, EXCLUDED.statutory_at, EXCLUDED.statutory_rule,
           EXCLUDED.statutory_stopped, EXCLUDED.codes, EXCLUDED.owners, EXCLUDED.named)
""")


async def keep_due(connection: AsyncConnection, dues: Iterable[tuple[str, FirstDue]]) -> None:
    """Store the first due time of pended claims, in the caller's transaction."""
    rows = [_row(claim_id, due) for claim_id, due in dues]
    if rows:
        await connection.execute(_PUT, {"rows": orjson.dumps(rows).decode()})


def due_of(row: Any) -> FirstDue:
    """Read a row back."""
    citation = None if row.source is None else Citation(row.source, row.locator)
    return FirstDue(
        due_at=row.due_at,
        rule=row.rule,
        legal=row.legal,
        tolled=row.tolled,
        citation=citation,
        statutory_at=row.statutory_at,
        statutory_rule=row.statutory_rule,
        statutory_stopped=row.statutory_stopped,
    )


def _row(claim_id: str, due: FirstDue) -> dict[str, Any]:
    cited = due.citation
    return {
        "claim_id": claim_id,
        "due_at": due.due_at,
        "rule": due.rule,
        "legal": due.legal,
        "tolled": due.tolled,
        "source": None if cited is None else cited.source,
        "locator": None if cited is None else cited.locator,
        "statutory_at": due.statutory_at,
        "statutory_rule": due.statutory_rule,
        "statutory_stopped": due.statutory_stopped,
    }
