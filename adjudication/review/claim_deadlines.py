"""The legal deadlines of a pended claim, from its events: each plan of its lines, every deadline that applies.

Events are explicit: the receipt, the day it was clean, each request for documents, the mailing of its letters and its answer,
the decision and the mailing of its letters. Which of them stops or ends a deadline is data (policies/law/deadlines). A pend
outside the payer's control (clean: false in policies/pends) means that the claim is not clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from adjudication.deadlines.claim_deadlines import run_deadlines, wakes_first
from adjudication.deadlines.events import DeadlineEvent, EventKind
from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.rules import Situation
from adjudication.deadlines.state import DeadlineState
from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import PendCode, PlanId
from adjudication.review.first_due import FirstDue, first_due

_OVERDUE_ALERTS: Final = {DOCUMENT_PEND: "examiner"}
_TABLE_OWNER: Final = "policy-owner"
"""The role notified that no deadline could be set: it owns the policy data."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A time during which the claim waited under a pend code; `until` absent while it does."""

    code: PendCode
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class MailedNotice:
    """The notice of a decision (adjudication/letters/mailing.py); `sent_at` None while it is not sent."""

    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """The events of a claim with their times. `pends` are the open ones with their due times; `asked` are requests for
    documents, `mailed` the days on which the notices of requests were mailed, `answered` documents that came; `decided_at` is the first decision; `waits`: all its pends, open and closed.
    `contracts`: whether the biller has a contract with a plan, if the roster shows it (adjudication/steps/roster.py).
    `notice`: None for a decision made before mailings were recorded, which counts as sent when it was made.
    """

    received_at: datetime
    plans: tuple[PlanId, ...]
    pends: tuple[tuple[PendCode, datetime], ...]
    asked: tuple[datetime, ...] = ()
    answered: tuple[datetime, ...] = ()
    decided_at: datetime | None = None
    waits: tuple[Wait, ...] = ()
    contracts: Mapping[PlanId, bool] = field(default_factory=dict)
    notice: MailedNotice | None = None
    mailed: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlineAlert:
    """An alert about a deadline and the role to notify: a warning, that it passed, or that there is none.

    kind: `warning`, `expired`, or `no-clock` where no deadline could be computed. For a deadline that cannot be
    computed: `gap-warning` before the earliest day on which it can end, and `gap-reached` on that day.
    """

    name: str
    kind: str
    notify: str
    at: datetime


def deadline_alerts(state: DeadlineState | NoDeadline, received_at: datetime) -> Iterator[DeadlineAlert]:
    """Yield every alert of a deadline that is due by now, published before or not."""
    if isinstance(state, NoDeadline):
        yield DeadlineAlert(f"{state.kind.value}: {state.reason.value}", "no-clock", _TABLE_OWNER, received_at)
        yield from _gap_alerts(state.soonest)
        return
    if state.met_at is not None:
        return
    for warning in state.warnings_given:
        yield DeadlineAlert(state.rule_id, "warning", warning.notify, warning.at)
    if state.expired and state.due_at is not None:
        yield DeadlineAlert(state.rule_id, "expired", state.escalates_to, state.due_at)


def _gap_alerts(soonest: DeadlineState | None) -> Iterator[DeadlineAlert]:
    """Yield the warning to the owner of the policy data, then the alert to the escalation role that the deadline may have passed."""
    if soonest is None or soonest.met_at is not None:
        return
    for warning in soonest.warnings_given:
        yield DeadlineAlert(soonest.rule_id, "gap-warning", _TABLE_OWNER, warning.at)
    if soonest.expired and soonest.due_at is not None:
        yield DeadlineAlert(soonest.rule_id, "gap-reached", soonest.escalates_to, soonest.due_at)


def overdue(times: CaseTimes, now: datetime) -> Iterator[DeadlineAlert]:
    """Yield each open pend whose due time has passed; an examiner then decides, for example on missing documents."""
    for code, due_at in times.pends:
        if due_at <= now:
            yield DeadlineAlert(f"pend {code}", "expired", _OVERDUE_ALERTS.get(code, "supervisor"), due_at)


def claim_deadlines(
    times: CaseTimes, reference: ReferenceData, now: datetime
) -> tuple[DeadlineState | NoDeadline, ...]:
    """Compute every deadline of the claim as of an instant. A plan that is not loaded has none; its claim pends for that."""
    clean = all(reference.pends[code].clean for code, _ in times.pends)
    events = tuple(deadline_events(times, times.received_at if clean else None))
    found: list[DeadlineState | NoDeadline] = []
    for plan in plans_of(times, reference):
        contracted = times.contracts.get(plan.plan_id)
        situation = Situation(plan.plan_id, plan.product_line, times.received_at, clean, contracted, electronic=True)
        found += run_deadlines(reference.deadlines, situation, events, now)
    return tuple(found)


def plans_of(times: CaseTimes, reference: ReferenceData) -> Sequence[Plan]:
    """Return the claim's plans as of the day of receipt; a plan that is not loaded is absent."""
    named = dict.fromkeys(times.plans)
    plans = (reference.plan(plan_id, reference.deadlines.legal_day(plan_id, times.received_at)) for plan_id in named)
    return [plan for plan in plans if plan is not None]


def deadline_events(times: CaseTimes, clean_at: datetime | None) -> Iterable[DeadlineEvent]:
    """Yield the events of a claim that its deadlines use; `clean_at` None: it is not clean."""
    yield DeadlineEvent(EventKind.RECEIVED, times.received_at)
    if clean_at is not None:
        yield DeadlineEvent(EventKind.BECAME_CLEAN, clean_at)
    for asked in times.asked:
        yield DeadlineEvent(EventKind.INFORMATION_REQUESTED, asked)
    for mailed in times.mailed:
        # The notice that requests documents is also the notice of extension, from the day it is sent (29 CFR 2560.503-1(f)(4)).
        yield DeadlineEvent(EventKind.EXTENSION_NOTICE, mailed)
        yield DeadlineEvent(EventKind.REQUEST_MAILED, mailed)
    for answered in times.answered:
        yield DeadlineEvent(EventKind.INFORMATION_RECEIVED, answered)
    if times.decided_at is not None:
        yield DeadlineEvent(EventKind.DECIDED, times.decided_at)
        sent = times.decided_at if times.notice is None else times.notice.sent_at
        if sent is not None:
            yield DeadlineEvent(EventKind.NOTICE_SENT, sent)


@dataclass(frozen=True, slots=True)
class DeadlineCheck:
    """The deadlines of a claim at a moment: the alerts due now, and the time of the next check."""

    next_at: datetime
    due: FirstDue | None


def check_deadlines(times: CaseTimes, reference: ReferenceData, now: datetime) -> DeadlineCheck:
    """Check the deadlines of a claim."""
    states = claim_deadlines(times, reference, now)
    due = first_due(states, times.pends)
    if any(True for state in states for _ in deadline_alerts(state, times.received_at)):
        return DeadlineCheck(now, due)
    ahead = [due_at for _, due_at in times.pends if due_at > now]
    wakes = wakes_first(states)
    return DeadlineCheck(min(ahead if wakes is None else [*ahead, wakes], default=now), due)
