"""The actions on a claim in review: one entry each, with its message, its names on the screens and its handler.

A new action is one class in adjudication/review (its handler), one message and one entry here, and one form in
console/review. docs/review.md lists the steps; tests/unit/contracts/test_review_actions.py checks that each entry has
all its parts. Names and JSON fields of the messages are in the audit trail, so they may not change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from adjudication.model.claim import SupportingFact
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review.assignment_actions import (
    GiveBack,
    HandOver,
    RecordPeerToPeer,
    RequestSecondOpinion,
    SchedulePeerToPeer,
    Take,
    WithdrawSecondOpinion,
)
from adjudication.review.case import Action
from adjudication.review.decision_actions import Decide, Recommend, SendBack
from adjudication.review.evidence_actions import Correct, RecordAdjudication, RecordFacts, RequestDocuments
from adjudication.review.settlements import Resolution
from contracts.actions.recorded_facts import RecordedFactV1, Slug
from contracts.claim_intake.mapping import fact_subject
from contracts.events.envelope import Contract
from contracts.events.other_payers import PayerAdjudicationV1
from contracts.scalars import (
    FreeText,
    Identifier,
    LineNumberV1,
    Moment,
    OutcomeName,
    Price,
    Text,
    ascii_text,
)

About = Annotated[str, ascii_text(r"^[0-9a-f.]{0,20}$")]


class ReviewActionV1(Contract):
    """One action on one claim in review; `action` is its name."""

    action: str

    def to_core(self, person_id: str, on: date) -> Action:
        """Return the action that the core judges; `on` is the day facts are recorded on. Raises ValueError."""
        raise NotImplementedError


class TakeV1(ReviewActionV1):
    """Take the claim for 30 minutes. Taking it again renews the assignment."""

    action: Literal["take"] = "take"

    def to_core(self, person_id: str, on: date) -> Take:  # noqa: ARG002
        """Return the core's action."""
        return Take()


class GiveBackV1(ReviewActionV1):
    """Give the claim back to its queue."""

    action: Literal["release"] = "release"

    def to_core(self, person_id: str, on: date) -> GiveBack:  # noqa: ARG002
        """Return the core's action."""
        return GiveBack()


class HandOverV1(ReviewActionV1):
    """Give the claim to another queue or colleague."""

    action: Literal["hand-over"] = "hand-over"
    to_role: Slug
    to_person: Identifier | None = None
    reason: FreeText

    def to_core(self, person_id: str, on: date) -> HandOver:  # noqa: ARG002
        """Return the core's action."""
        return HandOver(self.to_role, self.to_person, self.reason)


class RequestDocumentsV1(ReviewActionV1):
    """Request documents from the provider."""

    action: Literal["request-documents"] = "request-documents"
    kinds: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]
    lines: tuple[LineNumberV1, ...] = ()

    def to_core(self, person_id: str, on: date) -> RequestDocuments:  # noqa: ARG002
        """Return the core's action."""
        return RequestDocuments(self.kinds, tuple(LineNumber(line) for line in self.lines))


class RecordFactsV1(ReviewActionV1):
    """Record facts; `reason` says why, when a fact corrects the value on record."""

    action: Literal["record-facts"] = "record-facts"
    facts: Annotated[tuple[RecordedFactV1, ...], Field(min_length=1, max_length=100)]
    reason: FreeText | None = None

    def to_core(self, person_id: str, on: date) -> RecordFacts:
        """Return the core's action; raises ValueError where a fact has not exactly one value."""
        return RecordFacts(
            tuple(
                SupportingFact(
                    each.fact,
                    each.value(),
                    each.source,
                    on,
                    author=person_id,
                    settles=each.settles,
                    about=None if each.about is None else fact_subject(each.about),
                )
                for each in self.facts
            )
        )


class RecordAdjudicationV1(ReviewActionV1):
    """Record how another payer adjudicated the claim."""

    action: Literal["record-adjudication"] = "record-adjudication"
    adjudication: PayerAdjudicationV1
    source: Text

    def to_core(self, person_id: str, on: date) -> RecordAdjudication:  # noqa: ARG002
        """Return the core's action."""
        return RecordAdjudication(self.adjudication.to_core(person_id))


