"""The claims in review as storage reads them for the console and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from adjudication.model.claim import Claim
from adjudication.model.determination import Pend
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.review.case import Case, Done, fold
from adjudication.review.first_due import FirstDue, first_due


@dataclass(frozen=True, slots=True)
class RequestedDocument:
    """One requested document kind; `answered_at` is None until a document of the kind is received.

    `by_reviewer`: a person asked for it, not the policy's open criteria.
    """

    kind: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    by_reviewer: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """The newest version of a document received for the claim. `states_facts`: it has structured data."""

    document_id: str
    kind: str
    received_at: datetime
    states_facts: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """One accepted action with its submitted content, as in the audit trail."""

    done: Done
    action_id: str
    content: str


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim with its open pends and the reviewers' actions.

    `contracts`: whether the billing provider has a contract, by plan; a plan without roster status is absent.
    `mailed`: when the notices of requests for documents were mailed.
    """

    claim: Claim
    payer_claim_number: str
    determined: bool
    pends: tuple[Pend, ...]
    plans: tuple[PlanId, ...]
    history: tuple[Recorded, ...]
    asked: tuple[RequestedDocument, ...]
    arrived: tuple[Arrived, ...]
    kept_due: FirstDue | None = None
    contracts: Mapping[PlanId, bool] = field(default_factory=dict)
    mailed: tuple[datetime, ...] = ()

    @property
    def case(self) -> Case:
        """The review case: the pends and the effect of all accepted actions."""
        return fold(Case(self.pends, closed=self.determined), (recorded.done for recorded in self.history))

    @property
    def due(self) -> FirstDue | None:
        """The first deadline of the claim, legal or of a pend; None without open pends."""
        if not self.pends:
            return None
        return self.kept_due or first_due((), ((pend.code, pend.due_at) for pend in self.pends))

    @property
    def due_at(self) -> datetime | None:
        """The time of the first deadline, by which the worklist is sorted."""
        return None if self.due is None else self.due.due_at

    @property
    def requested_not_received(self) -> frozenset[str]:
        """The requested document kinds that were not received."""
        return frozenset(each.kind for each in self.asked if each.answered_at is None)

    @property
    def documents_unread_since(self) -> datetime | None:
        """Return when the newest document without structured data was received; None if there is none."""
        return max((each.received_at for each in self.arrived if not each.states_facts), default=None)

    def unanswered(self, now: datetime) -> dict[str, datetime]:
        """The requested document kinds that are not overdue yet, with their due times."""
        return {each.kind: each.due_at for each in self.asked if each.answered_at is None and now < each.due_at}


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings of a pended claim's newest round, and the policy data it was adjudicated with."""

    round: int
    policy_bundle: str
    findings: tuple[Finding, ...]


class WorklistOrder(StrEnum):
    """The sort order of a worklist: due dates, the largest amount, or the longest wait first."""

    STATUTORY = "statutory"
    DUE = "due"
    AMOUNT = "amount"
    AGE = "age"


Place = tuple[str, ClaimId]
"""The end of a page: the sort value of its last claim, as PostgreSQL writes it, and the claim's id."""


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """The filters of a worklist, at most `size` claims in order. `codes`, `owners`: None for all.

    A claim that was ever handed over to one of the owners is a candidate; only its folded history shows who owns it now.
    `policy`: a policy with its version, as findings name it. `taken`: the assignees, and the earliest time of assignment.
    `words`: a part of a claim number, a code or a provider's number. Days are days of service; `amounts` are dollars billed.
    """

    size: int
    codes: frozenset[str] | None
    owners: frozenset[str] | None
    pend: str | None = None
    plans: frozenset[PlanId] | None = None
    policy: str | None = None
    due_before: datetime | None = None
    taken: tuple[frozenset[str], datetime] | None = None
    words: str = ""
    amounts: tuple[Decimal | None, Decimal | None] = (None, None)
    served: tuple[date | None, date | None] = (None, None)
    order: WorklistOrder = WorklistOrder.DUE
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class WorklistTotals:
    """Totals of a worklist: claims, dollars billed, claims past their legal deadline, and the first deadline."""

    claims: int
    billed: Decimal
    overdue: int
    first: datetime | None
