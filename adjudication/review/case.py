"""A claim in review: its state, the actions that people take on it, and the fold of the actions into the state.

The state is never stored. It is folded from the allowed actions, which the audit trail keeps. One reviewer at a time has
the claim assigned, for 30 minutes. A decided claim is closed to review for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final, Self

from adjudication.model.claim import Claim
from adjudication.model.determination import SIGNING_ROLES, Pend
from adjudication.model.fact_dictionary import FactDictionary
from adjudication.model.outcomes import (
    DIAGNOSIS_NOT_SUPPORTED,
    EXPERIMENTAL,
    NOT_MEDICALLY_NECESSARY,
    NOT_REASONABLE_AND_NECESSARY,
    RECORDS_NOT_RECEIVED,
    UNITS_NOT_SUPPORTED,
)
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import SIGNING, LicenseNeeded, Refusal, Role, StaffMember, forbidden
from adjudication.review.second_opinions import Licenses, Opinion
from adjudication.review.settlements import Resolution

ASSIGNED_FOR: Final = timedelta(minutes=30)
"""The length of an assignment; taking the claim again renews it. After that anyone in the queue may take the claim."""

NECESSITY_DENIALS: Final = frozenset({NOT_MEDICALLY_NECESSARY, EXPERIMENTAL, NOT_REASONABLE_AND_NECESSARY})
"""Outcomes that a clinical question is denied with."""

CLINICAL_DENIALS: Final = NECESSITY_DENIALS | {UNITS_NOT_SUPPORTED, DIAGNOSIS_NOT_SUPPORTED, RECORDS_NOT_RECEIVED}
"""Outcomes that a line may be denied with only by signature."""

SIGNERS: Final = frozenset(Role(role) for role in SIGNING_ROLES)
"""Roles that sign the denial of a claim in review. Appeals are decided by other roles."""


@dataclass(frozen=True, slots=True)
class Done:
    """One allowed action, by whom, in which role and when: an entry of the audit trail."""

    action: Action
    person_id: str
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class Assignment:
    """The reviewer who has the claim, and until when."""

    person_id: str
    until: datetime

    def is_to(self, person_id: str, at: datetime) -> bool:
        """Return whether the claim is assigned to this person at a moment."""
        return self.person_id == person_id and at < self.until

    def over(self, at: datetime) -> bool:
        """Return whether the time is over, so that anyone in the queue may take the claim."""
        return at >= self.until


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The policy data and stored documents for one claim in review.

    passes, denies, prices: the roles that may resolve a pend code in this way.
    deniable: the outcomes that a denial of a pended outcome may be issued as.
    licenses: those of the people who took part before, by person id.
    unanswered: the kinds of requested documents that may still come, and until when.
    office_documents: the kinds of documents whose absence says nothing about the care; every other one is clinical.
    requested_not_received: every requested kind that was not received, whether or not its due date has passed.
    documents_unread_since: when the newest document without a usable fact was received; a clinician has to read it.
    criteria: the ids of every criterion of every policy.
    wordings: the normalized texts of those criteria and rules. Copied into a rationale they are no reasons.
    """

    passes: Mapping[str, frozenset[Role]]
    denies: Mapping[str, frozenset[Role]]
    prices: Mapping[str, frozenset[Role]]
    deniable: Mapping[OutcomeCode, frozenset[OutcomeCode]]
    documents: frozenset[str]
    office_documents: frozenset[str]
    correctable: frozenset[str]
    expertise: frozenset[str]
    providers: frozenset[str] = frozenset()
    licenses: Licenses = field(default_factory=dict)
    unanswered: Mapping[str, datetime] = field(default_factory=dict)
    criteria: frozenset[str] = frozenset()
    wordings: frozenset[str] = frozenset()
    requested_not_received: frozenset[str] = frozenset()
    documents_unread_since: datetime | None = None

    def roles_for(self, code: str, resolution: Resolution) -> frozenset[Role]:
        """Return the roles that may resolve a pend code in the given way."""
        tables = {Resolution.PASSES: self.passes, Resolution.DENIES: self.denies, Resolution.PRICED: self.prices}
        return tables[resolution].get(code, frozenset())

    def deniers(self, pend: Pend, denies_as: OutcomeCode | None) -> frozenset[Role]:
        """Return the roles that may deny a pend as an outcome: the kind of judgment decides, not the queue that holds it."""
        may = self.roles_for(pend.code, Resolution.DENIES)
        return SIGNERS if may and denies_as in CLINICAL_DENIALS else may

    def for_signers(self, pend: Pend) -> bool:
        """Return whether a pend can only be denied by a signature, for every owner."""
        deniable = self.deniable.get(pend.outcome, frozenset())
        return bool(self.roles_for(pend.code, Resolution.DENIES)) and bool(deniable) and deniable <= CLINICAL_DENIALS


