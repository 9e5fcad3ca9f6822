"""Actions that decide a level or follow a decision: forwarding, outside rulings, the next level, effectuation, deadlines."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from adjudication.appeals import actions, events
from adjudication.appeals.action_context import ActionContext, ActionResult
from adjudication.appeals.before_decision import SPECIALISTS, clerk_refusal, ended_refusal
from adjudication.appeals.deadlines import Deadline, DeadlineGap, deadlines, decision_deadline, decision_rule
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing_window import filing_window
from adjudication.appeals.follow_on_filings import EarlierAppeal
from adjudication.appeals.independence import AppealDecision, DeciderRequirements, LineRuling
from adjudication.appeals.rules import AppealLevel, Forum, LateDecisionEffect
from adjudication.appeals.state import AppealState, Ended
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.people import Refusal, StaffMember, forbidden, invalid
from adjudication.review.rationale import rationale_refusal

DECIDED_BY_LAW: Final = frozenset({LateDecisionEffect.FORWARD, LateDecisionEffect.OVERTURNED})
"""Effects of a missed decision by which the law itself decides the level."""


def assign(context: ActionContext, action: actions.AssignDecider) -> ActionResult:
    """Assign the appeal to a decider who is independent of the denial."""
    assigner = context.require_role(SPECIALISTS)
    if isinstance(assigner, Refusal):
        return assigner
    requirements = _requirements_or_refusal(context)
    if isinstance(requirements, Refusal):
        return requirements
    refusal = requirements.independence_refusal(action.person)
    return refusal or (events.DeciderAssigned(context.now, assigner.person_id, action.person.person_id),)


def extend(context: ActionContext, action: actions.Extend) -> ActionResult:
    """Take the one extension, before the deadline and after a notice to the appellant."""
    person = context.require_role(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    refusal = _extension_refusal(context, action)
    if refusal is not None:
        return refusal
    return (events.Extended(context.now, person.person_id, action.reference),)


def decide(context: ActionContext, action: actions.Decide) -> ActionResult:
    """Decide every line of the level at once, if the actor meets the requirements for a decider."""
    requirements = _requirements_or_refusal(context)
    if isinstance(requirements, Refusal):
        return requirements
    if context.actor is None:
        return Refusal("person-needed", "an appeal is decided by a person")
    refusal = (
        requirements.refusal(context.actor, context.today, action.consulted)
        or _assigned_to_another(context.state, context.actor)
        or _held_up_refusal(context.state)
        or _time_refusal(context)
        or _rulings_refusal(context.state, action.rulings)
        or rationale_refusal(action.rationale)
    )
    if refusal is not None:
        return refusal
    decision = AppealDecision(
        context.actor, requirements, action.rulings, action.rationale, context.now, context.today, action.consulted
    )
    consulted = None if action.consulted is None else action.consulted.person_id
    return (
        events.Decided(
            context.now,
            context.actor.person_id,
            context.state.level.name,
            action.rulings,
            decision.signature(),
            consulted,
        ),
    )


def record_forward(context: ActionContext, action: actions.RecordForward) -> ActionResult:
    """Record that the plan forwarded the case file to the next level."""
    refusal = clerk_refusal(context)
    if refusal is not None:
        return refusal
    forward = context.state.level.forward
    if context.state.forward_owed_from is None or forward is None:
        return Refusal("no-forward", "this appeal does not have to be forwarded now")
    return (events.Forwarded(context.now, context.by, forward.to, action.reference),)


def record_outside_ruling(context: ActionContext, action: actions.RecordOutsideRuling) -> ActionResult:
    """Record another forum's decision, once."""
    state = context.state
    refusal = clerk_refusal(context)
    if refusal is not None:
        return refusal
    if not state.outside:
        return Refusal("not-outside", "the plan itself decides this level")
    if state.result is not None:
        return Refusal("decided", "this level's decision is on record")
    refusal = _rulings_refusal(state, action.rulings)
    return refusal or (
        events.OutsideRuled(context.now, context.by, state.level.name, action.rulings, action.reference),
    )


def open_level(context: ActionContext, action: actions.OpenLevel) -> ActionResult:
    """Open a further level that the result of the present level allows."""
    state = context.state
    refusal = clerk_refusal(context)
    if refusal is not None:
        return refusal
    if action.level in state.visited:
        return Refusal("visited", "this level was requested before; each level is decided once")
    if action.level not in next_levels(state):
        following = ", ".join(sorted(next_levels(state))) or "nothing yet"
        return Refusal("not-next", f"this level is not open; levels open now: {following}")
    if context.actor is not None and action.received_at > context.now:
        return invalid("not-yet", "the date of the request is in the future; correct it")
    level = state.case.path.level(action.level)
    # Another forum judges lateness itself; at the plan's own level a person decides on good cause.
    late = level.forum is Forum.PLAN and _is_late(context, action, level)
    return (events.LevelOpened(context.now, context.by, action.level, late, action.received_at),)


def _is_late(context: ActionContext, action: actions.OpenLevel, level: AppealLevel) -> bool:
    """Return whether the request is late. If holidays are missing, an actor gets a refusal; a feed's filing counts as timely."""
    window = level.window(context.state.case.appellant)
    if window is None:
        return False
    try:
        return filing_window(window, action.dates, context.state.case.calendar).timely is False
    except CalendarGapError:
        if context.actor is None:
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
    return following if adverse or state.deemed is LateDecisionEffect.EXHAUSTED else frozenset()


