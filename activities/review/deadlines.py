"""Watch the legal deadlines of a pended claim: send each alert once, and return the time of the next check.

The deadline data say what a passed deadline means for the claim, and which roles receive the alert.
"""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from activities.errors import hide_error_details
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
    """The activity that watches deadlines."""

    def __init__(self, deadlines: DeadlineStore, reference: ReferenceData, clock: TimeSource) -> None:
        """Use a store and the reference data."""
        self._deadlines = deadlines
        self._reference = reference
        self._clock = clock

    @activity.defn(name=WATCH_CLOCKS)
    async def watch_clocks(self, claim_id: str) -> DeadlineWatch:
        """Send each alert that is due and was not sent, store the first due date, and return the time of the next check."""
        with hide_error_details(WATCH_CLOCKS):
            return await self._watch(claim_id)

    async def _watch(self, claim_id: str) -> DeadlineWatch:
        now = self._clock()
        times = await self._deadlines.times(claim_id)
        if times is None:
            return DeadlineWatch()
        states = claim_deadlines(times, self._reference, now)
        alerts = [(alert, state) for state in states for alert in deadline_alerts(state, times.received_at)]
        notices = [_notice(claim_id, alert, state, now) for alert, state in alerts]
        notices += [_notice(claim_id, alert, None, now) for alert in overdue(times, now)]
        await self._deadlines.record_alerts(claim_id, notices, first_due(states, times.pends))
        wakes = wakes_first(states)
        return DeadlineWatch(None if wakes is None else wakes.isoformat(), decided=times.decided_at is not None)


def _notice(
    claim_id: str, alert: DeadlineAlert, state: DeadlineState | NoDeadline | None, now: datetime
) -> DeadlineNotice:
    message = deadline_notice_message(claim_id, alert, state, now)
    return DeadlineNotice(claim_id, alert.name, alert.kind, alert.at, now, message)