class RecommendV1(ReviewActionV1):
    """Recommend how to settle a pended line."""

    action: Literal["recommend"] = "recommend"
    line: LineNumberV1 | None = None
    outcome: OutcomeName
    resolution: Resolution = Field(strict=False)
    rationale: FreeText

    def to_core(self, person_id: str, on: date) -> Recommend:  # noqa: ARG002
        """Return the core's action."""
        return Recommend(_line(self.line), OutcomeCode(self.outcome), self.resolution, self.rationale)


class DecideV1(ReviewActionV1):
    """Settle one pended line."""

    action: Literal["decide"] = "decide"
    line: LineNumberV1 | None = None
    outcome: OutcomeName
    resolution: Resolution = Field(strict=False)
    rationale: FreeText
    denies_as: OutcomeName | None = None
    evidence: Annotated[tuple[Identifier, ...], Field(max_length=50)] = ()
    criteria: Annotated[tuple[Identifier, ...], Field(max_length=100)] = ()
    allowed: Price | None = None
    about: About = Field("", description="What a pre-release hold asked to check, as the case shows it.")

    def to_core(self, person_id: str, on: date) -> Decide:  # noqa: ARG002
        """Return the core's action."""
        return Decide(
            _line(self.line),
            OutcomeCode(self.outcome),
            self.resolution,
            self.rationale,
            None if self.denies_as is None else OutcomeCode(self.denies_as),
            self.evidence,
            self.criteria,
            self.allowed,
            self.about,
        )


class SendBackV1(ReviewActionV1):
    """Do not release a decision: its makers decide it again, one line or all of it."""

    action: Literal["send-back"] = "send-back"
    outcome: OutcomeName
    about: About
    error: ErrorClass = Field(strict=False)
    reason: FreeText
    line: LineNumberV1 | None = None

    def to_core(self, person_id: str, on: date) -> SendBack:  # noqa: ARG002
        """Return the core's action."""
        return SendBack(OutcomeCode(self.outcome), self.about, self.error, self.reason, _line(self.line))


class SecondOpinionV1(ReviewActionV1):
    """Request a second opinion from another clinician."""

    action: Literal["second-opinion"] = "second-opinion"
    expertise: Slug
    question: FreeText
    line: LineNumberV1 | None = None

    def to_core(self, person_id: str, on: date) -> RequestSecondOpinion:  # noqa: ARG002
        """Return the core's action."""
        return RequestSecondOpinion(self.expertise, self.question, _line(self.line))


class WithdrawSecondOpinionV1(ReviewActionV1):
    """Withdraw one's request for a second opinion, about one line or all of them."""

    action: Literal["withdraw-second-opinion"] = "withdraw-second-opinion"
    line: LineNumberV1 | None = None

    def to_core(self, person_id: str, on: date) -> WithdrawSecondOpinion:  # noqa: ARG002
        """Return the core's action."""
        return WithdrawSecondOpinion(_line(self.line))


class SchedulePeerToPeerV1(ReviewActionV1):
    """Schedule a peer-to-peer call."""

    action: Literal["schedule-peer-to-peer"] = "schedule-peer-to-peer"
    at: Moment

    def to_core(self, person_id: str, on: date) -> SchedulePeerToPeer:  # noqa: ARG002
        """Return the core's action."""
        return SchedulePeerToPeer(self.at)


class RecordPeerToPeerV1(ReviewActionV1):
    """Record a peer-to-peer call."""

    action: Literal["record-peer-to-peer"] = "record-peer-to-peer"
    held: bool
    note: FreeText

    def to_core(self, person_id: str, on: date) -> RecordPeerToPeer:  # noqa: ARG002
        """Return the core's action."""
        return RecordPeerToPeer(self.held, self.note)


class CorrectV1(ReviewActionV1):
    """Correct a clerical field of the claim."""

    action: Literal["correct"] = "correct"
    field: Slug
    value: Identifier
    line: LineNumberV1 | None = None

    def to_core(self, person_id: str, on: date) -> Correct:  # noqa: ARG002
        """Return the core's action."""
        return Correct(self.field, self.value, _line(self.line))


