"""Actions that decide a level, and what follows: forwarding, other forums, the next level, carrying out, deadlines."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from adjudication.appeals import actions, events
from adjudication.appeals.action_context import ActionContext, Answer
from adjudication.appeals.deadlines import Deadline, DeadlineGap, deadlines, decision_deadline, decision_rule
from adjudication.appeals.due import Due
from adjudication.appeals.filing_window import filing_window
from adjudication.appeals.follow_on_filings import EarlierAppeal
from adjudication.appeals.independence import AppealDecision, DeciderRequirements, LineRuling
from adjudication.appeals.intake import SPECIALISTS, clerk_refusal, ended_refusal
from adjudication.appeals.rules import AppealLevel, Forum, Missed
from adjudication.appeals.state import AppealState, Ended
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.people import Refusal, StaffMember, forbidden, invalid
from adjudication.review.rationale import rationale_refusal

FINAL: Final = frozenset({Missed.FORWARD, Missed.OVERTURNED})
"""Conclusions of the law that leave the plan nothing to decide."""


def assign(turn: ActionContext, action: actions.AssignDecider) -> Answer:
    """Assign it to a person who may decide it; a barred person never holds an appeal."""
    assigner = turn.staff(SPECIALISTS)
    if isinstance(assigner, Refusal):
        return assigner
    requirements = _requirements(turn)
    if isinstance(requirements, Refusal):
        return requirements
    close = requirements.independence_refusal(action.person)
    return close or (events.DeciderAssigned(turn.now, assigner.person_id, action.person.person_id),)


def extend(turn: ActionContext, action: actions.Extend) -> Answer:
    """Take the one extension, before the time is over and with notice."""
    person = turn.staff(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    refusal = _extension_refusal(turn, action)
    if refusal is not None:
        return refusal
    return (events.Extended(turn.now, person.person_id, action.reference),)


def decide(turn: ActionContext, action: actions.Decide) -> Answer:
    """Decide every line of the level at once, by a person who may."""
    requirements = _requirements(turn)
    if isinstance(requirements, Refusal):
        return requirements
    if turn.actor is None:
        return Refusal("person-needed", "an appeal is decided by a person")
    refusal = (
        requirements.refusal(turn.actor, turn.today, action.consulted)
        or _held_refusal(turn.state, turn.actor)
        or _waits_refusal(turn.state)
        or _time_refusal(turn)
        or _rulings_refusal(turn.state, action.rulings)
        or rationale_refusal(action.rationale)
    )
    if refusal is not None:
        return refusal
    decision = AppealDecision(
        turn.actor, requirements, action.rulings, action.rationale, turn.now, turn.today, action.consulted
    )
    consulted = None if action.consulted is None else action.consulted.person_id
    return (
        events.Decided(
            turn.now, turn.actor.person_id, turn.state.level.name, action.rulings, decision.signature(), consulted
        ),
    )


def record_forward(turn: ActionContext, action: actions.RecordForward) -> Answer:
    """Record that the file left."""
    refusal = clerk_refusal(turn)
    if refusal is not None:
        return refusal
    forward = turn.state.level.forward
    if turn.state.forward_owed_from is None or forward is None:
        return Refusal("no-forward", "nothing of this appeal is forwarded automatically now")
    return (events.Forwarded(turn.now, turn.by, forward.to, action.reference),)


def record_outside_ruling(turn: ActionContext, action: actions.RecordOutsideRuling) -> Answer:
    """Record another forum's decision, once."""
    state = turn.state
    refusal = clerk_refusal(turn)
    if refusal is not None:
        return refusal
    if not state.outside:
        return Refusal("not-outside", "the plan has this level; it is decided here")
    if state.result is not None:
        return Refusal("decided", "this level's decision is on record")
    refusal = _rulings_refusal(state, action.rulings)
    return refusal or (events.OutsideRuled(turn.now, turn.by, state.level.name, action.rulings, action.reference),)


def open_level(turn: ActionContext, action: actions.OpenLevel) -> Answer:
    """Open a further level that the result of the present level allows."""
    state = turn.state
    refusal = clerk_refusal(turn)
    if refusal is not None:
        return refusal
    if action.level in state.visited:
        return Refusal("visited", "this level has been asked for before; a level is decided once")
    if action.level not in next_levels(state):
        following = ", ".join(sorted(next_levels(state))) or "nothing yet"
        return Refusal("not-next", f"what may follow now: {following}")
    if turn.actor is not None and action.received_at > turn.now:
        return invalid("not-yet", "the day it was asked for lies ahead; send it once that day has come")
    level = state.case.path.level(action.level)
    # Another forum judges lateness itself; the plan's own level waits for a person to weigh it.
    late = level.forum is Forum.PLAN and _late(turn, action, level)
    return (events.LevelOpened(turn.now, turn.by, action.level, late, action.received_at),)


def _late(turn: ActionContext, action: actions.OpenLevel, level: AppealLevel) -> bool:
    """A person gets the missing calendar as a refusal and asks again. A feed cannot, so its filing is not late."""
    window = level.window(turn.state.case.appellant)
    if window is None:
        return False
    try:
        return filing_window(window, action.dates, turn.state.case.calendar).timely is False
    except CalendarGapError:
        if turn.actor is None:
            return False
        raise


