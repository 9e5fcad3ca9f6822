"""Reads members' coverage in the newest version that the coverage feed sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from contracts.events.other_payers import OtherCoverageV1
from contracts.stored import read_stored_by

_SPANS: Final = text("""
    SELECT coverage_id, member_id, plan_id, birth_date, starts, ends, other_coverage::text,
           COALESCE(determined_on, reported_on) AS known_on FROM coverage
    WHERE member_id = ANY(:members) AND NOT voided ORDER BY member_id, starts, coverage_id
""")

_OTHERS: Final = TypeAdapter(tuple[OtherCoverageV1, ...])


class PostgresCoverage:
    """Reads coverage spans by member."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        """Return each member's coverage spans, earliest first; a member that the feed never sent is absent."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_SPANS, {"members": list(member_ids)})).all()
        found: dict[str, list[CoverageSpan]] = {}
        for coverage, member, plan, birth_date, starts, ends, other, known_on in rows:
            others = None if other is None else tuple(each.to_core() for each in read_stored_by(_OTHERS, other))
            span = CoverageSpan(coverage, member, PlanId(plan), birth_date, DateRange(starts, ends), others, known_on)
            found.setdefault(member, []).append(span)
        return found
