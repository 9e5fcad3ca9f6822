"""The work on an appeal: the roles that may still act on it, and the actions that one person may take now.

Whether an action is allowed is decided by adjudication/appeals/apply.py itself, on a sample of each action, so that a screen
never differs from the answer to the action.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adjudication.appeals import actions, deciding
from adjudication.appeals.action_context import ActionContext
from adjudication.appeals.apply import apply
from adjudication.appeals.before_decision import CLERKS
from adjudication.appeals.deadlines import GAP_OWNER, decision_rule, gaps
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import DECIDING, QUALIFIED, LineRuling, Ruling
from adjudication.appeals.rules import Judgment
from adjudication.appeals.state import AppealState
from adjudication.appeals.waiting import RETRY_ROLES, WaitingLine, resolving_roles
from adjudication.model.reference import ReferenceData
from adjudication.people import CLINICAL, Refusal, Role, StaffMember, forbidden
from adjudication.review.rationale import SAMPLE

_SAMPLE: Final = "sample"
_ABOUT_WHAT_IS_SENT: Final = {
    "decide": frozenset({"consult"}),
    "assign-decider": frozenset({"conflict", "involved", "subordinate", "reporting-line"}),
}
"""Refusals that another content of the action avoids, such as another consulted clinician; the action is offered all the same."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One action on an appeal, and why this person may not do it now (None: they may)."""

    action: str
    refusal: Refusal | None


def working_roles(state: AppealState, pends: Sequence[WaitingLine], reference: ReferenceData) -> frozenset[Role]:
    """Return the roles that may still act on an appeal, regardless of conflicts of single people."""
    roles = set(CLERKS)
    if state.undecided and not state.outside and state.level.decider is not None:
        judgment = state.level.decider.judgment
        lay = not state.case.clinical or judgment in (Judgment.ANY, Judgment.CONSULT)
        roles |= DECIDING if lay else QUALIFIED[judgment]
    if state.urgency_open:
        roles |= CLINICAL
    if gaps(state):
        roles |= {GAP_OWNER}
    for each in pends:
        roles |= resolving_roles(each.code, each.outcome, reference)
        roles |= {role for role in Role if role.value == each.owner}
    return frozenset(roles)


def offers(
    state: AppealState,
    person: StaffMember,
    now: datetime,
    reports_to: Mapping[str, str | None],
    pends: Sequence[WaitingLine],
    reference: ReferenceData,
) -> tuple[Offer, ...]:
    """Return every action that the state of the appeal permits, each with the reason why this person may not do it."""
    found = []
    for name, action in _samples(state, person, now):
        answer = apply(state, action, person, now, reports_to)
        lifted = isinstance(answer, Refusal) and answer.code in _ABOUT_WHAT_IS_SENT.get(name, frozenset())
        found.append(Offer(name, answer if isinstance(answer, Refusal) and not lifted else None))
    return (*found, *_settling(person, pends, reference))


def barred(
    state: AppealState, people: Sequence[StaffMember], now: datetime, reports_to: Mapping[str, str | None]
) -> tuple[tuple[StaffMember, Refusal | None], ...]:
    """Return for each person why they may not decide the present level (None: they may); empty if another forum decides."""
    context = ActionContext(state, None, now, reports_to)
    requirements = context.requirements()
    if requirements is None:
        return ()
    found = ((person, requirements.refusal(person, context.today)) for person in people)
    lifted = _ABOUT_WHAT_IS_SENT["decide"]
    return tuple((person, None if answer is not None and answer.code in lifted else answer) for person, answer in found)


def _samples(state: AppealState, person: StaffMember, now: datetime) -> Iterator[tuple[str, actions.Action]]:
    """Yield a sample of each action that the state of the appeal may permit."""
    if state.ended is not None:
        yield from _after_the_end(state, now)
        return
    if state.undecided and not state.outside:
        yield from _before_deciding(state, person)
    if state.outside and state.result is None:
        yield "record-outside-ruling", actions.RecordOutsideRuling(_rulings(state), _SAMPLE)
    if state.effectuation_owed_from is not None:
        yield "record-effectuation", actions.RecordEffectuation(_SAMPLE)
    yield from _next_level(state, now)
    yield "add-documents", actions.AddDocuments((_SAMPLE,))


def _before_deciding(state: AppealState, person: StaffMember) -> Iterator[tuple[str, actions.Action]]:
    yield "decide", actions.Decide(_rulings(state), SAMPLE)
    yield "assign-decider", actions.AssignDecider(person)
    if state.acknowledged_at is None and state.level.acknowledge is not None:
        yield "acknowledge", actions.Acknowledge()
    if state.missing:
        yield "receive-proof", actions.ReceiveProof(min(state.missing), _SAMPLE)
    if state.late:
        yield "decide-good-cause", actions.DecideGoodCause(accepted=True, reference=_SAMPLE)
    if state.urgency_open:
        yield "decide-urgency", actions.DecideUrgency(expedited=True)
    rule = decision_rule(state)
    if rule is not None and rule.extension is not None and not state.extended:
        yield "extend", actions.Extend(_SAMPLE)
    yield "withdraw", actions.Withdraw(_SAMPLE)
    ground = _ground(state)
    if ground is not None:
        yield "dismiss", actions.Dismiss(ground)
    if state.ground is not None:
        yield "hear-anyway", actions.HearAnyway(_SAMPLE)


def _after_the_end(state: AppealState, now: datetime) -> Iterator[tuple[str, actions.Action]]:
    if state.ended_because is not None:
        yield "vacate-dismissal", actions.VacateDismissal(_SAMPLE)
    yield from _next_level(state, now)


def _next_level(state: AppealState, now: datetime) -> Iterator[tuple[str, actions.Action]]:
    for level in sorted(deciding.next_levels(state)):
        yield "open-level", actions.OpenLevel(level, FilingDates(now), now)
        return


def _settling(person: StaffMember, pends: Sequence[WaitingLine], reference: ReferenceData) -> Iterator[Offer]:
    if not pends:
        return
    may = frozenset(role for each in pends for role in resolving_roles(each.code, each.outcome, reference))
    for name, roles in (("settle", may), ("try-again", RETRY_ROLES)):
        who = ", ".join(sorted(role.value for role in roles)) or "no role; correct the policy data and try it again"
        refusal = None if person.roles & roles else forbidden("role-may-not", f"this is done by: {who}")
        yield Offer(name, refusal)


def _rulings(state: AppealState) -> tuple[LineRuling, ...]:
    return tuple(LineRuling(line, Ruling.UPHELD) for line in sorted(state.open_lines))


def _ground(state: AppealState) -> DismissalGround | None:
    """Return the ground for dismissal that is on record."""
    if state.ground is not None:
        return state.ground
    if state.late and state.good_cause is False:
        return DismissalGround.LATE
    return DismissalGround.NO_PROOF if state.missing else None