def next_levels(state: AppealState) -> frozenset[str]:
    """Return the levels the appellant may request now."""
    levels = (state.case.path.level(name) for name in state.level.next)
    following = frozenset(v.name for v in levels if state.case.clinical or not v.clinical_only)
    following -= frozenset(state.visited)
    dismissal = state.level.dismissal
    if state.ended is Ended.DISMISSED and dismissal is not None:
        return frozenset({dismissal.review_by}) - frozenset(state.visited)
    if state.ended is not None or state.forward_owed_from is not None:
        return frozenset()
    adverse = state.result is not None and state.result.adverse
    return following if adverse or state.deemed is Missed.EXHAUSTED else frozenset()


def earlier_of(state: AppealState, reference: str) -> EarlierAppeal:
    """Return how far a later filing may continue an appeal."""
    forward = state.level.forward
    onward = forward.to if forward is not None and state.forward_owed_from is not None else None
    beyond = state.level.name if state.undecided and len(state.visited) > 1 else None
    return EarlierAppeal(
        appeal_id=state.case.appeal_id,
        reference=reference,
        path=state.case.path.name,
        appellant=state.case.appellant,
        stands=state.open_lines,
        ruled=bool(state.results) or len(state.visited) > 1 or onward is not None,
        here=onward or beyond,
        next=next_levels(state),
    )


def record_effectuation(turn: ActionContext, action: actions.RecordEffectuation) -> Answer:
    """Record that the overturned part of the denial has been carried out."""
    refusal = clerk_refusal(turn)
    if refusal is not None:
        return refusal
    if turn.state.effect_owed_from is None:
        return Refusal("nothing-owed", "nothing was overturned that has not been carried out")
    return (events.Effectuated(turn.now, turn.by, action.reference),)


def note_deadline(turn: ActionContext, action: actions.NoteDeadline) -> Answer:
    """Draw the law's conclusion from a deadline that passed; early or twice, nothing happens."""
    owed = next((deadline for deadline in deadlines(turn.state) if deadline.what is action.due), None)
    if owed is None:
        return Refusal("not-owed", "nothing of the kind is owed now")
    if turn.now <= owed.due_at:
        return Refusal("too-early", f"this deadline has not passed: {owed.arithmetic}")
    missed = turn.state.level.missed
    if action.due is Due.DECISION and missed is not None and not turn.state.held_up:
        return (events.Deemed(turn.now, turn.by, turn.state.level.name, missed),)
    return (events.DeadlineMissed(turn.now, turn.by, action.due),)


def _requirements(turn: ActionContext) -> DeciderRequirements | Refusal:
    """Return who may decide now, or why no one may."""
    state = turn.state
    ended = ended_refusal(state)
    if ended is not None:
        return ended
    requirements = turn.requirements()
    if requirements is None:
        return Refusal("outside", "another forum decides this level; record its decision")
    if state.result is not None:
        return Refusal("decided", "this level has been decided; a level is decided once")
    if state.deemed in FINAL or state.forward_owed_from is not None:
        return Refusal("deemed", "the time is over and the law has drawn its conclusion; there is nothing to decide")
    return requirements


def _extension_refusal(turn: ActionContext, action: actions.Extend) -> Refusal | None:
    requirements, rule = _requirements(turn), decision_rule(turn.state)
    if isinstance(requirements, Refusal):
        return requirements
    if rule is None or rule.extension is None:
        return Refusal("no-extension", "the rule gives no extension for this appeal; decide it in time")
    if turn.state.extended:
        return Refusal("extended", "the one extension has been taken")
    if not action.reference.strip():
        return invalid("notice", "send the appellant a notice with the reason first, and name that notice")
    return _over_refusal(decision_deadline(turn.state), turn.now)


def _over_refusal(limit: Deadline | DeadlineGap | None, now: datetime) -> Refusal | None:
    if limit is None:
        return Refusal("no-deadline", "the time to decide has not begun, so there is nothing to extend yet")
    if isinstance(limit, DeadlineGap):
        if now <= limit.act_by:
            return None
        return Refusal("calendar-gap", f"whether the time is over is not known: {limit.words}; then do it again")
    if now > limit.due_at:
        return Refusal("too-late", f"the time to decide is over, so it cannot be extended: {limit.arithmetic}")
    return None


def _time_refusal(turn: ActionContext) -> Refusal | None:
    """Refuse a decision after a missed time limit if the law itself decides the appeal then, even before that is recorded."""
    limit = decision_deadline(turn.state)
    if turn.state.level.missed in FINAL and isinstance(limit, Deadline) and turn.now > limit.due_at:
        return Refusal("deemed", f"the time to decide is over, and the law decides the appeal: {limit.arithmetic}")
    return None


def _held_refusal(state: AppealState, actor: StaffMember) -> Refusal | None:
    if state.decider is not None and state.decider != actor.person_id:
        return forbidden("not-yours", "it is assigned to another person; have it assigned to you first")
    return None


def _waits_refusal(state: AppealState) -> Refusal | None:
    if state.ground is not None:
        return Refusal("dismissible", f"settle first whether to dismiss it: {state.ground.value}")
    if state.late:
        return Refusal("late", "it came late; weigh the cause first")
    if state.missing:
        named = ", ".join(sorted(proof.value for proof in state.missing))
        return Refusal("needs-proof", f"it cannot be decided before this is here: {named}")
    return None


def _rulings_refusal(state: AppealState, rulings: tuple[LineRuling, ...]) -> Refusal | None:
    ruled = sorted(ruling.line for ruling in rulings)
    if ruled != sorted(state.open_lines):
        wanted = ", ".join(str(line) for line in sorted(state.open_lines))
        return invalid("lines", f"rule once on each line still under appeal: {wanted}")
    return None
