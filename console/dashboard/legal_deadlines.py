"""The legal deadline that is due first on each waiting claim, kept current: only claims that changed are computed again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adjudication.deadlines.claim_deadlines import due_first, wakes_first
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import claim_deadlines
from contracts.records.dashboard import WaitingTimes
from storage.dashboard.waiting import WaitingQueries

_AT_ONCE: Final = 200
HORIZONS: Final = (timedelta(hours=4), timedelta(hours=24), timedelta(hours=72))
"""A deadline is at risk when less than one of these is left; the same as those of the warnings in policies/law/deadlines."""


@dataclass(frozen=True, slots=True)
class ClaimDeadline:
    """The legal deadline due first on a claim; `rule` and `due_at` None where none could be computed."""

    claim_id: ClaimId
    rule: str | None
    due_at: datetime | None
    stopped: bool
    source: str


@dataclass(frozen=True, slots=True)
class DeadlinesAtRisk:
    """Pended claims by the time left of their first legal deadline; each claim is in the shortest group that fits."""

    overdue: int
    within: tuple[int, ...]
    later: int
    without: int


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: str
    wakes_at: datetime | None
    deadline: ClaimDeadline


class LegalDeadlines:
    """Computes the deadlines of pended claims and caches them until the claim changes."""

    def __init__(self, waiting: WaitingQueries, reference: ReferenceData) -> None:
        """Use the queries and the deadline rules."""
        self._waiting, self._reference = waiting, reference
        self._kept: dict[ClaimId, _Kept] = {}

    async def refresh(self, now: datetime) -> DeadlinesAtRisk:
        """Compute the claims that changed, forget those that no longer wait, and count."""
        stamps = {found.claim_id: found.stamp for found in await self._waiting.stamps()}
        kept = {claim_id: kept for claim_id, kept in self._kept.items() if _holds(kept, stamps.get(claim_id), now)}
        missing = [claim_id for claim_id in stamps if claim_id not in kept]
        for start in range(0, len(missing), _AT_ONCE):
            times = await self._waiting.times(missing[start : start + _AT_ONCE])
            # In a thread, because some thousands at once would delay the pages.
            kept.update(await asyncio.to_thread(self._computed, times, stamps, now))
        self._kept = kept
        return self._count(now)

    def due(self, before: datetime, after: tuple[datetime, ClaimId] | None = None) -> Iterator[ClaimDeadline]:
        """Yield deadlines due before a time, earliest first, after a given one."""
        deadlines = (kept.deadline for kept in self._kept.values())
        dated = [
            (deadline.due_at, deadline.claim_id, deadline) for deadline in deadlines if deadline.due_at is not None
        ]
        for due_at, claim_id, deadline in sorted(dated, key=lambda each: each[:2]):
            if due_at < before and (after is None or (due_at, claim_id) > after):
                yield deadline

    def without(self, after: ClaimId | None = None) -> Iterator[ClaimDeadline]:
        """Yield claims without a computed deadline, by id."""
        for claim_id in sorted(self._kept):
            deadline = self._kept[claim_id].deadline
            if deadline.due_at is None and (after is None or claim_id > after):
                yield deadline

    def _count(self, now: datetime) -> DeadlinesAtRisk:
        left = [kept.deadline.due_at - now for kept in self._kept.values() if kept.deadline.due_at is not None]
        places = [sum(each >= limit for limit in (timedelta(0), *HORIZONS)) for each in left]
        counts = [places.count(place) for place in range(len(HORIZONS) + 2)]
        return DeadlinesAtRisk(counts[0], tuple(counts[1:-1]), counts[-1], len(self._kept) - len(left))

    def _computed(
        self, times: tuple[WaitingTimes, ...], stamps: Mapping[ClaimId, str], now: datetime
    ) -> dict[ClaimId, _Kept]:
        return {each.claim_id: self._one(each, stamps[each.claim_id], now) for each in times}

    def _one(self, waiting: WaitingTimes, stamp: str, now: datetime) -> _Kept:
        if any(code not in self._reference.pends for code, _ in waiting.times.pends):
            return _Kept(stamp, None, ClaimDeadline(waiting.claim_id, None, None, stopped=False, source=""))
        states = claim_deadlines(waiting.times, self._reference, now)
        first = due_first(states)
        deadline = ClaimDeadline(
            waiting.claim_id,
            first.rule_id if first else None,
            first.due_at if first else None,
            stopped=first is not None and first.tolled_since is not None,
            source=f"{first.citation.source} {first.citation.locator}" if first else "",
        )
        return _Kept(stamp, wakes_first(states), deadline)


def _holds(kept: _Kept, stamp: str | None, now: datetime) -> bool:
    return kept.stamp == stamp and (kept.wakes_at is None or now < kept.wakes_at)
