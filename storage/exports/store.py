"""Gives out files for auditors: rows from one snapshot of the ledger, and the entry in the audit trail of each export.

Rows come through a cursor of PostgreSQL, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.reference import ReferenceData
from contracts.records.exports import (
    UNIVERSES,
    AuthorizationMetric,
    ExportColumn,
    ExportedFile,
    ExportKind,
    ExportLayouts,
    ExportRequest,
    UniverseLayout,
)
from storage.audit.trail import Entry, append_locked
from storage.exports import measures, universes
from storage.exports.decided import authorizations, decided_appeals, decided_claims, signed_denials
from storage.exports.universes import PlanTimes

_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ"}
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exports:
    """The files of one ledger, by the columns of `layouts`."""

    engine: AsyncEngine
    reference: ReferenceData
    layouts: ExportLayouts

    def columns(self, kind: ExportKind) -> tuple[ExportColumn, ...]:
        """Describe the columns of a file, in their order."""
        if kind in UNIVERSES:
            return universes.columns_of(self.layouts.universes[kind])
        return measures.columns_of(kind)

    def notes(self, kind: ExportKind) -> tuple[str, ...]:
        """Return the notes for readers of the file."""
        return self.layouts.universes[kind].notes if kind in UNIVERSES else ()

    async def rows(self, request: ExportRequest) -> AsyncIterator[Row]:
        """Yield the rows of a file."""
        engine = self.engine.execution_options(**_SNAPSHOT)
        async with engine.connect() as connection:
            async for row in self._rows(connection, request):
                yield row

    async def record(
        self, request: ExportRequest, person_id: str, role: str, at: datetime, given: ExportedFile | None
    ) -> None:
        """Record an export: before its first byte leaves (`given` None), and when all of it was given out."""
        asked = {"kind": request.kind.value, "from": request.first.isoformat(), "to": request.last.isoformat()}
        content: dict[str, Any] = {"action": "export-begun" if given is None else "export"}
        content["asked"] = asked | {"plans": list(request.plans)}
        if given is not None:
            content |= {"rows": given.rows, "sha256": given.sha256, "bytes": given.size}
        words = orjson.dumps(content).decode()
        async with self.engine.begin() as connection:
            await append_locked(connection, Entry(f"exports/{request.kind.value}", at, person_id, role, None, words))

    def _rows(self, connection: AsyncConnection, request: ExportRequest) -> AsyncIterator[Row]:
        times, kind = PlanTimes(self.reference), request.kind
        if kind in UNIVERSES:
            return _universe(connection, request, self.layouts.universes[kind], times)
        if kind is ExportKind.PRIOR_AUTHORIZATIONS:
            return _authorization_metrics(connection, request, times, self.layouts.metrics)
        return _MEASURES[kind](connection, request, times)


async def _universe(
    connection: AsyncConnection, request: ExportRequest, layout: UniverseLayout, times: PlanTimes
) -> AsyncIterator[Row]:
    """Yield a table of CMS's protocol. Pre-service reconsiderations are not decided here: that table has no rows."""
    if layout.kind is ExportKind.PRE_SERVICE:
        async for row in _pre_service(connection, request, layout, times):
            yield row
    elif layout.kind is ExportKind.PAYMENTS:
        async for row in _payments(connection, request, layout, times):
            yield row


async def _pre_service(
    connection: AsyncConnection, request: ExportRequest, layout: UniverseLayout, times: PlanTimes
) -> AsyncIterator[Row]:
    async for row in authorizations(connection, request):
        plan = times.of([row.plan_id])
        if times.medicare(plan, request.last) and (not request.plans or plan in request.plans):
            yield universes.row_of(layout, universes.of_authorization(row))


async def _payments(
    connection: AsyncConnection, request: ExportRequest, layout: UniverseLayout, times: PlanTimes
) -> AsyncIterator[Row]:
    async for row in decided_claims(connection, request):
        plan = times.of(row.plans)
        if times.asked(request, plan, row.decided_at) and times.medicare(plan, row.decided_at.date()):
            yield universes.row_of(layout, universes.of_claim(row, plan, times))
    async for row in decided_appeals(connection, request):
        plan = times.of(row.plans)
        ours = universes.reconsidered_by_plan(row, times.reference)
        if ours and times.asked(request, plan, row.decided_at) and times.medicare(plan, row.decided_at.date()):
            yield universes.row_of(layout, universes.of_appeal(row, plan, times))


async def _timeliness(connection: AsyncConnection, request: ExportRequest, times: PlanTimes) -> AsyncIterator[Row]:
    async for row in decided_claims(connection, request):
        if times.asked(request, times.of(row.plans), row.decided_at):
            yield measures.timeliness_row(row, times)


async def _denials(connection: AsyncConnection, request: ExportRequest, times: PlanTimes) -> AsyncIterator[Row]:
    counts = measures.DenialCounts(times)
    async for row in decided_claims(connection, request):
        if times.asked(request, times.of(row.plans), row.decided_at):
            counts.add_claim(row)
    async for row in decided_appeals(connection, request):
        if times.asked(request, times.of(row.plans), row.decided_at):
            counts.add_appeal(row)
    for row in counts.rows():
        yield row


async def _reviewers(connection: AsyncConnection, request: ExportRequest, _times: PlanTimes) -> AsyncIterator[Row]:
    async for row in signed_denials(connection, request):
        yield measures.reviewer_row(row)


async def _authorization_metrics(
    connection: AsyncConnection, request: ExportRequest, times: PlanTimes, metrics: Sequence[AuthorizationMetric]
) -> AsyncIterator[Row]:
    counts: dict[str, Counter[str]] = {}
    async for row in authorizations(connection, request):
        counts.setdefault(row.plan_id, Counter())[row.status] += 1
    plans = [
        found[-1]
        for plan, versions in sorted(times.reference.plans.items())
        if (not request.plans or plan in request.plans)
        and (found := [each for each in versions if measures.in_period(each, request.first, request.last)])
    ]
    for row in measures.authorization_rows(counts, plans, metrics):
        yield row


_MEASURES: Final[Mapping[ExportKind, Callable[[AsyncConnection, ExportRequest, PlanTimes], AsyncIterator[Row]]]] = {
    ExportKind.TIMELINESS: _timeliness,
    ExportKind.DENIALS: _denials,
    ExportKind.REVIEWERS: _reviewers,
}
