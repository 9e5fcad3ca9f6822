"""Reopenings: decided claims to adjudicate again, each with its cause. A reopening changes no decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.determination import Determination
from adjudication.model.vocabulary import ClaimId
from contracts.event_builders.decisions import reopening_message
from contracts.events.outgoing import OutgoingMessage
from contracts.events.reopenings import Closing, Reason, Reopening
from contracts.ids import event_id
from contracts.records.decisions import SupersededClaim
from storage.audit.trail import Entry, append_locked

# A claim that waits for a reason already, whatever the cause, is raised once.
WAITS_FOR_REASON: Final = """EXISTS (
        SELECT 1 FROM reopenings r WHERE r.claim_id = l.claim_id AND r.reason = :raised
        AND NOT EXISTS (SELECT 1 FROM reopenings_closed x
                        WHERE (x.claim_id, x.reason, x.cause) = (r.claim_id, r.reason, r.cause)))"""
"""True if the claim of `claim_lines l` has an open reopening with the reason `:raised`."""

_RAISE: Final = text("""
    INSERT INTO reopenings (claim_id, reason, cause, raised_at)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(claim_id uuid, reason text, cause text, raised_at timestamptz)
    ON CONFLICT DO NOTHING RETURNING claim_id::text, reason, cause, raised_at
""")
_OPEN: Final = text("""
    SELECT claim_id::text, reason, cause, raised_at FROM reopenings r
    WHERE NOT EXISTS (SELECT 1 FROM reopenings_closed c
                      WHERE (c.claim_id, c.reason, c.cause) = (r.claim_id, r.reason, r.cause))
    ORDER BY raised_at DESC, claim_id LIMIT :limit
""")
_CLOSE: Final = text("""
    INSERT INTO reopenings_closed (claim_id, reason, cause, outcome, rationale, closed_by, closed_at)
    SELECT claim_id, reason, cause, :outcome, :rationale, :by, :at FROM reopenings
    WHERE (claim_id, reason, cause) = (CAST(:claim AS uuid), :reason, :cause)
    ON CONFLICT DO NOTHING RETURNING 1
""")
# The codes are repeated here because the index of approved components is built on exactly them.
_LEFT_ALONE: Final = text("""
    SELECT DISTINCT s.claim_id::text AS claim, q.claim_id::text AS cause, q.at
    FROM json_to_recordset(CAST(:rows AS json)) AS q(claim_id uuid, day date, days integer, at timestamptz)
    JOIN claims c ON c.claim_id = q.claim_id
    JOIN determination_lines s ON s.person_id = c.person_id AND s.code = ANY(CAST(:dependent AS text[]))
        AND s.disposition = 'approved' AND NOT s.superseded AND s.claim_id <> q.claim_id
        AND s.code IN ('0609T', '0610T', '0611T', '0612T')
        AND s.service_date BETWEEN q.day - q.days AND q.day + q.days
    WHERE NOT EXISTS (
        SELECT 1 FROM determination_lines a WHERE a.person_id = c.person_id AND a.code = ANY(CAST(:acquisition AS text[]))
        AND a.disposition = 'approved' AND NOT a.superseded AND a.code IN ('0609T', '0610T', '0611T', '0612T')
        AND a.service_date BETWEEN s.service_date - q.days AND s.service_date + q.days)
    ORDER BY 1, 2
""")


async def newest_reopenings(engine: AsyncEngine, limit: int) -> tuple[Reopening, ...]:
    """Return the newest reopenings that are not closed."""
    async with engine.connect() as connection:
        rows = (await connection.execute(_OPEN, {"limit": limit})).all()
    return tuple(_reopening(row) for row in rows)


class Reopenings:
    """Closes reopenings."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def close(self, closing: Closing) -> bool:
        """Close a reopening and record it in the audit trail, in one transaction; False: closed already, or never raised."""
        entry_content = {
            "action": "close-reopening",
            "outcome": closing.outcome.value,
            "reason": closing.reason.value,
            "cause": closing.cause,
            "rationale": closing.rationale,
        }
        row = {
            "claim": closing.claim_id,
            "reason": closing.reason.value,
            "cause": closing.cause,
            "outcome": closing.outcome.value,
            "rationale": closing.rationale,
            "by": closing.closed_by,
            "at": closing.closed_at,
        }
        subject, content = f"reopening/{closing.claim_id}", orjson.dumps(entry_content).decode()
        entry = Entry(subject, closing.closed_at, closing.closed_by, closing.role, None, content)
        async with self._engine.begin() as connection:
            if (await connection.execute(_CLOSE, row)).first() is None:
                return False
            await append_locked(connection, entry)
        return True


async def raise_reopenings(connection: AsyncConnection, reopenings: Iterable[Reopening]) -> tuple[OutgoingMessage, ...]:
    """Raise reopenings that were not raised before, within the caller's transaction; return their messages."""
    rows = [
        {"claim_id": r.claim_id, "reason": r.reason.value, "cause": r.cause, "raised_at": r.raised_at}
        for r in reopenings
    ]
    if not rows:
        return ()
    raised = (await connection.execute(_RAISE, {"rows": orjson.dumps(rows).decode()})).all()
    return tuple(reopening_message(_reopening(row)) for row in raised)


async def left_alone(connection: AsyncConnection, taken: Sequence[SupersededClaim]) -> list[Reopening]:
    """Find approved components whose acquisition was just superseded and that have no other; call it after all other rows are written."""
    given = [(g, g.acquired, g.determination) for g in taken if g.acquired is not None]
    rows = [
        {
            "claim_id": g.claim.claim_id,
            "day": day,
            "days": acquired.window_days,
            "at": determination.decided_at,
        }
        for g, acquired, determination in given
        if determination is not None
        for day in acquired.days
    ]
    if not rows:
        return []
    family = next(acquired for _, acquired, _ in given)
    codes = {"dependent": sorted(family.dependent), "acquisition": sorted(family.acquisition)}
    found = (await connection.execute(_LEFT_ALONE, {"rows": orjson.dumps(rows).decode(), **codes})).all()
    return [Reopening(ClaimId(r.claim), Reason.ACQUISITION_TAKEN_BACK, r.cause, r.at) for r in found]


def unsettled_interest(decided: Iterable[Determination]) -> list[Reopening]:
    """Raise a reopening for each determination with interest that could not be computed surely and in full."""
    return [
        Reopening(
            d.claim_id, Reason.INTEREST_UNSETTLED, event_id(d.claim_id, "claim.determined", d.version), d.decided_at
        )
        for d in decided
        if any(interest.why for interest in d.interest)
    ]


def decided_otherwise(decided: Iterable[Determination]) -> list[Reopening]:
    """Raise a reopening for each claim with a line that was decided early and that its last try would decide otherwise."""
    return [
        Reopening(d.claim_id, Reason.DECIDED_EARLY, event_id(d.claim_id, "claim.determined", d.version), d.decided_at)
        for d in decided
        if d.doubtful
    ]


def _reopening(row: Any) -> Reopening:
    return Reopening(ClaimId(row.claim_id), Reason(row.reason), row.cause, row.raised_at)
