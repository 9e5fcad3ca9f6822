"""Watch the legal clocks of a waiting claim: say what is due, once, and when to look again.

It may not decide what a deadline means for the claim: what happens at expiry is data, told to the people it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from temporalio import activity

from activities.errors import named_only
from activities.ports import DeadlineStore
from adjudication.deadlines.claim_deadlines import wakes_first
from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState
from adjudication.model.reference import ReferenceData
from adjudication.review.claim_deadlines import DeadlineAlert, claim_deadlines, deadline_alerts, overdue
from adjudication.review.first_due import first_due
from contracts.event_builders.decisions import deadline_notice_message
from contracts.records.decisions import DeadlineNotice
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import WATCH_CLOCKS, DeadlineWatch


class DeadlineActivities:
    """The clocks of waiting claims."""

    def __init__(self, clocks: DeadlineStore, reference: ReferenceData, clock: TimeSource) -> None:
        """Take the port this needs."""
        self._clocks = clocks
        self._reference = reference
        self._clock = clock

    @activity.defn(name=WATCH_CLOCKS)
    async def watch_clocks(self, claim_id: str) -> DeadlineWatch:
        """Tell every warning and deadline that has come and was not told, keep what is due first; return when to look again."""
        with named_only(WATCH_CLOCKS):
            return await self._watch(claim_id)

    async def _watch(self, claim_id: str) -> DeadlineWatch:
        now = self._clock()
        times = await self._clocks.times(claim_id)
        if times is None:
            return DeadlineWatch()
        states = claim_deadlines(times, self._reference, now)
        notices = [notice for state in states for notice in _notices(claim_id, state, times.received_at, now)]
        notices += [_notice(claim_id, said, None, now) for said in overdue(times, now)]
        await self._clocks.record_alerts(claim_id, notices, first_due(states, times.pends))
        wakes = wakes_first(states)
        return DeadlineWatch(None if wakes is None else wakes.isoformat(), decided=times.decided_at is not None)


def _notices(
    claim_id: str, state: DeadlineState | NoDeadline, received_at: datetime, now: datetime
) -> Iterator[DeadlineNotice]:
    """Yield everything this clock has to say by now; the store tells each once."""
    for said in deadline_alerts(state, received_at):
        yield _notice(claim_id, said, state, now)


def _notice(
    claim_id: str, said: DeadlineAlert, state: DeadlineState | NoDeadline | None, now: datetime
) -> DeadlineNotice:
    message = deadline_notice_message(claim_id, said, state, now)
    return DeadlineNotice(claim_id, said.name, said.kind, said.at, now, message)
