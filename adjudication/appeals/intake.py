"""Actions before a decision: acknowledge, proofs, documents, good cause, urgency, withdrawal, dismissal."""

from __future__ import annotations

from typing import Final

from adjudication.appeals import actions, events
from adjudication.appeals.action_context import ActionContext, Answer
from adjudication.appeals.filing import Ground
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


def acknowledge(turn: ActionContext, _action: actions.Acknowledge) -> Answer:
    """Acknowledge the appeal once per level; a letter may go out by itself."""
    if turn.state.acknowledged_at is not None:
        return Refusal("acknowledged", "the appeal was acknowledged already")
    refusal = ended_refusal(turn.state) or clerk_refusal(turn)
    return refusal or (events.Acknowledged(turn.now, turn.by),)


def receive_proof(turn: ActionContext, action: actions.ReceiveProof) -> Answer:
    """Record a missing proof; where the rule lets the period start with the proofs, the last one starts it."""
    refusal = ended_refusal(turn.state) or clerk_refusal(turn)
    if refusal is not None:
        return refusal
    if action.proof not in turn.state.missing:
        return Refusal("not-missing", f"no {action.proof.value} is missing; add it as a document")
    return (events.ProofReceived(turn.now, turn.by, action.proof, action.reference),)


def add_documents(turn: ActionContext, action: actions.AddDocuments) -> Answer:
    """Add documents, even late ones: they are kept and may be forwarded."""
    new = tuple(reference for reference in action.references if reference not in turn.state.documents)
    if not new:
        return Refusal("nothing-new", "every one of these documents is with the appeal already")
    return clerk_refusal(turn) or (events.DocumentsAdded(turn.now, turn.by, new),)


def decide_good_cause(turn: ActionContext, action: actions.DecideGoodCause) -> Answer:
    """Decide whether there was good cause to file late; a refusal does not end the appeal, a dismissal does."""
    person = turn.independent_staff(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    if not turn.state.late:
        return Refusal("not-late", "the appeal does not wait for good cause")
    if not action.reference.strip():
        return invalid("reasons", "write down why, and name where")
    refusal = ended_refusal(turn.state)
    return refusal or (events.GoodCauseDecided(turn.now, person.person_id, action.accepted, action.reference),)


def decide_urgency(turn: ActionContext, action: actions.DecideUrgency) -> Answer:
    """Grant or refuse an expedited appeal: any person working on it may grant it, only a clinician may refuse it."""
    person = turn.staff(SPECIALISTS | frozenset({Role.PHYSICIAN, Role.CLINICAL_PEER, Role.NURSE}))
    if isinstance(person, Refusal):
        return person
    if not turn.state.urgency_open:
        settled = (
            "a physician asked for it, which cannot be refused"
            if turn.state.case.physician_asked
            else "it was not asked for"
        )
        return Refusal("urgency-settled", f"how urgent it is has been settled: {settled}")
    if not action.expedited and not is_clinician(person):
        return forbidden("clinical-only", "only a clinician may say that waiting does no harm")
    refusal = ended_refusal(turn.state)
    return refusal or (events.UrgencyDecided(turn.now, person.person_id, action.expedited),)


def withdraw(turn: ActionContext, action: actions.Withdraw) -> Answer:
    """Record the appellant's withdrawal while the level is undecided at the plan."""
    state = turn.state
    refusal = ended_refusal(state) or clerk_refusal(turn)
    if refusal is not None:
        return refusal
    if state.outside:
        return Refusal("outside", "another forum has it; the appellant withdraws it there")
    if not state.undecided:
        return Refusal("decided", "this level has been decided; there is nothing left to withdraw")
    if not action.reference.strip():
        return invalid("reference", "name the appellant's own request; only the appellant withdraws an appeal")
    return (events.Withdrawn(turn.now, turn.by, action.reference),)


def dismiss(turn: ActionContext, action: actions.Dismiss) -> Answer:
    """Dismiss the appeal, by an independent person and only on a ground that the record shows."""
    person = turn.independent_staff(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    state = turn.state
    refusal = ended_refusal(state)
    if refusal is not None:
        return refusal
    if state.outside or not state.undecided:
        return Refusal("decided", "it is past the point at which it could be dismissed")
    return _ground_refusal(turn, action.ground) or (events.Dismissed(turn.now, person.person_id, action.ground),)


def vacate(turn: ActionContext, action: actions.VacateDismissal) -> Answer:
    """Vacate a dismissal for good cause, within the period of the rule."""
    person = turn.staff(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    state, rule = turn.state, turn.state.level.dismissal
    if state.ended is not Ended.DISMISSED or state.ended_at is None:
        return Refusal("not-dismissed", "the appeal was not dismissed")
    if rule is not None and turn.now > ends(state.ended_at, rule.vacate_within, state.case.calendar):
        return Refusal("too-late", f"a dismissal may be vacated within {rule.vacate_within}; that time is over")
    return (events.DismissalVacated(turn.now, person.person_id, action.reference),)


def hear_anyway(turn: ActionContext, action: actions.HearAnyway) -> Answer:
    """Record that there is no reason to dismiss the appeal."""
    person = turn.staff(SPECIALISTS)
    if isinstance(person, Refusal):
        return person
    if turn.state.ground is None:
        return Refusal("nothing-to-settle", "nothing stands in the way of hearing it")
    if turn.state.ground is Ground.TAKEN_BACK:
        return Refusal(
            "claim-replaced", "the appealed decision was reversed with its claim; there is nothing left to decide"
        )
    return ended_refusal(turn.state) or (events.HeardAnyway(turn.now, person.person_id, action.reference),)


def note_taken_back(turn: ActionContext, action: actions.NoteTakenBack) -> Answer:
    """Record once that the claim was replaced or voided; no effect on an ended appeal."""
    if turn.state.taken_back_by is not None or turn.state.ended is not None:
        return Refusal("noted", "this is on record")
    return (events.ClaimTakenBack(turn.now, turn.by, action.by_claim),)


def clerk_refusal(turn: ActionContext) -> Refusal | None:
    """Return a refusal unless a feed, a timer or a clerk acts; for actions that need no judgment."""
    if turn.actor is None:
        return None
    person = turn.staff(CLERKS)
    return person if isinstance(person, Refusal) else None


def _ground_refusal(turn: ActionContext, ground: Ground) -> Refusal | None:
    state = turn.state
    if ground is Ground.LATE:
        if state.late and state.good_cause is False:
            return None
        return Refusal("cause-not-weighed", "weigh the cause of the delay first; nothing is dismissed for it unheard")
    if ground is Ground.NO_PROOF:
        return _proof_refusal(turn)
    if state.ground is ground:
        return None
    return Refusal("no-ground", f"nothing on record shows {ground.value}; decide the appeal")


def _proof_refusal(turn: ActionContext) -> Refusal | None:
    state = turn.state
    standing = state.case.path.standing_of(state.case.appellant)
    if not state.missing:
        return Refusal("no-ground", "no proof is missing; decide the appeal")
    if standing is None or standing.proof_within is None:
        return None
    calendar, within = state.case.calendar, standing.proof_within
    until = ends(state.received_at, within, calendar)
    if turn.now <= until:
        last = due_in_words(until, within.unit, calendar)
        return Refusal("too-early", f"the appellant may send what is missing until {last}; wait for it")
    return None
