"""Reads the stored part of a claim's policy review, and which claims a policy may concern. For people's tools only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.claim import SupportingFact, Value
from adjudication.model.findings import LegRecord
from adjudication.model.vocabulary import ClaimId, LineNumber
from contracts.claim_intake.stored_claims import read_claim
from contracts.records.fact_subjects import read_subject

_LATEST: Final = text("""
    SELECT DISTINCT ON (t.claim_id) t.claim_id::text, t.lines::text, t.evidence::text,
        CASE WHEN t.evidence IS NULL THEN c.payload::text END AS payload, c.received_at, coalesce(
        (SELECT max(p.opened_at) FROM pends p WHERE p.claim_id = t.claim_id AND p.round = t.round),
        (SELECT max(d.decided_at) FROM determinations d WHERE d.claim_id = t.claim_id)) AS decided_at
    FROM policy_traces t JOIN claims c USING (claim_id) WHERE t.claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY t.claim_id, t.round DESC
""")
_FACTS: Final = text("""
    SELECT DISTINCT ON (t.claim_id) t.claim_id::text, t.evidence::text
    FROM policy_traces t WHERE t.claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY t.claim_id, t.round DESC
""")
# A claim that a replacement or void reversed no longer counts as decided.
_CONCERNED = """
    FROM claims c WHERE EXISTS (
        SELECT 1 FROM claim_lines l WHERE l.claim_id = c.claim_id AND l.code = ANY(CAST(:codes AS text[]))
        AND (CAST(:first AS date) IS NULL OR l.service_date >= :first)
        AND (CAST(:last AS date) IS NULL OR l.service_date <= :last))
    AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = c.claim_id AND s.version IS NOT NULL)
"""
_COUNT: Final = text(f"SELECT count(*) {_CONCERNED}")
_PAGE: Final = text(
    f"SELECT c.claim_id::text, c.sequence {_CONCERNED} AND c.sequence > :after ORDER BY c.sequence LIMIT :size"
)
_READ: Final[dict[str, Callable[[Any], Value]]] = {
    "flag": bool,
    "date": date.fromisoformat,
    "number": Decimal,
    "code": str,
}


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """The stored part of a review: the legs of each line, the facts they rest on, the (UTC) day of the decision."""

    legs: Mapping[LineNumber, tuple[LegRecord, ...]]
    facts: tuple[SupportingFact, ...]
    decided_on: date | None


async def latest_trace(engine: AsyncEngine, claim_id: ClaimId) -> StoredTrace | None:
    """Return the trace of the last review that any policy took part in; None when there was none."""
    return (await latest_traces(engine, [claim_id])).get(claim_id)


async def latest_traces(engine: AsyncEngine, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, StoredTrace]:
    """Return the last trace of each claim; claims without any are absent."""
    async with engine.connect() as connection:
        rows = (await connection.execute(_LATEST, {"ids": list(claim_ids)})).all()
    return {ClaimId(row.claim_id): _trace(row) for row in rows}


def _trace(row: Row[Any]) -> StoredTrace:
    legs = {
        LineNumber(entry["line"]): tuple(LegRecord(**leg) for leg in entry["legs"]) for entry in orjson.loads(row.lines)
    }
    return StoredTrace(legs, _facts(row), None if row.decided_at is None else row.decided_at.date())


def _facts(row: Row[Any]) -> tuple[SupportingFact, ...]:
    """Read the facts that a review rests on; the trace has none if the claim itself states all of them."""
    if row.evidence is None:
        return read_claim(row.payload, ClaimId(row.claim_id), row.received_at).supporting
    return tuple(_fact(entry) for entry in orjson.loads(row.evidence))


def _fact(entry: dict[str, Any]) -> SupportingFact:
    return SupportingFact(
        fact=entry["fact"],
        value=_READ[entry["kind"]](entry["value"]),
        source=entry["source"],
        recorded_on=date.fromisoformat(entry["recorded_on"]),
        author=entry.get("author"),
        document=entry.get("document"),
        settles=entry.get("settles", False),
        legible=entry.get("legible", True),
        about=read_subject(entry.get("about")),
    )


async def latest_facts(
    engine: AsyncEngine, claim_ids: Sequence[ClaimId]
) -> dict[ClaimId, tuple[SupportingFact, ...] | None]:
    """Return the facts that the last review of each claim rested on; claims without any are absent.

    None: only on facts that the claim itself states.
    """
    async with engine.connect() as connection:
        rows = (await connection.execute(_FACTS, {"ids": list(claim_ids)})).all()
    return {
        ClaimId(row.claim_id): None if row.evidence is None else tuple(map(_fact, orjson.loads(row.evidence)))
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Concerned:
    """The accepted claims with a line of one of these codes, served between two days (both included)."""

    codes: frozenset[str]
    first: date | None = None
    last: date | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Return the parameters of the queries."""
        return {"codes": sorted(self.codes), "first": self.first, "last": self.last}


async def count_claims_with(engine: AsyncEngine, concerned: Concerned) -> int:
    """Count the claims."""
    async with engine.connect() as connection:
        return int(await connection.scalar(_COUNT, concerned.values) or 0)


async def claims_with(engine: AsyncEngine, concerned: Concerned, size: int) -> AsyncIterator[list[ClaimId]]:
    """Yield the claims, `size` at a time, in order of acceptance."""
    after = -1
    while True:
        async with engine.connect() as connection:
            rows = (await connection.execute(_PAGE, {**concerned.values, "after": after, "size": size})).all()
        if not rows:
            return
        after = rows[-1][1]
        yield [ClaimId(identity) for identity, _ in rows]
