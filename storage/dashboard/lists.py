"""The lists behind the dashboard's numbers: claims, newest first, by key from page to page. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.records.dashboard import ClaimsAsked, ListedClaim

_BEFORE: Final = "(CAST(:before_at AS timestamptz) IS NULL OR ({at}, {id}) < (:before_at, CAST(:before_id AS uuid)))"
_DETERMINED: Final = """
    SELECT d.claim_id, d.decided_at AS at,
           CASE WHEN EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = d.claim_id) THEN 'after waiting'
                ELSE 'decided without a person, ' || round(extract(epoch FROM d.decided_at - c.received_at)::numeric, 2)
                || ' s after receipt' END AS detail
    FROM determinations d JOIN claims c USING (claim_id) WHERE d.decided_at >= :since AND d.decides AND """
OUTCOME: Final = "l.disposition || '|' || coalesce(l.group_code, '') || '|' || coalesce(l.carc, '')"
"""The key of a line's outcome, by which lines are counted (storage/dashboard/rollups.py) and listed; statistics of it are kept."""
FIRST_TIME: Final = """NOT (d.follows_open AND EXISTS (
        SELECT 1 FROM determination_lines e WHERE e.claim_id = l.claim_id AND e.version = l.version - 1 AND e.line = l.line))"""
"""Leaves out the lines that a version repeats unchanged: they count when they are decided."""
_ALIKE: Final = f"l.claim_id = d.claim_id AND l.version = d.version AND {OUTCOME} = :key AND {FIRST_TIME}"
_LISTS: Final = {
    "received": f"""
        SELECT claim_id, registered_at AS at, 'received' AS detail FROM claims
        WHERE registered_at >= :since AND {_BEFORE.format(at="registered_at", id="claim_id")}""",
    "determined": _DETERMINED + _BEFORE.format(at="d.decided_at", id="d.claim_id"),
    "straight-through": _DETERMINED
    + "NOT EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = d.claim_id) AND "
    + _BEFORE.format(at="d.decided_at", id="d.claim_id"),
    "pended": f"""
        SELECT claim_id, at, 'waited for ' || codes AS detail FROM (
            SELECT claim_id, min(opened_at) AS at, string_agg(DISTINCT code, ', ') AS codes FROM pends
            WHERE opened_at >= :since AND round = 0 GROUP BY claim_id) opened
        WHERE {_BEFORE.format(at="at", id="claim_id")}""",
    "waiting": f"""
        SELECT claim_id, at, 'waits for ' || codes || ', due ' || to_char(due, 'YYYY-MM-DD HH24:MI') || ' UTC' AS detail
        FROM (SELECT claim_id, min(opened_at) FILTER (WHERE :key IN ('', code)) AS at,
                     string_agg(DISTINCT code, ', ') AS codes, min(due_at) AS due
              FROM pends WHERE closed_at IS NULL GROUP BY claim_id
              HAVING bool_or(:key IN ('', code))) open
        WHERE at >= :since AND {_BEFORE.format(at="at", id="claim_id")}""",
    "in-flight": f"""
        SELECT claim_id, c.registered_at AS at, 'batch ' || CASE WHEN b.started_at IS NULL THEN 'not started' ELSE 'started' END
               AS detail
        FROM batches b JOIN claims c USING (batch_id) WHERE b.finished_at IS NULL
        AND {_BEFORE.format(at="c.registered_at", id="claim_id")}""",
    "appealed": f"""
        SELECT claim_id, at, 'appeal ' || state AS detail FROM (
            SELECT a.claim_id, max(f.recorded_at) AS at, CASE WHEN bool_and(a.closed) THEN 'closed' ELSE 'open' END AS state
            FROM appeal_filings f JOIN appeals a USING (appeal_id) WHERE f.recorded_at >= :since GROUP BY a.claim_id) filed
        WHERE {_BEFORE.format(at="at", id="claim_id")}""",
    "outcome": f"""
        SELECT d.claim_id, d.decided_at AS at,
               (SELECT 'line ' || string_agg(l.line::text, ', ' ORDER BY l.line) || ': ' || min(l.reason)
                FROM determination_lines l WHERE {_ALIKE}) AS detail
        FROM determinations d WHERE d.decided_at >= :since AND EXISTS (SELECT 1 FROM determination_lines l WHERE {_ALIKE})
        AND {_BEFORE.format(at="d.decided_at", id="d.claim_id")}""",
    "policy": f"""
        SELECT DISTINCT d.claim_id, d.decided_at AS at, 'line ' || (line->>'line') || ': rule '
               || coalesce(leg->>'rule', 'none') AS detail
        FROM determinations d JOIN policy_traces t USING (claim_id), json_array_elements(t.lines) line,
             json_array_elements(line->'legs') leg
        WHERE d.decided_at >= :since AND d.decides
        AND t.round = (SELECT max(round) FROM policy_traces l WHERE l.claim_id = d.claim_id)
        AND concat_ws('|', leg->>'policy', leg->>'version', leg->>'result') = :key
        AND {_BEFORE.format(at="d.decided_at", id="d.claim_id")}""",
}
LISTS: Final = frozenset(_LISTS)
"""Names of the lists."""

_LISTED: Final = """
    WITH found AS ({found} ORDER BY 2 DESC, 1 DESC LIMIT :size)
    SELECT found.claim_id::text, control_number, payer_claim_number, found.at, found.detail
    FROM found JOIN claims USING (claim_id) ORDER BY found.at DESC, found.claim_id DESC
"""
_NAMES: Final = text("""
    SELECT claim_id::text, control_number, payer_claim_number FROM claims WHERE claim_id = ANY(CAST(:ids AS uuid[]))
""")


class ClaimLists:
    """Reads of the lists."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def listed(self, asked: ClaimsAsked) -> tuple[ListedClaim, ...]:
        """Return at most `size` claims of a list, newest first; raises KeyError for an unknown list."""
        before_at, before_id = asked.before or (None, None)
        values = {"since": asked.since, "key": asked.key, "size": asked.size}
        query = text(_LISTED.format(found=_LISTS[asked.name]))
        async with self._engine.connect() as connection:
            asked_for = {**values, "before_at": before_at, "before_id": before_id}
            needed = {name: value for name, value in asked_for.items() if f":{name}" in query.text}
            rows = (await connection.execute(query, needed)).all()
        return tuple(
            ListedClaim(ClaimId(row.claim_id), row.control_number, row.payer_claim_number, row.at, row.detail)
            for row in rows
        )

    async def named(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, tuple[str, str]]:
        """Return control number and payer claim number of each claim that the ledger has."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_NAMES, {"ids": list(claim_ids)})).all()
        return {ClaimId(row.claim_id): (row.control_number, row.payer_claim_number) for row in rows}
