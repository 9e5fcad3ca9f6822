"""What people send about an appeal: one action, strict and typed. Whether it is allowed is adjudication/appeals/case.py.

Names of people other than the sender (a decider, a clinician consulted) are opaque ids; the store looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from adjudication.appeals import actions as core
from adjudication.appeals.filing import Ground
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Proof
from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import LicenseNeeded, Person, Refusal, Role, signing_license
from adjudication.review.settlements import Resolution, Settlement
from contracts.events.appeals import LevelName, LineNumberV1
from contracts.events.claims import FreeText, Number
from contracts.events.envelope import Contract

OutcomeName = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]


class UnknownPersonError(ValueError):
    """An action names somebody who is not on the list of active staff."""


class AcknowledgeV1(Contract):
    """Tell the appellant that it is here."""

    action: Literal["acknowledge"] = "acknowledge"


class ReceiveProofV1(Contract):
    """A proof came in."""

    action: Literal["receive-proof"] = "receive-proof"
    proof: Proof = Field(strict=False)
    reference: Number


class AddDocumentsV1(Contract):
    """Documents came in."""

    action: Literal["add-documents"] = "add-documents"
    references: Annotated[tuple[Number, ...], Field(min_length=1, max_length=50)]


class DecideGoodCauseV1(Contract):
    """Weigh why it is late."""

    action: Literal["decide-good-cause"] = "decide-good-cause"
    accepted: bool
    reference: Number


class DecideUrgencyV1(Contract):
    """Grant or refuse hurry."""

    action: Literal["decide-urgency"] = "decide-urgency"
    expedited: bool


class AssignDeciderV1(Contract):
    """Give it to somebody."""

    action: Literal["assign-decider"] = "assign-decider"
    person: Number


class ExtendV1(Contract):
    """Take the extension."""

    action: Literal["extend"] = "extend"
    reference: Number


class LineRulingV1(Contract):
    """The ruling on one line; `units` exactly with a partial one."""

    line: LineNumberV1
    ruling: Ruling = Field(strict=False)
    units: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=3)] | None = None

    def to_core(self) -> LineRuling:
        """Map it; raises ValueError where units and ruling do not go together."""
        return LineRuling(LineNumber(self.line), self.ruling, self.units)


Rulings = Annotated[tuple[LineRulingV1, ...], Field(min_length=1, max_length=450)]


class DecideAppealV1(Contract):
    """Decide every line of the level."""

    action: Literal["decide"] = "decide"
    rulings: Rulings
    rationale: FreeText
    consulted: Number | None = None


class RecordForwardV1(Contract):
    """The file left."""

    action: Literal["record-forward"] = "record-forward"
    reference: Number


class RecordOutsideRulingV1(Contract):
    """Another forum ruled."""

    action: Literal["record-outside-ruling"] = "record-outside-ruling"
    rulings: Rulings
    reference: Number


class OpenLevelV1(Contract):
    """The appellant asks for the next level."""

    action: Literal["open-level"] = "open-level"
    level: LevelName
    received_at: AwareDatetime
    notice_on: date | None = None
    notice_received_on: date | None = None
    postmarked_on: date | None = None


class WithdrawV1(Contract):
    """The appellant takes it back."""

    action: Literal["withdraw"] = "withdraw"
    reference: Number


class DismissV1(Contract):
    """End it unheard."""

    action: Literal["dismiss"] = "dismiss"
    ground: Ground = Field(strict=False)


class VacateDismissalV1(Contract):
    """Take a dismissal back."""

    action: Literal["vacate-dismissal"] = "vacate-dismissal"
    reference: Number


class HearAnywayV1(Contract):
    """Find no reason to dismiss it."""

    action: Literal["hear-anyway"] = "hear-anyway"
    reference: Number


class RecordEffectuationV1(Contract):
    """What fell has been carried out."""

    action: Literal["record-effectuation"] = "record-effectuation"
    reference: Number


class SettleOverturnedV1(Contract):
    """Answer what keeps an overturned line from being determined: it passes, has a price (US dollars a unit), or is denied.

    `line` left out: what waits for all of them.
    """

    action: Literal["settle"] = "settle"
    line: LineNumberV1 | None = None
    outcome: OutcomeName
    allowed: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)] | None = None
    denies_as: OutcomeName | None = None
    rationale: FreeText

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if self.allowed is not None and self.denies_as is not None:
            msg = "a line is priced or denied, not both; leave one of allowed and denies_as out"
            raise ValueError(msg)
        return self


class TryAgainV1(Contract):
    """Have what fell determined again, with the tables and claims as they are now."""

    action: Literal["try-again"] = "try-again"


CoreAppealActionV1 = (
    AcknowledgeV1
    | ReceiveProofV1
    | AddDocumentsV1
    | DecideGoodCauseV1
    | DecideUrgencyV1
    | AssignDeciderV1
    | ExtendV1
    | DecideAppealV1
    | RecordForwardV1
    | RecordOutsideRulingV1
    | OpenLevelV1
    | WithdrawV1
    | DismissV1
    | VacateDismissalV1
    | HearAnywayV1
    | RecordEffectuationV1
)
AppealActionV1 = Annotated[CoreAppealActionV1 | SettleOverturnedV1 | TryAgainV1, Field(discriminator="action")]
APPEAL_ACTION: TypeAdapter[AppealActionV1] = TypeAdapter(AppealActionV1)


def people_named(sent: AppealActionV1) -> tuple[str, ...]:
    """Return the ids of the people an action names, to look them up."""
    if isinstance(sent, AssignDeciderV1):
        return (sent.person,)
    return (sent.consulted,) if isinstance(sent, DecideAppealV1) and sent.consulted is not None else ()


def settlement_of(sent: SettleOverturnedV1, actor: Person, at: datetime, needed: LicenseNeeded) -> Settlement:
    """Map a settlement; a denial is signed where the person's license allows it. Whether it may be made is judged later."""
    resolution = Resolution.PASSES if sent.allowed is None else Resolution.PRICED
    if sent.denies_as is not None:
        resolution = Resolution.DENIES
    return Settlement(
        line=None if sent.line is None else LineNumber(sent.line),
        outcome=OutcomeCode(sent.outcome),
        resolution=resolution,
        person_id=actor.person_id,
        role=min(role.value for role in actor.roles),
        settled_at=at,
        denies_as=None if sent.denies_as is None else OutcomeCode(sent.denies_as),
        signature=None if sent.denies_as is None else _signature(sent, actor, at, needed),
        allowed=sent.allowed,
    )


