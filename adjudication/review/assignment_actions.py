"""Actions that decide who works on a claim: take, give back, hand over, second opinions and peer-to-peer calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from adjudication.model.vocabulary import LineNumber
from adjudication.people import CLINICAL, SIGNING, Refusal, Role, forbidden, invalid
from adjudication.review.case import (
    ASSIGNED_FOR,
    Action,
    ActionContext,
    Assignment,
    Case,
    CaseRules,
    ClaimContext,
    Done,
)
from adjudication.review.rationale import SAMPLE
from adjudication.review.second_opinions import Opinion, requests_of


@dataclass(frozen=True, slots=True)
class Take(Action):
    """Have the claim assigned for 30 minutes; taking it again renews the time."""

    def access_refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse a claim that another reviewer has."""
        assignment = context.case.assignment
        if refusal := context.queue_refusal():
            return refusal
        if assignment is None or assignment.over(context.at) or assignment.person_id == context.person.person_id:
            return None
        words = f"the claim is assigned to another reviewer until {assignment.until:%Y-%m-%d %H:%M} UTC; try again then"
        return Refusal("taken", words)

    def after(self, case: Case, done: Done) -> Case:
        """Assign the claim."""
        return replace(case, assignment=Assignment(done.person_id, done.at + ASSIGNED_FOR))

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield the one there is."""
        yield cls()


@dataclass(frozen=True, slots=True)
class GiveBack(Action):
    """Give the claim back to its queue."""

    def access_refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse people who do not have the claim. The assignee may give it back whatever its pends are now."""
        return context.assignment_refusal()

    def after(self, case: Case, done: Done) -> Case:  # noqa: ARG002
        """End the assignment."""
        return replace(case, assignment=None)

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield the one there is."""
        yield cls()


@dataclass(frozen=True, slots=True)
class HandOver(Action):
    """Give the claim to another queue, or to a colleague by id."""

    to_role: str
    to_person: str | None = None
    reason: str = ""

    def access_refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse people without the claim; a supervisor hands over any claim."""
        if refusal := context.queue_refusal():
            return refusal
        return None if Role.SUPERVISOR in context.person.roles else context.assignment_refusal()

    def refusal(self, context: ActionContext) -> Refusal | None:  # noqa: ARG002
        """Refuse a queue that does not exist."""
        if self.to_role in set(Role):
            return None
        return invalid("role", f"there is no such queue; hand it to one of: {', '.join(role.value for role in Role)}")

    def content_refusal(self, context: ClaimContext) -> Refusal | None:
        """Refuse a colleague who could not work on the claim: assigned to them, it would not be worked on."""
        colleague = context.colleague
        if self.to_person is None:
            return None
        if colleague is None:
            return invalid("no-such-colleague", "no active person has this id; leave the person out, or correct the id")
        wanted = SIGNING if self.to_role == Role.PHYSICIAN else {self.to_role}
        if not colleague.roles & wanted:
            words = f"this colleague does not work as {self.to_role}; name a role they have, or another colleague"
            return invalid("not-their-role", words)
        if colleague.conflicts & context.claim.npis:
            words = "this colleague has an interest in a provider of the claim; hand it to another one"
            return Refusal("their-interest", words)
        return None

    def after(self, case: Case, done: Done) -> Case:
        """Move the claim to the queue, and assign it where a colleague is named."""
        to = None if self.to_person is None else Assignment(self.to_person, done.at + ASSIGNED_FOR)
        return replace(case, assignment=to, queue=Role(self.to_role))

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one to the supervisors."""
        yield cls(Role.SUPERVISOR, None, SAMPLE)


class _ClinicianAction(Action):
    """An action that only clinicians take."""

    __slots__ = ()

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:  # noqa: ARG002
        """Return the clinicians' roles."""
        return CLINICAL

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse everyone else."""
        if context.person.roles & CLINICAL:
            return None
        return forbidden("clinical-only", "only a clinician may do this")


@dataclass(frozen=True, slots=True)
class RequestSecondOpinion(_ClinicianAction):
    """Ask a colleague with an expertise to recommend before the decision, about one line or (None) every pended line.

    The claim goes to the physicians' queue.
    """

    expertise: str
    question: str
    line: LineNumber | None = None

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse an expertise that no signer has."""
        if refusal := _ClinicianAction.refusal(self, context):
            return refusal
        if self.expertise in context.rules.expertise:
            return None
        fields = ", ".join(sorted(context.rules.expertise))
        return invalid("expertise", f"no signer has this expertise, so no answer would come; ask for one of: {fields}")

    def after(self, case: Case, done: Done) -> Case:
        """Remember the request and send the claim to the physicians' queue."""
        asked = Opinion(done.person_id, self.line, self.expertise, done.at, case.queue)
        return replace(case, assignment=None, queue=Role.PHYSICIAN, opinions=(*case.opinions, asked))

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one."""
        yield cls(min(rules.expertise, default=""), SAMPLE)


@dataclass(frozen=True, slots=True)
class WithdrawSecondOpinion(Action):
    """Withdraw one's own request for a second opinion, about one line or (None) every one."""

    line: LineNumber | None = None

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:  # noqa: ARG002
        """Return every role: the person who made the request may withdraw it."""
        return frozenset(Role)

    def access_refusal(self, context: ActionContext) -> Refusal | None:  # noqa: ARG002
        """Refuse no one: the request sent the claim to another queue, where the person need not work."""
        return None

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse where there is no such request."""
        if requests_of(context.case.opinions, context.person.person_id, self.line):
            return None
        return Refusal(
            "no-opinion-asked", "you have no open request for a second opinion here; there is nothing to withdraw"
        )

    def after(self, case: Case, done: Done) -> Case:
        """Remove the requests. With the last one the claim returns to its earlier queue."""
        gone = requests_of(case.opinions, done.person_id, self.line)
        left = tuple(opinion for opinion in case.opinions if opinion not in gone)
        back = bool(gone) and not left and case.queue is Role.PHYSICIAN
        return replace(case, opinions=left, queue=gone[0].came_from if back else case.queue)

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one where there are requests."""
        if case.opinions:
            yield cls()


@dataclass(frozen=True, slots=True)
class SchedulePeerToPeer(_ClinicianAction):
    """Schedule a call with the ordering provider; the deadlines keep running."""

    at: datetime

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse a time in the past."""
        if refusal := _ClinicianAction.refusal(self, context):
            return refusal
        if self.at > context.at:
            return None
        return invalid("past", "that time has passed; name a later one, or record the call that took place")

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one in an hour."""
        yield cls(at + timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class RecordPeerToPeer(_ClinicianAction):
    """Record that the call took place (`held`), or that the provider was not reached."""

    held: bool
    note: str

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse a call without a note."""
        if refusal := _ClinicianAction.refusal(self, context):
            return refusal
        if self.note.strip():
            return None
        return invalid("note", "enter the result of the call, or who could not be reached")

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield a call that took place."""
        yield cls(held=True, note=SAMPLE)
