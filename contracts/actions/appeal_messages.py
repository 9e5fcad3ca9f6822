"""The messages of the actions on an appeal: strict, typed, and each with its conversion to the core's action.

Names and JSON fields are in the audit trail, so they may not change. A message names other people by their opaque ids. The names on
the screens are in contracts/actions/appeals.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.appeals import actions as core
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Proof
from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import MOST_LINES, LineNumber, OutcomeCode
from adjudication.people import LicenseNeeded, Refusal, StaffMember, appeal_signing_role, sign, signing_license
from adjudication.review.settlements import Resolution, Settlement
from contracts.events.appeals import LevelName
from contracts.events.envelope import Contract
from contracts.scalars import PLAIN, Day, FreeText, Identifier, LineNumberV1, Moment, OutcomeName, Price


class UnknownPersonError(ValueError):
    """An action names a person who is not on the list of active staff."""


class AppealActionV1(Contract):
    """One action on one appeal; `action` is its name."""

    action: str

    def people(self) -> tuple[str, ...]:
        """Return the ids of the people the action names."""
        return ()


class AppealStepV1(AppealActionV1):
    """An action that the core judges by the state of the appeal."""

    def to_core(self, people: Mapping[str, StaffMember]) -> core.Action:
        """Return the action that the core judges; `people` are those it names, by id."""
        raise NotImplementedError


class AcknowledgeV1(AppealStepV1):
    """Record the notice to the appellant that the appeal arrived."""

    action: Literal["acknowledge"] = "acknowledge"

    def to_core(self, people: Mapping[str, StaffMember]) -> core.Acknowledge:  # noqa: ARG002
        """Return the core's action."""
        return core.Acknowledge()


class ReceiveProofV1(AppealStepV1):
    """Record a proof that the appellant sent."""

    action: Literal["receive-proof"] = "receive-proof"
    proof: Proof = Field(strict=False)
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.ReceiveProof:  # noqa: ARG002
        """Return the core's action."""
        return core.ReceiveProof(self.proof, self.reference)


class AddDocumentsV1(AppealStepV1):
    """Add documents to the appeal."""

    action: Literal["add-documents"] = "add-documents"
    references: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=50)]

    def to_core(self, people: Mapping[str, StaffMember]) -> core.AddDocuments:  # noqa: ARG002
        """Return the core's action."""
        return core.AddDocuments(self.references)


class DecideGoodCauseV1(AppealStepV1):
    """Record whether there was good cause to file late."""

    action: Literal["decide-good-cause"] = "decide-good-cause"
    accepted: bool
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.DecideGoodCause:  # noqa: ARG002
        """Return the core's action."""
        return core.DecideGoodCause(self.accepted, self.reference)


class DecideUrgencyV1(AppealStepV1):
    """Grant or refuse an expedited appeal."""

    action: Literal["decide-urgency"] = "decide-urgency"
    expedited: bool

    def to_core(self, people: Mapping[str, StaffMember]) -> core.DecideUrgency:  # noqa: ARG002
        """Return the core's action."""
        return core.DecideUrgency(self.expedited)


class AssignDeciderV1(AppealStepV1):
    """Assign the appeal to a decider."""

    action: Literal["assign-decider"] = "assign-decider"
    person: Identifier

    def people(self) -> tuple[str, ...]:
        """Return the decider's id."""
        return (self.person,)

    def to_core(self, people: Mapping[str, StaffMember]) -> core.AssignDecider:
        """Return the core's action; raises UnknownPersonError."""
        return core.AssignDecider(_person(self.person, people))


class ExtendV1(AppealStepV1):
    """Take the extension that the rule allows. `why_longer`: the reason that the notice of it gives; without one the notice
    waits for a person to write it.
    """

    action: Literal["extend"] = "extend"
    reference: Identifier
    why_longer: FreeText | None = None

    def to_core(self, people: Mapping[str, StaffMember]) -> core.Extend:  # noqa: ARG002
        """Return the core's action."""
        return core.Extend(self.reference)


class LineRulingV1(Contract):
    """The ruling on one line. `units`: the units granted, with a partial ruling only."""

    line: LineNumberV1
    ruling: Ruling = Field(strict=False)
    units: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=3), PLAIN] | None = None

    def to_core(self) -> LineRuling:
        """Return the core's ruling; raises ValueError where units and ruling do not fit."""
        return LineRuling(LineNumber(self.line), self.ruling, self.units)


Rulings = Annotated[tuple[LineRulingV1, ...], Field(min_length=1, max_length=MOST_LINES)]


class DecideAppealV1(AppealStepV1):
    """Rule on every line of the level. `consulted`: the clinician whose advice was taken, by id."""

    action: Literal["decide"] = "decide"
    rulings: Rulings
    rationale: FreeText
    consulted: Identifier | None = None

    def people(self) -> tuple[str, ...]:
        """Return the id of the clinician consulted."""
        return () if self.consulted is None else (self.consulted,)

    def to_core(self, people: Mapping[str, StaffMember]) -> core.Decide:
        """Return the core's action; raises UnknownPersonError, and ValueError where units and ruling do not fit."""
        consulted = None if self.consulted is None else _person(self.consulted, people)
        return core.Decide(_rulings(self.rulings), self.rationale, consulted)


