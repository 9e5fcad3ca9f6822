"""The one entry point to an appeal: an action is allowed and becomes events, or is refused in words. Never raises on a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from adjudication.appeals import actions, deciding, intake
from adjudication.appeals.action_context import ActionContext, Answer
from adjudication.appeals.actions import Action
from adjudication.appeals.events import Event
from adjudication.appeals.state import AppealState
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.people import Refusal, StaffMember

HANDLERS: Final[Mapping[type, Callable[[ActionContext, Any], Answer]]] = {
    actions.Acknowledge: intake.acknowledge,
    actions.ReceiveProof: intake.receive_proof,
    actions.AddDocuments: intake.add_documents,
    actions.DecideGoodCause: intake.decide_good_cause,
    actions.DecideUrgency: intake.decide_urgency,
    actions.Withdraw: intake.withdraw,
    actions.Dismiss: intake.dismiss,
    actions.VacateDismissal: intake.vacate,
    actions.HearAnyway: intake.hear_anyway,
    actions.AssignDecider: deciding.assign,
    actions.Extend: deciding.extend,
    actions.Decide: deciding.decide,
    actions.RecordForward: deciding.record_forward,
    actions.RecordOutsideRuling: deciding.record_outside_ruling,
    actions.OpenLevel: deciding.open_level,
    actions.RecordEffectuation: deciding.record_effectuation,
    actions.NoteDeadline: deciding.note_deadline,
    actions.NoteTakenBack: intake.note_taken_back,
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
