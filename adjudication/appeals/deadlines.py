"""The deadlines of an appeal: the duty, the last instant, the rule, and warnings where a deadline cannot be computed.

The arithmetic is that of adjudication/deadlines, in the time zone and holidays of the plan. If the holidays of a year
are not loaded, a DeadlineGap takes the place of the Deadline: its owner is warned, and it has no legal effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from adjudication.appeals.duty import Duty
from adjudication.appeals.events import DeadlineGapNear, DeadlineGapReached
from adjudication.appeals.rules import DecisionPeriod, Urgency
from adjudication.appeals.state import AppealState
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.deadlines.periods import Period, ends
from adjudication.deadlines.words import due_in_words, when_in_words
from adjudication.model.findings import Citation
from adjudication.people import Role

GAP_OWNER: Final = Role.POLICY_OWNER
"""The pend code and the owner of an appeal for which a rule or a year of holidays is not loaded."""
WARNED: Final = (72, 24, 4)
"""Hours before the earliest possible end of a deadline gap at which its owner is warned."""
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty. `due_at` is the last instant on time."""

    duty: Duty
    due_at: datetime
    arithmetic: str
    citation: Citation

    @property
    def passes_at(self) -> datetime:
        """The first second after the deadline, when the workflow wakes."""
        return self.due_at + _SECOND


@dataclass(frozen=True, slots=True)
class DeadlineGap:
    """A duty with a deadline that cannot be computed yet; `words` name the year of holidays to load.

    `act_by`: the earliest possible end, assuming no holidays. `since`: when its period began.
    """

    duty: Duty
    since: datetime
    act_by: datetime
    words: str
    citation: Citation


def deadlines(state: AppealState) -> tuple[Deadline, ...]:
    """Return the deadlines that run now and are not recorded as missed, earliest first, without gaps."""
    owed = [each for each in _owed(state) if isinstance(each, Deadline) and each.duty not in state.missed_deadlines]
    return tuple(sorted(owed, key=lambda deadline: (deadline.due_at, deadline.duty)))


def gaps(state: AppealState) -> tuple[DeadlineGap, ...]:
    """Return the deadlines that cannot be computed because a year of holidays is not loaded."""
    return tuple(
        each for each in _owed(state) if isinstance(each, DeadlineGap) and each.duty not in state.missed_deadlines
    )


def decision_deadline(state: AppealState) -> Deadline | DeadlineGap | None:
    """Return the deadline for the plan's decision of the present level.

    None while the period has not started because a proof is missing, if the rule sets no period, or if another forum decides.
    """
    rule = decision_rule(state)
    if rule is None or state.period_from is None or state.outside:
        return None
    extension = rule.extension if state.extended else None
    return _deadline(Duty.DECISION, state.period_from, rule.period, state, rule.citation, extension)


def extension_notice_deadline(state: AppealState, extended_at: datetime) -> Deadline | DeadlineGap | None:
    """Return the deadline for the notice of an extension: the one of the rule, else the end of the original period."""
    rule = decision_rule(state)
    if rule is None or rule.extension_notice is None:
        return decision_deadline(replace(state, extended=False))
    return _deadline(Duty.DECISION, extended_at, rule.extension_notice, state, rule.citation)


def decision_rule(state: AppealState) -> DecisionPeriod | None:
    """Return the period that governs: the expedited one where the appeal is expedited and the law has one."""
    rule = state.level.decision(state.case.subject, state.urgency)
    return rule or state.level.decision(state.case.subject, Urgency.STANDARD)


def gap_notices(state: AppealState, now: datetime) -> tuple[DeadlineGapNear | DeadlineGapReached, ...]:
    """Return the due alerts for deadlines that cannot be computed and were not sent yet; of each gap only the latest."""
    found = []
    for gap in gaps(state):
        due = [event for event in _notices(gap, now) if _moment(event) <= now]
        if due and not any(what is gap.duty and at >= _moment(due[-1]) for what, at in state.gap_alerts):
            found.append(due[-1])
    return tuple(found)


def next_gap_notice(state: AppealState, now: datetime) -> datetime | None:
    """Return when the next alert for a gap is due."""
    ahead = (_moment(event) for gap in gaps(state) for event in _notices(gap, now))
    return min((at for at in ahead if at > now), default=None)


def _notices(gap: DeadlineGap, now: datetime) -> Iterator[DeadlineGapNear | DeadlineGapReached]:
    """Yield the alerts of a gap in time order, without warnings from before its period began."""
    for hours in WARNED:
        if gap.act_by - timedelta(hours=hours) > gap.since:
            yield DeadlineGapNear(now, None, gap.duty, gap.act_by, hours)
    yield DeadlineGapReached(now, None, gap.duty, gap.act_by)


def _moment(event: DeadlineGapNear | DeadlineGapReached) -> datetime:
    hours = event.hours if isinstance(event, DeadlineGapNear) else 0
    return event.act_by - timedelta(hours=hours)


def _owed(state: AppealState) -> Iterator[Deadline | DeadlineGap]:
    if state.ended is None:
        yield from _owed_before_decision(state)
    yield from _owed_after_decision(state)


def _owed_before_decision(state: AppealState) -> Iterator[Deadline | DeadlineGap]:
    level, since = state.level, state.received_at
    if level.acknowledge is not None and state.acknowledged_at is None and state.undecided and not state.outside:
        yield _deadline(Duty.ACKNOWLEDGEMENT, since, level.acknowledge.period, state, level.acknowledge.citation)
    standing = state.case.path.standing_of(state.case.appellant)
    if state.missing and standing is not None and standing.proof_within is not None:
        yield _deadline(Duty.PROOF, since, standing.proof_within, state, standing.citation)
    decision = decision_deadline(state)
    if decision is not None and state.undecided and state.deemed is None:
        yield decision


def _owed_after_decision(state: AppealState) -> Iterator[Deadline | DeadlineGap]:
    forward = state.level.forward
    if state.forward_owed_from is not None and forward is not None:
        decision = decision_deadline(state)
        if state.urgency is Urgency.EXPEDITED and forward.expedited_within is not None:
            yield _deadline(Duty.FORWARD, state.forward_owed_from, forward.expedited_within, state, forward.citation)
        elif isinstance(decision, DeadlineGap):
            yield replace(decision, duty=Duty.FORWARD, citation=forward.citation)
        elif decision is not None:
            words = f"In the time limit of the decision. {decision.arithmetic}"
            yield Deadline(Duty.FORWARD, decision.due_at, words, forward.citation)
    overturned = next((result for result in reversed(state.results) if result.favorable), None)
    if state.effectuation_owed_from is not None and overturned is not None:
        effect = state.case.path.level(overturned.level).effectuation_rule(state.case.subject, state.urgency)
        if effect is not None:
            yield _deadline(Duty.EFFECTUATION, state.effectuation_owed_from, effect.period, state, effect.citation)


def _deadline(
    what: Duty, start: datetime, period: Period, state: AppealState, citation: Citation, extension: Period | None = None
) -> Deadline | DeadlineGap:
    calendar = state.case.calendar
    length = f"{period}" if extension is None else f"{period}, extended by {extension},"
    counted = f"{length} from {when_in_words(start, period.unit, calendar)}"
    try:
        due_at = ends(start, period, calendar, extension)
    except CalendarGapError as gap:
        act_by = ends(start, period, calendar.earliest(), extension)
        return DeadlineGap(what, start, act_by, f"{counted}: {gap}", citation)
    unit = period.unit if extension is None else extension.unit
    return Deadline(what, due_at, f"{counted}: due {due_in_words(due_at, unit, calendar)}.", citation)
