"""Actions on an appeal before its decision: acknowledge, proofs, documents, good cause, urgency, withdrawal, dismissal."""

from __future__ import annotations

from typing import Final

from adjudication.appeals import actions, events
from adjudication.appeals.action_context import ActionContext, ActionResult
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.independence import is_clinician
from adjudication.appeals.state import AppealState, Ended
from adjudication.deadlines.periods import ends
from adjudication.deadlines.words import due_in_words
from adjudication.people import Refusal, Role, forbidden, invalid

CLERKS: Final = frozenset(
    {Role.APPEALS_SPECIALIST, Role.APPEALS_PHYSICIAN, Role.INTAKE_CLERK, Role.UTILIZATION_INTAKE, Role.SUPERVISOR}
)
SPECIALISTS: Final = frozenset({Role.APPEALS_SPECIALIST, Role.APPEALS_PHYSICIAN, Role.SUPERVISOR})


def ended_refusal(state: AppealState) -> Refusal | None:
    """Return a refusal if the appeal has ended, else None."""
    if state.ended is None:
        return None
    return Refusal("ended", f"the appeal was {state.ended.value}; nothing more is done on it")


def acknowledge(context: ActionContext, _action: actions.Acknowledge) -> ActionResult:
    """Acknowledge the appeal once per level; the letter may be sent automatically."""
    if context.state.acknowledged_at is not None:
        return Refusal("acknowledged", "the appeal was acknowledged already")
    refusal = ended_refusal(context.state) or clerk_refusal(context)
    return refusal or (events.Acknowledged(context.now, context.by),)


def receive_proof(context: ActionContext, action: actions.ReceiveProof) -> ActionResult:
    """Record a missing proof. If the rule allows it, the time to decide starts when the last proof arrives."""
    refusal = ended_refusal(context.state) or clerk_refusal(context)
    if refusal is not None:
        return refusal
    if action.proof not in context.state.missing:
        return Refusal("not-missing", f"no {action.proof.value} is missing; add it as a document")
    return (events.ProofReceived(context.now, context.by, action.proof, action.reference),)


def add_documents(context: ActionContext, action: actions.AddDocuments) -> ActionResult:
    """Add documents, also after the decision: they are stored and may be forwarded."""
    new = tuple(reference for reference in action.references if reference not in context.state.documents)
    if not new:
        return Refusal("nothing-new", "every one of these documents is with the appeal already")
    return clerk_refusal(context) or (events.DocumentsAdded(context.now, context.by, new),)