@dataclass(frozen=True, slots=True)
class Case:
    """The state of a claim in review.

    pends: the pends still open, of those that were `opened`.
    queue: the role the claim was handed to; None while the owners of its pends work on it.
    shaped_by: the people who settled, recorded, corrected or recommended something.
    checked_by: the people who judged the decision before its release, each with the pre-release hold.
    read_at: when a clinician last recorded or recommended something, so has read the records.
    """

    pends: tuple[Pend, ...]
    closed: bool = False
    assignment: Assignment | None = None
    queue: Role | None = None
    recommended_by: frozenset[tuple[str, LineNumber | None, OutcomeCode]] = frozenset()
    participants: frozenset[str] = frozenset()
    opinions: tuple[Opinion, ...] = ()
    opened: tuple[Pend, ...] = ()
    shaped_by: frozenset[str] = frozenset()
    checked_by: frozenset[tuple[str, OutcomeCode]] = frozenset()
    read_at: datetime | None = None

    @property
    def opinion_wanted(self) -> str | None:
        """The expertise last requested for which no colleague has recommended anything yet."""
        return next((opinion.expertise for opinion in reversed(self.opinions) if not opinion.answers), None)

    def pend(self, line: LineNumber | None, outcome: OutcomeCode) -> Pend | None:
        """Return the open pend of a line for an outcome."""
        return next((pend for pend in self.pends if pend.line == line and pend.outcome == outcome), None)

    def assigned_to(self, person_id: str, at: datetime) -> bool:
        """Return whether the claim is assigned to this person at a moment."""
        return self.assignment is not None and self.assignment.is_to(person_id, at)


@dataclass(frozen=True, slots=True)
class ActionContext:
    """One action on a case: the person, the time, the rules, and the license that would sign a denial."""

    case: Case
    person: StaffMember
    at: datetime
    rules: CaseRules
    needed: LicenseNeeded

    def queue_refusal(self) -> Refusal | None:
        """Refuse people none of whose roles works on the claim."""
        if may_work_on(self.case, self.person, self.rules):
            return None
        return forbidden("not-your-queue", "none of your roles works on what this claim is pended for")

    def assignment_refusal(self) -> Refusal | None:
        """Refuse people who have not taken the claim."""
        if self.case.assigned_to(self.person.person_id, self.at):
            return None
        return Refusal("not-taken", "take the claim first; your earlier assignment may have ended")


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """The context that an action's content is checked against: the claim with earlier corrections, and the dictionary of facts.

    colleague: the person whom the action names; None if no active person has that id.
    """

    claim: Claim
    facts: FactDictionary
    colleague: StaffMember | None
    on: date


class Action:
    """One thing a person may do with a claim in review.

    A subclass is one action as a whole: its content as fields, and in its methods the permitted roles, the refusals and
    its effect. Its message, label and texts are in contracts/actions/review.py.
    """

    __slots__ = ()
    shapes_decision: ClassVar[bool] = False
    """True if the person who did it took part in the decision, and so may not check it before release."""

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:  # noqa: ARG002 - subclasses use them
        """Return the roles that may do this, no matter who has the claim."""
        return frozenset(Role)

    def access_refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse people who may not act on the claim now. Most actions need the claim assigned to the person."""
        return context.queue_refusal() or context.assignment_refusal()

    def refusal(self, context: ActionContext) -> Refusal | None:  # noqa: ARG002 - subclasses use it
        """Refuse the action because of the person's roles, the state of the case or the content."""
        return None

    def content_refusal(self, context: ClaimContext) -> Refusal | None:  # noqa: ARG002 - subclasses use it
        """Refuse content that would be recorded and have no effect on this claim."""
        return None

    def after(self, case: Case, done: Done) -> Case:  # noqa: ARG002 - subclasses use it
        """Return the case after the action."""
        return case

    def judged_hold(self) -> OutcomeCode | None:
        """Return the pre-release hold that the action judges; None for every other action."""
        return None

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield valid samples of the action, to check whether it is allowed; none if it makes no sense now."""
        yield from ()


def fold(case: Case, done: Iterable[Done]) -> Case:
    """Return the case after a history of actions."""
    case = replace(case, opened=case.opened or case.pends)
    for each in done:
        case = _after(case, each)
    return case


def _after(case: Case, done: Done) -> Case:
    hold, person = done.action.judged_hold(), done.person_id
    case = replace(case, participants=case.participants | {person})
    if hold is not None:
        case = replace(case, checked_by=case.checked_by | {(person, hold)})
    elif done.action.shapes_decision:
        case = replace(case, shaped_by=case.shaped_by | {person})
    return done.action.after(case, done)


def may_work_on(case: Case, person: StaffMember, rules: CaseRules) -> frozenset[Role]:
    """Return those of a person's roles with which they may work on the case as it is now."""
    return frozenset(person.roles & (_working_roles(case, rules) | {Role.SUPERVISOR}))


def _working_roles(case: Case, rules: CaseRules) -> set[Role]:
    """Return the roles the case is pended for: the queue it was handed to; else the owners and resolvers of its pends.

    The physicians' queue belongs to every signer and holds what signers settle. Other pends stay with their owners: they
    may be new since the claim was recommended, and a signer could not resolve them.
    """
    if case.queue not in (None, Role.PHYSICIAN):
        return {case.queue}
    queue = SIGNING if case.queue else frozenset()
    working = set(queue)
    for pend in case.pends:
        working |= SIGNERS if rules.for_signers(pend) else frozenset()
        ways = [rules.roles_for(pend.code, resolution) for resolution in Resolution]
        working.update(*(may for may in ways if not may & queue))
        # An owner who may not resolve the pend causes the event that releases it.
        working |= {role for role in Role if role.value == pend.owner and not any(role in may for may in ways)}
    return working