class RecordForwardV1(AppealStepV1):
    """Record that the file was forwarded to the next forum."""

    action: Literal["record-forward"] = "record-forward"
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.RecordForward:  # noqa: ARG002
        """Return the core's action."""
        return core.RecordForward(self.reference)


class RecordOutsideRulingV1(AppealStepV1):
    """Record the ruling of another forum."""

    action: Literal["record-outside-ruling"] = "record-outside-ruling"
    rulings: Rulings
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.RecordOutsideRuling:  # noqa: ARG002
        """Return the core's action."""
        return core.RecordOutsideRuling(_rulings(self.rulings), self.reference)


class OpenLevelV1(AppealStepV1):
    """Open the next level at the appellant's request."""

    action: Literal["open-level"] = "open-level"
    level: LevelName
    received_at: Moment
    notice_on: Day | None = None
    notice_received_on: Day | None = None
    postmarked_on: Day | None = None

    def to_core(self, people: Mapping[str, StaffMember]) -> core.OpenLevel:  # noqa: ARG002
        """Return the core's action."""
        return core.OpenLevel(self.level, _dates(self), self.received_at)


class WithdrawV1(AppealStepV1):
    """Record that the appellant withdrew the appeal."""

    action: Literal["withdraw"] = "withdraw"
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.Withdraw:  # noqa: ARG002
        """Return the core's action."""
        return core.Withdraw(self.reference)


class DismissV1(AppealStepV1):
    """Dismiss the appeal without a decision."""

    action: Literal["dismiss"] = "dismiss"
    ground: DismissalGround = Field(strict=False)

    def to_core(self, people: Mapping[str, StaffMember]) -> core.Dismiss:  # noqa: ARG002
        """Return the core's action."""
        return core.Dismiss(self.ground)


class VacateDismissalV1(AppealStepV1):
    """Vacate a dismissal, so that the appeal is decided."""

    action: Literal["vacate-dismissal"] = "vacate-dismissal"
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.VacateDismissal:  # noqa: ARG002
        """Return the core's action."""
        return core.VacateDismissal(self.reference)


class HearAnywayV1(AppealStepV1):
    """Record that there is no reason to dismiss the appeal."""

    action: Literal["hear-anyway"] = "hear-anyway"
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.HearAnyway:  # noqa: ARG002
        """Return the core's action."""
        return core.HearAnyway(self.reference)


class RecordEffectuationV1(AppealStepV1):
    """Record that an overturned denial has been carried out."""

    action: Literal["record-effectuation"] = "record-effectuation"
    reference: Identifier

    def to_core(self, people: Mapping[str, StaffMember]) -> core.RecordEffectuation:  # noqa: ARG002
        """Return the core's action."""
        return core.RecordEffectuation(self.reference)


class SettleOverturnedV1(AppealActionV1):
    """Settle the pend of an overturned line: it passes, has a price (US dollars per unit), or is denied.

    Without `line` it settles a pend of the whole claim.
    """

    action: Literal["settle"] = "settle"
    line: LineNumberV1 | None = None
    outcome: OutcomeName
    allowed: Price | None = None
    denies_as: OutcomeName | None = None
    rationale: FreeText

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if self.allowed is not None and self.denies_as is not None:
            msg = "a line is priced or denied, not both; leave one of allowed and denies_as out"
            raise ValueError(msg)
        return self

    def settlement(self, actor: StaffMember, at: datetime, needed: LicenseNeeded) -> Settlement:
        """Return the settlement; a denial is signed where the person's license allows it. The core judges it later."""
        resolution = Resolution.PASSES if self.allowed is None else Resolution.PRICED
        if self.denies_as is not None:
            resolution = Resolution.DENIES
        return Settlement(
            line=None if self.line is None else LineNumber(self.line),
            outcome=OutcomeCode(self.outcome),
            resolution=resolution,
            person_id=actor.person_id,
            role=min(role.value for role in actor.roles),
            settled_at=at,
            denies_as=None if self.denies_as is None else OutcomeCode(self.denies_as),
            signature=None if self.denies_as is None else self._signature(actor, at, needed),
            allowed=self.allowed,
        )

    def _signature(self, actor: StaffMember, at: datetime, needed: LicenseNeeded) -> ReviewerSignature | None:
        license = signing_license(actor, needed, at.date())
        if isinstance(license, Refusal):
            return None
        return sign(actor.person_id, appeal_signing_role(actor), license, at, self.rationale)


class TryAgainV1(AppealActionV1):
    """Determine the overturned lines again, with the policy data and claims as they are now."""

    action: Literal["try-again"] = "try-again"


def _rulings(sent: tuple[LineRulingV1, ...]) -> tuple[LineRuling, ...]:
    return tuple(ruling.to_core() for ruling in sent)


def _dates(sent: OpenLevelV1) -> FilingDates:
    return FilingDates(sent.received_at, sent.postmarked_on, sent.notice_on, sent.notice_received_on)


def _person(person_id: str, people: Mapping[str, StaffMember]) -> StaffMember:
    if person_id not in people:
        msg = f"{person_id} is not on the list of active staff; name a person who is"
        raise UnknownPersonError(msg)
    return people[person_id]
