"""Watch the legal clocks of a waiting claim: say what is due, once, and when to look again.

It may not decide what a deadline means for the claim: what happens at expiry is data, told to the people it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from temporalio import activity

from activities.adjudication.working_set import Clock
from activities.errors import named_only
from activities.ports import ClockStore
from adjudication.deadlines.claim_deadlines import wakes_first
from adjudication.deadlines.rule_book import NoClock
from adjudication.deadlines.state import ClockState
from adjudication.model.reference import ReferenceData
from adjudication.review.claim_deadlines import ClockSaying, case_clocks, overdue, sayings
from adjudication.review.first_due import first_due
from contracts.event_builders.decisions import clock_notice_message
from contracts.records.decisions import ClockNotice
from contracts.workflow_messages.claims import WATCH_CLOCKS, ClockWatch


class ClockActivities:
    """The clocks of waiting claims."""

    def __init__(self, clocks: ClockStore, reference: ReferenceData, clock: Clock) -> None:
        """Take the port this needs."""
        self._clocks = clocks
        self._reference = reference
        self._clock = clock

    @activity.defn(name=WATCH_CLOCKS)
    async def watch_clocks(self, claim_id: str) -> ClockWatch:
        """Tell every warning and deadline that has come and was not told, keep what is due first; return when to look again."""
        with named_only(WATCH_CLOCKS):
            return await self._watch(claim_id)

    async def _watch(self, claim_id: str) -> ClockWatch:
        now = self._clock()
        times = await self._clocks.times(claim_id)
        if times is None:
            return ClockWatch()
        states = case_clocks(times, self._reference, now)
        notices = [notice for state in states for notice in _notices(claim_id, state, times.received_at, now)]
        notices += [_notice(claim_id, said, None, now) for said in overdue(times, now)]
        await self._clocks.tell(claim_id, notices, first_due(states, times.pends))
        wakes = wakes_first(states)
        return ClockWatch(None if wakes is None else wakes.isoformat(), decided=times.decided_at is not None)


def _notices(claim_id: str, state: ClockState | NoClock, received_at: datetime, now: datetime) -> Iterator[ClockNotice]:
    """Yield everything this clock has to say by now; the store tells each once."""
    for said in sayings(state, received_at):
        yield _notice(claim_id, said, state, now)


def _notice(claim_id: str, said: ClockSaying, state: ClockState | NoClock | None, now: datetime) -> ClockNotice:
    message = clock_notice_message(claim_id, said, state, now)
    return ClockNotice(claim_id, said.clock, said.says, said.at, now, message)