def decide_good_cause(context: ActionContext, action: actions.DecideGoodCause) -> ActionResult:
    """Decide whether there was good cause to file late; a refusal does not end the appeal, a dismissal does."""
    person = context.require_independent(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    if not context.state.late:
        return Refusal("not-late", "the appeal does not wait for good cause")
    if not action.reference.strip():
        return invalid("reasons", "give the reference of the document with the reasons")
    refusal = ended_refusal(context.state)
    return refusal or (events.GoodCauseDecided(context.now, person.person_id, action.accepted, action.reference),)


def decide_urgency(context: ActionContext, action: actions.DecideUrgency) -> ActionResult:
    """Grant or refuse an expedited appeal: any person working on it may grant it, only a clinician may refuse it."""
    person = context.require_role(SPECIALISTS | frozenset({Role.PHYSICIAN, Role.CLINICAL_PEER, Role.NURSE}))
    if isinstance(person, Refusal):
        return person
    if not context.state.urgency_open:
        why = (
            "a physician requested an expedited appeal, which cannot be refused"
            if context.state.case.physician_requested_expedited
            else "no request for an expedited appeal is open"
        )
        return Refusal("urgency-settled", f"the urgency is decided already: {why}")
    if not action.expedited and not is_clinician(person):
        return forbidden("clinical-only", "only a clinician may refuse an expedited appeal")
    refusal = ended_refusal(context.state)
    return refusal or (events.UrgencyDecided(context.now, person.person_id, action.expedited),)


def withdraw(context: ActionContext, action: actions.Withdraw) -> ActionResult:
    """Record the appellant's withdrawal, while the plan has not decided the level."""
    state = context.state
    refusal = ended_refusal(state) or clerk_refusal(context)
    if refusal is not None:
        return refusal
    if state.outside:
        return Refusal("outside", "the appeal is at another forum; the appellant withdraws it there")
    if not state.undecided:
        return Refusal("decided", "this level has been decided; there is nothing left to withdraw")
    if not action.reference.strip():
        return invalid("reference", "give the reference of the appellant's own request to withdraw")
    return (events.Withdrawn(context.now, context.by, action.reference),)


def dismiss(context: ActionContext, action: actions.Dismiss) -> ActionResult:
    """Dismiss the appeal, by an independent person and only on a ground that the record shows."""
    person = context.require_independent(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    state = context.state
    refusal = ended_refusal(state)
    if refusal is not None:
        return refusal
    if state.outside or not state.undecided:
        return Refusal("decided", "the level is decided or at another forum, so the appeal cannot be dismissed")
    return _ground_refusal(context, action.ground) or (events.Dismissed(context.now, person.person_id, action.ground),)


def vacate(context: ActionContext, action: actions.VacateDismissal) -> ActionResult:
    """Vacate a dismissal for good cause, within the period of the rule."""
    person = context.require_role(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    state, rule = context.state, context.state.level.dismissal
    if state.ended is not Ended.DISMISSED or state.ended_at is None:
        return Refusal("not-dismissed", "the appeal was not dismissed")
    if rule is not None and context.now > ends(state.ended_at, rule.vacate_within, state.case.calendar):
        return Refusal("too-late", f"a dismissal may be vacated within {rule.vacate_within}; that time is over")
    return (events.DismissalVacated(context.now, person.person_id, action.reference),)


def hear_anyway(context: ActionContext, action: actions.HearAnyway) -> ActionResult:
    """Accept the appeal although a ground to dismiss it is on record."""
    person = context.require_role(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    if context.state.ground is None:
        return Refusal("nothing-to-settle", "no ground to dismiss the appeal is on record")
    if context.state.ground is DismissalGround.TAKEN_BACK:
        return Refusal(
            "claim-replaced", "another claim superseded the appealed decision; there is nothing left to decide"
        )
    return ended_refusal(context.state) or (events.HeardAnyway(context.now, person.person_id, action.reference),)


def note_claim_superseded(context: ActionContext, action: actions.NoteClaimSuperseded) -> ActionResult:
    """Record once that another claim superseded the appealed one; no effect on an ended appeal."""
    if context.state.superseded_by is not None or context.state.ended is not None:
        return Refusal("noted", "this is on record")
    return (events.ClaimTakenBack(context.now, context.by, action.by_claim),)


def clerk_refusal(context: ActionContext) -> Refusal | None:
    """Return a refusal unless a feed, a timer or a clerk acts; for actions that need no judgment."""
    if context.actor is None:
        return None
    person = context.require_role(CLERKS)
    return person if isinstance(person, Refusal) else None


def _ground_refusal(context: ActionContext, ground: DismissalGround) -> Refusal | None:
    state = context.state
    if ground is DismissalGround.LATE:
        if state.late and state.good_cause is False:
            return None
        return Refusal(
            "cause-not-weighed", "decide on good cause first; a late appeal may not be dismissed before that"
        )
    if ground is DismissalGround.NO_PROOF:
        return _proof_refusal(context)
    if state.ground is ground:
        return None
    return Refusal("no-ground", f"nothing on record shows {ground.value}; decide the appeal")


def _proof_refusal(context: ActionContext) -> Refusal | None:
    state = context.state
    standing = state.case.path.standing_of(state.case.appellant)
    if not state.missing:
        return Refusal("no-ground", "no proof is missing; decide the appeal")
    if standing is None or standing.proof_within is None:
        return None
    calendar, within = state.case.calendar, standing.proof_within
    until = ends(state.received_at, within, calendar)
    if context.now <= until:
        last = due_in_words(until, within.unit, calendar)
        return Refusal("too-early", f"the appellant may send what is missing until {last}; wait for it")
    return None