def as_earlier_appeal(state: AppealState, reference: str) -> EarlierAppeal:
    """Return the facts that a later filing needs in order to continue this appeal."""
    forward = state.level.forward
    forwarded_to = forward.to if forward is not None and state.forward_owed_from is not None else None
    further_level = state.level.name if state.undecided and len(state.visited) > 1 else None
    return EarlierAppeal(
        appeal_id=state.case.appeal_id,
        reference=reference,
        path=state.case.path.name,
        appellant=state.case.appellant,
        not_overturned=state.open_lines,
        has_ruling=bool(state.results) or len(state.visited) > 1 or forwarded_to is not None,
        pending_level=forwarded_to or further_level,
        next_levels=next_levels(state),
    )


def record_effectuation(context: ActionContext, action: actions.RecordEffectuation) -> ActionResult:
    """Record that the plan carried out the reversal."""
    refusal = clerk_refusal(context)
    if refusal is not None:
        return refusal
    if context.state.effectuation_owed_from is None:
        return Refusal("nothing-owed", "no reversal of this appeal remains to be carried out")
    return (events.Effectuated(context.now, context.by, action.reference),)


def note_deadline(context: ActionContext, action: actions.NoteDeadline) -> ActionResult:
    """Record the legal consequence of a passed deadline; refuse if it has not passed or is already on record."""
    running = next((deadline for deadline in deadlines(context.state) if deadline.duty is action.due), None)
    if running is None:
        return Refusal("not-owed", "no such deadline is running now")
    if context.now <= running.due_at:
        return Refusal("too-early", f"this deadline has not passed: {running.arithmetic}")
    missed = context.state.level.late_decision
    if action.due is Duty.DECISION and missed is not None and not context.state.held_up:
        return (events.Deemed(context.now, context.by, context.state.level.name, missed),)
    return (events.DeadlineMissed(context.now, context.by, action.due),)


def _requirements_or_refusal(context: ActionContext) -> DeciderRequirements | Refusal:
    """Return the requirements for a decider now, or the reason why the level cannot be decided."""
    state = context.state
    ended = ended_refusal(state)
    if ended is not None:
        return ended
    requirements = context.requirements()
    if requirements is None:
        return Refusal("outside", "another forum decides this level; record its decision")
    if state.result is not None:
        return Refusal("decided", "this level has been decided; a level is decided once")
    if state.deemed in DECIDED_BY_LAW or state.forward_owed_from is not None:
        return Refusal("deemed", "the time to decide is over and the law decided the level; there is nothing to decide")
    return requirements


def _extension_refusal(context: ActionContext, action: actions.Extend) -> Refusal | None:
    requirements, rule = _requirements_or_refusal(context), decision_rule(context.state)
    if isinstance(requirements, Refusal):
        return requirements
    if rule is None or rule.extension is None:
        return Refusal("no-extension", "the rule gives no extension for this appeal; decide it in time")
    if context.state.extended:
        return Refusal("extended", "the one extension has been taken")
    if not action.reference.strip():
        return invalid("notice", "send the appellant a notice with the reason first, then give its id as the reference")
    return _past_deadline_refusal(decision_deadline(context.state), context.now)


def _past_deadline_refusal(limit: Deadline | DeadlineGap | None, now: datetime) -> Refusal | None:
    if limit is None:
        return Refusal("no-deadline", "the time to decide has not begun, so there is nothing to extend yet")
    if isinstance(limit, DeadlineGap):
        if now <= limit.act_by:
            return None
        return Refusal(
            "calendar-gap", f"the deadline cannot be computed: {limit.words}. Load it, then send the action again"
        )
    if now > limit.due_at:
        return Refusal("too-late", f"the time to decide is over, so it cannot be extended: {limit.arithmetic}")
    return None


def _time_refusal(context: ActionContext) -> Refusal | None:
    """Refuse a decision after its deadline if the law then decides the level, even if that is not on record yet."""
    limit = decision_deadline(context.state)
    if (
        context.state.level.late_decision in DECIDED_BY_LAW
        and isinstance(limit, Deadline)
        and context.now > limit.due_at
    ):
        return Refusal("deemed", f"the time to decide is over, and the law decides the appeal: {limit.arithmetic}")
    return None


def _assigned_to_another(state: AppealState, actor: StaffMember) -> Refusal | None:
    if state.decider is not None and state.decider != actor.person_id:
        return forbidden("not-yours", "the appeal is assigned to another person; have it assigned to you first")
    return None


def _held_up_refusal(state: AppealState) -> Refusal | None:
    if state.ground is not None:
        return Refusal("dismissible", f"first decide whether to dismiss the appeal: {state.ground.value}")
    if state.late:
        return Refusal("late", "the appeal was filed late; decide on good cause first")
    if state.missing:
        named = ", ".join(sorted(proof.value for proof in state.missing))
        return Refusal("needs-proof", f"the appeal cannot be decided before this is received: {named}")
    return None


def _rulings_refusal(state: AppealState, rulings: tuple[LineRuling, ...]) -> Refusal | None:
    ruled = sorted(ruling.line for ruling in rulings)
    if ruled != sorted(state.open_lines):
        expected = ", ".join(str(line) for line in sorted(state.open_lines))
        return invalid("lines", f"rule once on each line still under appeal: {expected}")
    return None
