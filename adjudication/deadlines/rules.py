"""A deadline rule as a value: its scope, its first and last event, its length, and the effect of a missed deadline.

Every number, event and consequence is data of policies/law/deadlines, with its citation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adjudication.deadlines.events import EventKind, require_zone
from adjudication.deadlines.periods import Period
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, PlanId, ProductLine


class DeadlineKind(StrEnum):
    """The required action. Two laws that require two actions are two kinds: both deadlines run."""

    POST_SERVICE = "post-service"  # decide a claim for a service already given, and send the notice
    PROMPT_PAYMENT = "prompt-payment"  # pay what is owed
    DISPUTE_NOTICE = "dispute-notice"  # say in writing why not, or ask for all that is missing
    RETROSPECTIVE_REVIEW = "retrospective-review"  # utilization review after the service
    PRE_SERVICE = "pre-service"
    PROSPECTIVE_REVIEW = "prospective-review"  # utilization review before the service
    EXPEDITED = "expedited"
    CONCURRENT = "concurrent"
    INFORMATION_REQUEST = "information-request"  # ask for what an expedited request lacks
    DOCUMENT_ANSWER = "document-answer"
    EXPEDITED_DOCUMENT_ANSWER = "expedited-document-answer"
    PAYMENT_OUTER_LIMIT = "payment-outer-limit"
    PROVIDER_FILING = "provider-filing"
    OVERPAYMENT_LOOK_BACK = "overpayment-look-back"
    OVERPAYMENT_ANSWER = "overpayment-answer"
    OVERPAYMENT_RETURN = "overpayment-return"


CLAIM_KINDS = (
    DeadlineKind.POST_SERVICE,
    DeadlineKind.PROMPT_PAYMENT,
    DeadlineKind.DISPUTE_NOTICE,
    DeadlineKind.RETROSPECTIVE_REVIEW,
)
"""The deadlines that may run on a post-service claim; a plan has at least one of them."""

REQUEST_KINDS = (DeadlineKind.PRE_SERVICE, DeadlineKind.PROSPECTIVE_REVIEW)
"""The deadlines that may run on a standard request made before the service."""


class AtExpiry(StrEnum):
    """The consequence of a missed deadline in the law or the plan. Every deadline rule names one of these."""

    DEEMED_ADVERSE = "deemed-adverse"
    DEEMED_EXHAUSTED = "deemed-exhausted"
    INTEREST_AND_ESCALATION = "interest-and-escalation"
    FORWARD_TO_IRE = "forward-to-ire"
    ESCALATION = "escalation"
    DECIDE_ON_RECORD = "decide-on-record"  # no answer was received: decide with the records on file
    UNTIMELY = "untimely"  # filed too late, unless good cause is shown
    RECOVERY_MAY_BEGIN = "recovery-may-begin"
    RECOVERY_BARRED = "recovery-barred"


@dataclass(frozen=True, slots=True)
class Tolling:
    """The event that stops a deadline, the one that resumes it, and the time after which it resumes by itself.

    `restarts`: the whole period begins again on the answer (NY 3224-a(b)), instead of its remaining part.
    `needs_extension`: the request stops the deadline only once the notice of extension is sent (29 CFR 2560.503-1(f)(4)).
    `citation`: the law that names the event that stops it.
    """

    stops_on: EventKind
    resumes_on: EventKind
    at_most: Period
    times: int = 1
    restarts: bool = False
    needs_extension: bool = False
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension, taken by a notice sent while the deadline has not run out, or within `notice_within` of its start."""

    period: Period
    notice_within: Period | None = None


@dataclass(frozen=True, slots=True)
class WarningRule:
    """Notify a role (or the case's `owner`) `hours` before the deadline."""

    hours_before: int
    notify: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The claims that a rule applies to. None: the property does not matter."""

    products: frozenset[ProductLine] | None = None
    states: frozenset[str] | None = None
    plans: frozenset[PlanId] | None = None
    clean: bool | None = None
    contracted: bool | None = None
    electronic: bool | None = None
    prior_authorization: bool | None = None


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One deadline while in force. `time_zone` and `calendar` are set only where the law fixes them; else the plan's.

    `business_end` moves a last day that is not a business day to the next one. `assumption` says what selection had
    to assume because a fact of the claim is not known.
    """

    rule_id: str
    kind: DeadlineKind
    label: str
    scope: Scope
    in_force: DateRange
    period: Period
    starts_on: tuple[EventKind, ...]
    ends_on: frozenset[EventKind]
    at_expiry: AtExpiry
    escalates_to: str
    citation: Citation
    confidence: str
    warnings: tuple[WarningRule, ...] = ()
    tolling: Tolling | None = None
    extension: Extension | None = None
    interest: str | None = None
    time_zone: str | None = None
    calendar: str | None = None
    business_end: bool = False
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """The state whose insurance law governs a plan (None for self-funded plans), with its time zone and its calendar."""

    plan_id: PlanId
    state: str | None
    time_zone: str
    calendar: str
    dates: DateRange
    citation: Citation


@dataclass(frozen=True, slots=True)
class Situation:
    """The properties of a claim or request that choose its deadline; None: not known yet, which is never `no`."""

    plan_id: PlanId
    product: ProductLine
    received_at: datetime
    clean: bool | None
    contracted: bool | None
    electronic: bool | None
    prior_authorization: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a receipt without a zone: the rule in force is chosen by its legal day."""
        require_zone(self.received_at, "the receipt of the claim")
