"""Reads members' coverage in the newest version that the coverage feed sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.persons import Person, Relationship
from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from contracts.claim_intake.mapping import stated_sex
from contracts.events.other_payers import OtherCoverageV1
from contracts.stored import read_stored_by

SPAN_COLUMNS: Final = """
    coverage_id, member_id, plan_id, birth_date, starts, ends, other_coverage::text AS others,
    COALESCE(determined_on, reported_on) AS known_on, patient::text AS patient"""
_WIDTH: Final = 9

_SPANS: Final = text(f"""
    SELECT {SPAN_COLUMNS} FROM coverage
    WHERE member_id = ANY(:members) AND NOT voided ORDER BY member_id, starts, coverage_id
""")

WHOM: Final = ("family_name", "given_name", "suffix", "relationship")
STATED: Final = (*WHOM, "sex", "address", "language")
"""The optional statements of a span about the covered person, besides the birth date; `WHOM` are those that identify the person."""

_OTHERS: Final = TypeAdapter(tuple[OtherCoverageV1, ...])


class PostgresCoverage:
    """Reads coverage spans by member."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        """Return each member's coverage spans, earliest first; a member that the feed never sent is absent."""
        async with self._engine.connect() as connection:
            return await spans_of(connection, member_ids)


async def spans_of(connection: AsyncConnection, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
    """Return each member's coverage spans as the caller's transaction sees them."""
    rows = (await connection.execute(_SPANS, {"members": list(member_ids)})).all()
    found: dict[str, list[CoverageSpan]] = {}
    for row in rows:
        found.setdefault(row.member_id, []).append(span_of(row))
    return found


def span_of(row: Any) -> CoverageSpan:
    """Return a span from its stored row (SPAN_COLUMNS first)."""
    coverage, member, plan, birth_date, starts, ends, other, known_on, patient = row[:_WIDTH]
    others = None if other is None else tuple(each.to_core() for each in read_stored_by(_OTHERS, other))
    dates, person = DateRange(starts, ends), _person(birth_date, patient)
    sex = None if patient is None else stated_sex(orjson.loads(patient).get("sex"))
    return CoverageSpan(coverage, member, PlanId(plan), birth_date, dates, others, known_on, person, sex)


def _person(birth_date: date, stated: str | None) -> Person | None:
    """Return the covered person; without names, as in earlier versions, the span covers every person with the birth date."""
    if stated is None:
        return None
    read = orjson.loads(stated)
    if not any(field in read for field in WHOM):
        return None
    family_name, given_name, suffix, related = (read.get(field) for field in WHOM)
    return Person(birth_date, family_name, given_name, suffix, None if related is None else Relationship(related))
