"""What reviewers send: one action on one waiting claim, strict and typed; and the words they are answered with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from adjudication.model.claim import SupportingFact, Value
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review import actions as core
from adjudication.review.settlements import Resolution
from contracts.events.claims import FreeText, Number
from contracts.events.envelope import Contract, Text
from contracts.events.other_payers import PayerAdjudicationV1

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{1,60}$")]
Outcome = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
Line = Annotated[int, Field(ge=1, le=450)]
About = Annotated[str, Field(pattern=r"^[0-9a-f.]{0,20}$")]


class TakeV1(Contract):
    """Take the claim; taking again renews the hold."""

    action: Literal["take"] = "take"


class ReleaseV1(Contract):
    """Give the claim back to its queue."""

    action: Literal["release"] = "release"


class HandOverV1(Contract):
    """Give the claim to another queue or person."""

    action: Literal["hand-over"] = "hand-over"
    to_role: Slug
    to_person: Number | None = None
    reason: FreeText


class RequestDocumentsV1(Contract):
    """Ask the provider for documents."""

    action: Literal["request-documents"] = "request-documents"
    kinds: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]
    lines: tuple[Line, ...] = ()


class StatedFactV1(Contract):
    """One fact a reviewer states: exactly one value."""

    fact: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{1,60}$")]
    flag: bool | None = None
    day: date | None = None
    number: Decimal | None = None
    code: Slug | None = None
    source: Text
    settles: bool = False

    def value(self) -> Value:
        """Return the value; raises ValueError unless there is exactly one."""
        values = [value for value in (self.flag, self.day, self.number, self.code) if value is not None]
        if len(values) != 1:
            msg = f"the fact {self.fact} needs exactly one of flag, day, number or code"
            raise ValueError(msg)
        return values[0]


class RecordFactsV1(Contract):
    """State facts."""

    action: Literal["record-facts"] = "record-facts"
    facts: Annotated[tuple[StatedFactV1, ...], Field(min_length=1, max_length=100)]


class RecordAdjudicationV1(Contract):
    """State what another payer did with the claim."""

    action: Literal["record-adjudication"] = "record-adjudication"
    adjudication: PayerAdjudicationV1
    source: Text


class RecommendV1(Contract):
    """Propose a settlement."""

    action: Literal["recommend"] = "recommend"
    line: Line | None = None
    outcome: Outcome
    resolution: Resolution = Field(strict=False)
    rationale: FreeText


class DecideV1(Contract):
    """Settle one waiting line."""

    action: Literal["decide"] = "decide"
    line: Line | None = None
    outcome: Outcome
    resolution: Resolution = Field(strict=False)
    rationale: FreeText
    denies_as: Outcome | None = None
    evidence: Annotated[tuple[Number, ...], Field(max_length=50)] = ()
    criteria: Annotated[tuple[Number, ...], Field(max_length=100)] = ()
    allowed: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)] | None = None
    about: About = Field("", description="Of a hold before release: what was looked at, as the case shows it.")


class SendBackV1(Contract):
    """Do not release a decision: have it decided anew, one line or all of it."""

    action: Literal["send-back"] = "send-back"
    outcome: Outcome
    about: About
    error: ErrorClass = Field(strict=False)
    reason: FreeText
    line: Line | None = None


class SecondOpinionV1(Contract):
    """Ask another clinician."""

    action: Literal["second-opinion"] = "second-opinion"
    expertise: Slug
    question: FreeText
    line: Line | None = None


class WithdrawSecondOpinionV1(Contract):
    """Take back what you asked another clinician, about one line or all of it."""

    action: Literal["withdraw-second-opinion"] = "withdraw-second-opinion"
    line: Line | None = None


class SchedulePeerToPeerV1(Contract):
    """Agree on a call."""

    action: Literal["schedule-peer-to-peer"] = "schedule-peer-to-peer"
    at: AwareDatetime


class RecordPeerToPeerV1(Contract):
    """Record a call."""

    action: Literal["record-peer-to-peer"] = "record-peer-to-peer"
    held: bool
    note: FreeText


class CorrectV1(Contract):
    """Correct a clerical field and adjudicate again."""

    action: Literal["correct"] = "correct"
    field: Slug
    value: Number
    line: Line | None = None


ReviewActionV1 = Annotated[
    TakeV1
    | ReleaseV1
    | HandOverV1
    | RequestDocumentsV1
    | RecordFactsV1
    | RecordAdjudicationV1
    | RecommendV1
    | DecideV1
    | SendBackV1
    | SecondOpinionV1
    | WithdrawSecondOpinionV1
    | SchedulePeerToPeerV1
    | RecordPeerToPeerV1
    | CorrectV1,
    Field(discriminator="action"),
]
REVIEW_ACTION: TypeAdapter[ReviewActionV1] = TypeAdapter(ReviewActionV1)


def to_action(sent: ReviewActionV1, person_id: str, on: date) -> core.Action:  # noqa: C901, PLR0911, PLR0912 - one case an action
    """Map what was sent to the core's action; `on` is the day facts are recorded on."""
    match sent:
        case TakeV1():
            return core.Take()
        case ReleaseV1():
            return core.Release()
        case HandOverV1():
            return core.HandOver(sent.to_role, sent.to_person, sent.reason)
        case RequestDocumentsV1():
            return core.RequestDocuments(sent.kinds, tuple(LineNumber(line) for line in sent.lines))
        case RecordFactsV1():
            return core.RecordFacts(tuple(_fact(fact, person_id, on) for fact in sent.facts))
        case RecordAdjudicationV1():
            return core.RecordAdjudication(sent.adjudication.to_core(person_id))
        case RecommendV1():
            return core.Recommend(_line(sent.line), OutcomeCode(sent.outcome), sent.resolution, sent.rationale)
        case DecideV1():
            return _decide(sent)
        case SendBackV1():
            return core.SendBack(OutcomeCode(sent.outcome), sent.about, sent.error, sent.reason, _line(sent.line))
        case SecondOpinionV1():
            return core.RequestSecondOpinion(sent.expertise, sent.question, _line(sent.line))
        case WithdrawSecondOpinionV1():
            return core.WithdrawSecondOpinion(_line(sent.line))
        case SchedulePeerToPeerV1():
            return core.SchedulePeerToPeer(sent.at)
        case RecordPeerToPeerV1():
            return core.RecordPeerToPeer(sent.held, sent.note)
        case CorrectV1():
            return core.Correct(sent.field, sent.value, _line(sent.line))


def _decide(sent: DecideV1) -> core.Decide:
    return core.Decide(
        _line(sent.line),
        OutcomeCode(sent.outcome),
        sent.resolution,
        sent.rationale,
        None if sent.denies_as is None else OutcomeCode(sent.denies_as),
        sent.evidence,
        sent.criteria,
        sent.allowed,
        sent.about,
    )


def _line(line: int | None) -> LineNumber | None:
    return None if line is None else LineNumber(line)


def _fact(fact: StatedFactV1, person_id: str, on: date) -> SupportingFact:
    return SupportingFact(fact.fact, fact.value(), fact.source, on, author=person_id, settles=fact.settles)