def _signature(
    sent: SettleOverturnedV1, actor: Person, at: datetime, needed: LicenseNeeded
) -> ReviewerSignature | None:
    license = signing_license(actor, needed, at.date())
    if isinstance(license, Refusal):
        return None
    role = Role.CLINICAL_PEER if Role.CLINICAL_PEER in actor.roles else Role.PHYSICIAN
    return ReviewerSignature(actor.person_id, role.value, license.number, license.state, at, sent.rationale)


def to_appeal_action(  # noqa: C901, PLR0911, PLR0912 - one case an action
    sent: CoreAppealActionV1, people: Mapping[str, Person]
) -> core.Action:
    """Map what was sent; raises UnknownPersonError, and ValueError where a ruling does not add up."""
    match sent:
        case AcknowledgeV1():
            return core.Acknowledge()
        case ReceiveProofV1():
            return core.ReceiveProof(sent.proof, sent.reference)
        case AddDocumentsV1():
            return core.AddDocuments(sent.references)
        case DecideGoodCauseV1():
            return core.DecideGoodCause(sent.accepted, sent.reference)
        case DecideUrgencyV1():
            return core.DecideUrgency(sent.expedited)
        case AssignDeciderV1():
            return core.AssignDecider(_person(sent.person, people))
        case ExtendV1():
            return core.Extend(sent.reference)
        case DecideAppealV1():
            consulted = None if sent.consulted is None else _person(sent.consulted, people)
            return core.Decide(_rulings(sent.rulings), sent.rationale, consulted)
        case RecordForwardV1():
            return core.RecordForward(sent.reference)
        case RecordOutsideRulingV1():
            return core.RecordOutsideRuling(_rulings(sent.rulings), sent.reference)
        case OpenLevelV1():
            return core.OpenLevel(sent.level, _dates(sent), sent.received_at)
        case WithdrawV1():
            return core.Withdraw(sent.reference)
        case DismissV1():
            return core.Dismiss(sent.ground)
        case VacateDismissalV1():
            return core.VacateDismissal(sent.reference)
        case HearAnywayV1():
            return core.HearAnyway(sent.reference)
        case RecordEffectuationV1():
            return core.RecordEffectuation(sent.reference)


def _rulings(sent: tuple[LineRulingV1, ...]) -> tuple[LineRuling, ...]:
    return tuple(ruling.to_core() for ruling in sent)


def _dates(sent: OpenLevelV1) -> FilingDates:
    return FilingDates(sent.received_at, sent.postmarked_on, sent.notice_on, sent.notice_received_on)


def _person(person_id: str, people: Mapping[str, Person]) -> Person:
    if person_id not in people:
        msg = f"{person_id} is not on the list of active staff; name somebody who is"
        raise UnknownPersonError(msg)
    return people[person_id]