def _line(line: int | None) -> LineNumber | None:
    return None if line is None else LineNumber(line)


@dataclass(frozen=True, slots=True)
class ReviewActionEntry:
    """One action on a claim in review.

    message, handler: the content sent, and the class of the core that judges it.
    label: its name on the screens. done: the answer to the person who did it. history: the entry in the claim's history.
    readjudicates: the claim is adjudicated again after it.
    """

    message: type[ReviewActionV1]
    handler: type[Action]
    label: str
    done: str
    history: str
    readjudicates: bool = False

    @property
    def name(self) -> str:
        """The action's name in messages, addresses and forms."""
        return str(self.message.model_fields["action"].default)


_ENTRIES: Final = (
    ReviewActionEntry(
        TakeV1,
        Take,
        "Take",
        "the claim is assigned to you for 30 minutes; take it again to renew that",
        "took the claim",
    ),
    ReviewActionEntry(GiveBackV1, GiveBack, "Give back", "the claim is back in its queue", "gave the claim back"),
    ReviewActionEntry(HandOverV1, HandOver, "Hand over", "the claim was handed over", "handed the claim over"),
    ReviewActionEntry(
        RequestDocumentsV1,
        RequestDocuments,
        "Request documents",
        "the documents were requested; the claim comes back when they arrive",
        "requested documents",
    ),
    ReviewActionEntry(
        RecordFactsV1,
        RecordFacts,
        "Record facts",
        "the facts are recorded; the claim is adjudicated again with them",
        "recorded facts",
        readjudicates=True,
    ),
    ReviewActionEntry(
        RecordAdjudicationV1,
        RecordAdjudication,
        "Record another payer's adjudication",
        "the other payer's adjudication is recorded; the claim is adjudicated again with it",
        "recorded another payer's adjudication",
        readjudicates=True,
    ),
    ReviewActionEntry(
        RecommendV1, Recommend, "Recommend", "your recommendation is recorded; a physician decides", "recommended"
    ),
    ReviewActionEntry(
        DecideV1,
        Decide,
        "Decide",
        "your decision is recorded; the claim is adjudicated again with it",
        "decided",
        readjudicates=True,
    ),
    ReviewActionEntry(
        SendBackV1,
        SendBack,
        "Send back",
        "the decision was sent back; its makers decide it again",
        "sent the decision back",
        readjudicates=True,
    ),
    ReviewActionEntry(
        SecondOpinionV1,
        RequestSecondOpinion,
        "Request a second opinion",
        "the second opinion was requested; the claim is back in the queue",
        "requested a second opinion",
    ),
    ReviewActionEntry(
        WithdrawSecondOpinionV1,
        WithdrawSecondOpinion,
        "Withdraw the second opinion",
        "your request for a second opinion is withdrawn; you may decide this again",
        "withdrew the request for a second opinion",
    ),
    ReviewActionEntry(
        SchedulePeerToPeerV1,
        SchedulePeerToPeer,
        "Schedule a peer-to-peer call",
        "the call is scheduled; the deadlines keep running",
        "scheduled a peer-to-peer call",
    ),
    ReviewActionEntry(
        RecordPeerToPeerV1,
        RecordPeerToPeer,
        "Record a peer-to-peer call",
        "the call is recorded",
        "recorded a peer-to-peer call",
    ),
    ReviewActionEntry(
        CorrectV1,
        Correct,
        "Correct a field",
        "the correction is recorded; the claim is adjudicated again with it",
        "corrected the claim",
        readjudicates=True,
    ),
)
REVIEW_ACTIONS: Final = {entry.name: entry for entry in _ENTRIES}
"""Every action on a claim in review, by name."""


def message_reader(entries: Iterable[ReviewActionEntry]) -> TypeAdapter[ReviewActionV1]:
    """Return the reader of the messages of these actions; the name in `action` chooses the model."""
    messages: Any = reduce(or_, (entry.message for entry in entries))
    return TypeAdapter(Annotated[messages, Field(discriminator="action")])


REVIEW_ACTION: Final = message_reader(_ENTRIES)
"""Reads and writes the message of every action on a claim in review."""
