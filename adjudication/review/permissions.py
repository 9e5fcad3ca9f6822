"""Whether a person may do what they ask, in the order in which a person would want to hear it. Never raises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from adjudication.model.determination import SIGNING_ROLES, Pend
from adjudication.model.outcomes import (
    EXPERIMENTAL,
    FOR_WANT_OF_DOCUMENTS,
    HOLDS,
    NOT_MEDICALLY_NECESSARY,
    NOT_REASONABLE_AND_NECESSARY,
    PRIMARY_NOT_TOLD,
    PRIMARY_UNCLEAR,
)
from adjudication.model.pends import COORDINATION_PEND, POLICY_PEND
from adjudication.people import (
    CLINICAL,
    License,
    LicenseNeeded,
    Person,
    Refusal,
    Role,
    forbidden,
    invalid,
    signing_license,
)
from adjudication.review import second_opinions
from adjudication.review.actions import (
    Action,
    Correct,
    Decide,
    HandOver,
    Recommend,
    RecordAdjudication,
    RecordFacts,
    RecordPeerToPeer,
    Release,
    RequestDocuments,
    RequestSecondOpinion,
    SchedulePeerToPeer,
    SendBack,
    Take,
    WithdrawSecondOpinion,
)
from adjudication.review.case import Case, CaseRules, Done, may_work_on, roles_for
from adjudication.review.rationale import SHORTEST_RATIONALE, thin
from adjudication.review.release_permissions import four_eyes, other_than_seen
from adjudication.review.settlements import Resolution

CLINICAL_DENIALS: Final = frozenset({NOT_MEDICALLY_NECESSARY, EXPERIMENTAL, NOT_REASONABLE_AND_NECESSARY})
"""Outcomes a line may be denied with only by signature."""

SIGNERS: Final = frozenset(Role(role) for role in SIGNING_ROLES)
"""Roles in which a denial of a claim in review is signed; on appeal others decide."""

CLERKS: Final = frozenset(
    {Role.INTAKE_CLERK, Role.EXAMINER, Role.ENROLMENT, Role.UTILIZATION_INTAKE, Role.PROVIDER_DATA}
)
"""Roles that correct clerical fields."""


def permit(
    case: Case, action: Action, person: Person, at: datetime, rules: CaseRules, needed: LicenseNeeded
) -> Done | Refusal:
    """Return the action as done, or why it is refused."""
    roles = may_work_on(case, person, rules)
    refusal = _access(case, action, person, at, rules) or four_eyes(case, action, person)
    refusal = refusal or _allowed(case, action, person, at, rules, needed)
    if refusal is not None:
        return refusal
    return Done(action, person.person_id, _acting_role(action, person, roles, rules, case), at)


def _access(case: Case, action: Action, person: Person, at: datetime, rules: CaseRules) -> Refusal | None:  # noqa: PLR0911
    if case.closed:
        return Refusal("closed", "this claim is decided; an appeal or a reopening can change it, a review cannot")
    if person.conflicts & rules.providers:
        return forbidden("conflict-of-interest", "you have an interest in a provider of this claim; it goes to others")
    if isinstance(action, WithdrawSecondOpinion):
        return None  # The claim went back to a queue when it was asked; who asked need not work there.
    # Who holds it gives it back whatever it waits for by now.
    if not isinstance(action, Release) and not may_work_on(case, person, rules):
        return forbidden("not-your-queue", "none of your roles works on what this claim waits for")
    lease = case.lease
    if isinstance(action, Take):
        if lease is None or lease.free(at) or lease.person_id == person.person_id:
            return None
        return Refusal("taken", f"somebody else has it until {lease.until:%H:%M} UTC; look at it then, or ask them")
    if isinstance(action, HandOver) and Role.SUPERVISOR in person.roles:
        return None
    if lease is None or not lease.holds(person.person_id, at):
        return Refusal("not-taken", "take the claim first; your earlier hold may have run out")
    return None


def _allowed(  # noqa: C901, PLR0911 - one return an action
    case: Case, action: Action, person: Person, at: datetime, rules: CaseRules, needed: LicenseNeeded
) -> Refusal | None:
    match action:
        case SendBack():
            return _sending_back(case, action, person, rules)
        case Decide():
            return _decision(case, action, person, at, rules, needed)
        case Recommend():
            return _recommendation(case, action, person, rules)
        case RequestDocuments():
            return _request(action, rules)
        case RecordFacts():
            return _facts(action, person)
        case RecordAdjudication():
            return _adjudication(case, person, rules)
        case RequestSecondOpinion():
            return _opinion(action, person, rules)
        case WithdrawSecondOpinion(line=line):
            return None if second_opinions.awaited(case.opinions, person.person_id, line) else _NOTHING_ASKED
        case SchedulePeerToPeer() | RecordPeerToPeer():
            return _call(action, person, at)
        case Correct():
            return _correction(action, person, rules)
        case HandOver():
            return _hand_over(action)
        case _:
            return None


def _decision(  # noqa: PLR0911 - one return a reason
    case: Case, action: Decide, person: Person, at: datetime, rules: CaseRules, needed: LicenseNeeded
) -> Refusal | None:
    pend = case.pend(action.line, action.outcome)
    if pend is None:
        return Refusal("not-waiting", "the claim does not wait for this (any more); look at what it waits for now")
    may = roles_for(rules, pend.code, action.resolution)
    if not person.roles & may:
        who = ", ".join(sorted(role.value for role in may)) or "nobody; it is released by an event"
        return forbidden("role-may-not", f"this may be settled so by: {who}")
    unreasoned = thin(action.rationale, rules.wordings)
    if unreasoned is not None:
        return unreasoned
    if (person.person_id, action.line, action.outcome) in case.recommended_by:
        return forbidden("own-recommendation", "you recommended this; somebody else decides it")
    open_question = _open_question(case, action, person, at, rules)
    if open_question is not None:
        return open_question
    if action.about != pend.about:
        return other_than_seen(pend)
    malformed = _malformed(action)
    if malformed is not None or action.resolution is not Resolution.DENIES:
        return malformed
    refusal = _outcome(action, rules)
    if refusal is None and action.denies_as in FOR_WANT_OF_DOCUMENTS:
        refusal = _want_of_documents(case, action, rules)
    if refusal is not None or action.denies_as not in CLINICAL_DENIALS:
        return refusal
    return _clinical_denial(action, person, may, at, needed) or _criteria(action, pend, rules)


def _malformed(action: Decide) -> Refusal | None:
    """Half a settlement, which no determination could be made of, or one that would pay first where another payer did."""
    if (action.resolution is Resolution.PRICED) != (action.allowed is not None):
        return invalid("price", "a price, and only a price, names the allowed amount a unit")
    if action.allowed is not None and action.allowed <= 0:
        return invalid("price", "a price is above zero; a line that is paid nothing is denied, with its reason")
    if action.denies_as is not None and action.resolution is not Resolution.DENIES:
        return invalid("outcome", "only a denial names an outcome to be told as; leave it out, or deny")
    if action.outcome == PRIMARY_UNCLEAR and action.resolution is Resolution.PASSES:
        return Refusal("payer-first", "another payer paid first; record what it paid, and our amount follows from that")
    return None


def _sending_back(case: Case, action: SendBack, person: Person, rules: CaseRules) -> Refusal | None:
    pend = case.pend(None, action.outcome)
    if pend is None or action.outcome not in HOLDS:
        return Refusal("not-waiting", "the claim does not wait for this (any more); look at what it waits for now")
    may = roles_for(rules, pend.code, Resolution.PASSES)
    if not person.roles & may:
        return forbidden("role-may-not", f"this may be sent back by: {', '.join(sorted(role.value for role in may))}")
    if len(action.reason.strip()) < SHORTEST_RATIONALE:
        return invalid("rationale", "say what is wrong with the decision, in a sentence or more: others decide it anew")
    return None if action.about == pend.about else other_than_seen(pend)


def _outcome(action: Decide, rules: CaseRules) -> Refusal | None:
    deniable = rules.deniable.get(action.outcome, frozenset())
    if action.denies_as not in deniable:
        names = ", ".join(sorted(deniable)) or "none: it cannot be denied"
        return invalid("outcome", f"name the outcome the line is denied with: {names}")
    return None


def _want_of_documents(case: Case, action: Decide, rules: CaseRules) -> Refusal | None:
    """Records that came are read before anybody says that they did not: what is in them no machine knows."""
    if rules.unanswered:
        until = max(rules.unanswered.values())
        words = f"documents asked for may still come until {until:%Y-%m-%d %H:%M} UTC; nobody denies for want of them before"
        return Refusal("documents-awaited", words)
    if action.denies_as == PRIMARY_NOT_TOLD:
        return None  # What another payer did is missing for as long as nobody recorded it, whether asked for or not.
    if not rules.never_came:
        words = "every document asked for has come; a nurse or physician reads them, and asks for what they lack"
        return Refusal("documents-came", words)
    if rules.unread_since is not None and (case.read_at is None or case.read_at < rules.unread_since):
        words = (
            f"records came on {rules.unread_since:%Y-%m-%d %H:%M} UTC that nobody has read; a nurse or physician reads "
            "them first, and records what they say or recommends"
        )
        return Refusal("records-unread", words)
    return None


def _clinical_denial(
    action: Decide, person: Person, may: frozenset[Role], at: datetime, needed: LicenseNeeded
) -> Refusal | None:
    # Whoever may deny this in an office role only must not sign it in another one.
    signer = replace(person, roles=person.roles & may & SIGNERS)
    license = signing_license(signer, needed, at.date())
    if isinstance(license, Refusal):
        return license
    if not action.criteria:
        return invalid("criteria", "name the criteria you found not met; the policy's text alone is no reason")
    return None


def _criteria(action: Decide, pend: Pend, rules: CaseRules) -> Refusal | None:
    """What is signed names criteria there are. Where no policy is loaded there are none to choose from."""
    unknown = next((name for name in action.criteria if name not in rules.criteria), None)
    if unknown is None or pend.code == POLICY_PEND:
        return None
    return invalid("criteria", f"no policy has a criterion {unknown}; name those that the case shows")


def license_of(action: Decide, person: Person, at: datetime, needed: LicenseNeeded) -> License | None:
    """Return the license a permitted clinical denial is signed with; None for every other decision."""
    if action.resolution is not Resolution.DENIES or action.denies_as not in CLINICAL_DENIALS:
        return None
    license = signing_license(person, needed, at.date())
    return None if isinstance(license, Refusal) else license


def _recommendation(case: Case, action: Recommend, person: Person, rules: CaseRules) -> Refusal | None:
    if not person.roles & CLINICAL:
        return forbidden("clinical-only", "only a nurse or physician may recommend a clinical decision")
    if case.pend(action.line, action.outcome) is None:
        return Refusal("not-waiting", "the claim does not wait for this (any more); look at what it waits for now")
    return thin(action.rationale, rules.wordings)


def _request(action: RequestDocuments, rules: CaseRules) -> Refusal | None:
    unknown = sorted(set(action.kinds) - rules.documents)
    if unknown or not action.kinds:
        return invalid("documents", f"these are no kinds of documents: {', '.join(unknown) or 'none named'}")
    again = sorted(set(action.kinds) & rules.unanswered.keys())
    if again:
        return Refusal("asked-before", f"already asked for, and not answered yet: {', '.join(again)}")
    return None


def _opinion(action: RequestSecondOpinion, person: Person, rules: CaseRules) -> Refusal | None:
    if not person.roles & CLINICAL:
        return forbidden("clinical-only", "only a clinician may do this")
    if action.expertise not in rules.expertise:
        fields = ", ".join(sorted(rules.expertise))
        return invalid("expertise", f"nobody could answer: no signer has this expertise; ask for one of: {fields}")
    return None


def _call(action: SchedulePeerToPeer | RecordPeerToPeer, person: Person, at: datetime) -> Refusal | None:
    if not person.roles & CLINICAL:
        return forbidden("clinical-only", "only a clinician may do this")
    if isinstance(action, SchedulePeerToPeer) and action.at <= at:
        return invalid("past", "that time has passed; name one to come, or record the call that was held")
    if isinstance(action, RecordPeerToPeer) and not action.note.strip():
        return invalid("note", "say in a few words what the call came to, or who was not reached")
    return None


def _open_question(case: Case, action: Decide, person: Person, at: datetime, rules: CaseRules) -> Refusal | None:
    bound = (o for o in case.opinions if o.binds(person.person_id, action.line, at, rules.licenses))
    opinion = next(bound, None)
    return None if opinion is None else second_opinions.refusal(opinion)


_NOTHING_ASKED: Final = Refusal(
    "no-opinion-asked", "you asked nobody for a second opinion on this; nothing to take back"
)


def _facts(action: RecordFacts, person: Person) -> Refusal | None:
    if not action.facts:
        return invalid("facts", "state at least one fact")
    if not person.roles & CLINICAL:
        return forbidden("clinical-only", "clinical facts are stated by a nurse or physician; others link documents")
    return None


def _adjudication(case: Case, person: Person, rules: CaseRules) -> Refusal | None:
    if all(pend.code != COORDINATION_PEND for pend in case.pends):
        return Refusal("not-waiting", "the claim does not wait for another payer; look at what it waits for now")
    if not person.roles & rules.passes.get(COORDINATION_PEND, frozenset()):
        return forbidden("role-may-not", "what another payer did is recorded by the coordination unit")
    return None


def _hand_over(action: HandOver) -> Refusal | None:
    if action.to_role in set(Role):
        return None
    return invalid("role", f"there is no such queue; hand it to one of: {', '.join(role.value for role in Role)}")


def _correction(action: Correct, person: Person, rules: CaseRules) -> Refusal | None:
    if action.field not in rules.correctable:
        fields = ", ".join(sorted(rules.correctable))
        return invalid("field", f"only clerical fields are corrected here: {fields}")
    if not action.value.strip():
        return invalid("value", "say what the field should be")
    if not person.roles & CLERKS:
        return forbidden("role-may-not", "clerical corrections are made by intake, enrolment or an examiner")
    return None


def _acting_role(action: Action, person: Person, roles: frozenset[Role], rules: CaseRules, case: Case) -> Role:
    """The role a person acts in: one that may do this, if there is one that works on the claim too, and of several
    the one with most authority first.
    """
    may = person.roles & _may(action, rules, case)
    candidates = (may & roles) or may or roles or person.roles
    return min(candidates, key=lambda role: (role not in SIGNERS, role not in CLINICAL, role.value))


def _may(action: Action, rules: CaseRules, case: Case) -> frozenset[Role]:
    """Return the roles that an action asks for, whoever has the claim."""
    match action:
        case Decide():
            pend = case.pend(action.line, action.outcome)
            may = frozenset(Role) if pend is None else roles_for(rules, pend.code, action.resolution)
            return may & SIGNERS if action.denies_as in CLINICAL_DENIALS else may
        case SendBack(outcome=outcome):
            pend = case.pend(None, outcome)
            return frozenset(Role) if pend is None else roles_for(rules, pend.code, Resolution.PASSES)
        case Correct():
            return CLERKS
        case RecordAdjudication():
            return rules.passes.get(COORDINATION_PEND, frozenset())
        case Recommend() | RecordFacts() | RequestSecondOpinion() | SchedulePeerToPeer() | RecordPeerToPeer():
            return CLINICAL
        case _:
            return frozenset(Role)
