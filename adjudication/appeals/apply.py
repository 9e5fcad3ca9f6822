"""Applies an action to an appeal: the action becomes events, or a refusal that says why. A refusal is returned, not raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from adjudication.appeals import actions, before_decision, deciding
from adjudication.appeals.action_context import ActionContext, ActionResult
from adjudication.appeals.actions import Action
from adjudication.appeals.events import Event
from adjudication.appeals.state import AppealState
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.people import Refusal, StaffMember

HANDLERS: Final[Mapping[type, Callable[[ActionContext, Any], ActionResult]]] = {
    actions.Acknowledge: before_decision.acknowledge,
    actions.ReceiveProof: before_decision.receive_proof,
    actions.AddDocuments: before_decision.add_documents,
    actions.DecideGoodCause: before_decision.decide_good_cause,
    actions.DecideUrgency: before_decision.decide_urgency,
    actions.Withdraw: before_decision.withdraw,
    actions.Dismiss: before_decision.dismiss,
    actions.VacateDismissal: before_decision.vacate,
    actions.HearAnyway: before_decision.hear_anyway,
    actions.AssignDecider: deciding.assign,
    actions.Extend: deciding.extend,
    actions.Decide: deciding.decide,
    actions.RecordForward: deciding.record_forward,
    actions.RecordOutsideRuling: deciding.record_outside_ruling,
    actions.OpenLevel: deciding.open_level,
    actions.RecordEffectuation: deciding.record_effectuation,
    actions.NoteDeadline: deciding.note_deadline,
    actions.NoteClaimSuperseded: before_decision.note_claim_superseded,
}


def apply(
    state: AppealState, action: Action, actor: StaffMember | None, now: datetime, reports_to: Mapping[str, str | None]
) -> tuple[Event, ...] | Refusal:
    """Return the events of the action, or the reason why it may not be done.

    `actor` None is a timer or a feed. `reports_to`: each person's superior by id, None at the top.
    """
    try:
        return HANDLERS[type(action)](ActionContext(state, actor, now, reports_to), action)
    except CalendarGapError as gap:
        return Refusal("calendar-gap", f"whether this is in time is not known: {gap}; then do it again")
