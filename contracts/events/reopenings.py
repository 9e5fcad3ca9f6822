"""Tasks on `review-tasks` to check a decided claim again, published once per claim and cause. They change no decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from adjudication.model.vocabulary import ClaimId
from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Moment


class Reason(StrEnum):
    """Why a decided claim may have to be reopened."""

    LATE_DOCUMENT = "late-document"
    ACQUISITION_TAKEN_BACK = "acquisition-taken-back"
    INTEREST_UNSETTLED = "interest-unsettled"
    LATE_AUTHORIZATION = "late-authorization"
    AUTHORIZATION_WITHDRAWN = "authorization-withdrawn"
    COVERAGE_CHANGED = "coverage-changed"
    PROVIDER_CHANGED = "provider-changed"
    DECIDED_EARLY = "decided-early"
    RATE_CORRECTED = "rate-corrected"
    POLICY_CORRECTED = "policy-corrected"
    DATA_CORRECTED = "data-corrected"
    CLERICAL_ERROR = "clerical-error"
    CLINICAL_ERROR = "clinical-error"
    BINDING_ORDER = "binding-order"


WORDS = {
    Reason.LATE_DOCUMENT: (
        "a document that was asked for came after the claim was denied for lack of it; see whether it changes the decision"
    ),
    Reason.ACQUISITION_TAKEN_BACK: (
        "the acquisition this component belongs to was taken back; see whether the component may stay paid. "
        "Nothing is taken back by itself"
    ),
    Reason.INTEREST_UNSETTLED: (
        "money was paid after the law's time to pay, and the interest on it is uncertain or could not be computed; the "
        "determination says why. The payment is not held: see that the interest that is owed is paid"
    ),
    Reason.LATE_AUTHORIZATION: (
        "an authorization that covers a denied line was approved or changed after the claim was denied for lack of one; "
        "see whether it changes the decision"
    ),
    Reason.AUTHORIZATION_WITHDRAWN: (
        "the authorization by which a line was found payable was withdrawn or changed, and covers it no longer. An approval binds the "
        "plan for a service given while it stood, except for fraud or good cause (Medicare Advantage: 42 CFR 422.138(c)); see "
        "whether the payment may stay. Nothing is taken back by itself"
    ),
    Reason.COVERAGE_CHANGED: (
        "the coverage of a day of service, or what it says of other payers, changed after the decision: it began, ended, moved "
        "to another plan or was voided. See whether the decision holds; nothing is paid or taken back by itself"
    ),
    Reason.PROVIDER_CHANGED: (
        "what the roster says of a provider of this claim changed for days already decided: a contract began or ended, an "
        "investigation was open on the day of the decision, or it is another kind of provider. See whether the decision holds; "
        "nothing is paid or taken back by itself"
    ),
    Reason.DECIDED_EARLY: (
        "a line was found payable, before the member's cost share, while other lines of its claim waited, and would be decided "
        "otherwise by what is known now; see whether the payment may stay. Nothing is taken back by itself"
    ),
    Reason.RATE_CORRECTED: (
        "a contract rate was corrected after the decision, and a campaign judged the claim again; see whether the decision holds"
    ),
    Reason.POLICY_CORRECTED: (
        "a medical policy was corrected after the decision, and a campaign judged the claim again; see whether the decision holds"
    ),
    Reason.DATA_CORRECTED: (
        "an edit table, a code or the data of a plan were corrected after the decision, and a campaign judged the claim again; "
        "see whether the decision holds"
    ),
    Reason.CLERICAL_ERROR: (
        "a person found an error in how the claim was entered, coded, priced or decided that needs no clinical judgment to see; "
        "see whether the decision holds"
    ),
    Reason.CLINICAL_ERROR: (
        "a clinician found that the clinical judgment behind the decision was wrong; see whether the decision holds"
    ),
    Reason.BINDING_ORDER: (
        "a court, a regulator or an independent reviewer ordered another decision; the order binds the plan. "
        "Carry it out by its last day"
    ),
}
"""The explanation of each reason for the person who decides."""

BY_A_PERSON: Final = (Reason.CLERICAL_ERROR, Reason.CLINICAL_ERROR, Reason.BINDING_ORDER)
"""The reasons that a person raises; every other reason is raised by an event or a campaign."""


@dataclass(frozen=True, slots=True)
class Reopening:
    """One reopened claim. `cause` is an opaque id: of the document, of the claim taken
    back, of the event that reported the interest, of the authorization, coverage or provider with its version.
    """

    claim_id: ClaimId
    reason: Reason
    cause: str
    raised_at: datetime


class Outcome(StrEnum):
    """The end of a reopening. A person closes it without a change of the decision, or it was adjudicated again."""

    REOPENED_ELSEWHERE = "reopened-elsewhere"
    LEFT_AS_IS = "left-as-is"
    CORRECTED = "corrected"
    NO_CHANGE = "no-change"


BY_PEOPLE: Final = (Outcome.REOPENED_ELSEWHERE, Outcome.LEFT_AS_IS)
"""The outcomes with which a person closes one."""

SHORTEST_RATIONALE: Final = 20


@dataclass(frozen=True, slots=True)
class Closing:
    """A person's decision on a reopening: its result, and why."""

    claim_id: ClaimId
    reason: Reason
    cause: str
    outcome: Outcome
    rationale: str
    closed_by: str
    role: str
    closed_at: datetime


class ReopeningV1(Contract):
    """A reopening: the claim, the reason, and the cause."""

    claim_id: str
    reason: Reason = Field(strict=False)
    cause: str
    explanation: str
    raised_at: Moment


class ReopeningRaised(CloudEvent):
    """The event on `review-tasks`."""

    type: Literal["com.claimwright.review-task.reopening.v1"] = "com.claimwright.review-task.reopening.v1"
    data: ReopeningV1
