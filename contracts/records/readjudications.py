"""Values that pass between the storage of readjudications and the activities, and what screens read of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.determination import Determination
from adjudication.model.vocabulary import LineNumber
from adjudication.people import Refusal, StaffMember
from adjudication.readjudication.judgment import Given, Receivable, Terms
from adjudication.readjudication.proposal import Case, Proposal
from adjudication.readjudication.rules import Ground
from adjudication.review.claim_deadlines import CaseTimes
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import Acquired, Allocate


@dataclass(frozen=True, slots=True)
class ReadjudicationFile:
    """A reopening with its claim as decided. `case` None: the claim was replaced or voided. `times`: until its first decision.

    `closed`: the outcome with which the reopening was closed.
    """

    readjudication_id: str
    claim_id: str
    member_id: str
    reason: str
    cause: str
    closed: str | None
    case: Case | None
    times: CaseTimes | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The prepared result of adjudicating again, ready to be written. `content` and `digest`: as stored.

    `determination` with its `messages`, `receivable` and `acquired`: where it corrects. `uses`: the units of the changed
    lines. `choose` chooses units again under lock; where it chooses others, another claim took them meanwhile. `read_at`,
    `snapshot`: PostgreSQL's time and snapshot of the reading.
    """

    case: Case
    proposal: Proposal
    terms: Terms
    content: dict[str, Any]
    digest: bytes
    determination: Determination | None = None
    messages: tuple[OutgoingMessage, ...] = ()
    receivable: Receivable | None = None
    acquired: Acquired | None = None
    uses: tuple[AuthorizationUse, ...] = ()
    choose: Allocate | None = None
    read_at: datetime | None = None
    snapshot: str | None = None

    @property
    def changed(self) -> frozenset[LineNumber]:
        """Return the lines whose decision would change."""
        return frozenset(line.before.line for line in self.proposal.changes)


@dataclass(frozen=True, slots=True)
class CorrectionFile:
    """The data that an action on a proposal is judged by, under lock. `number`, `digest`: of the newest proposal stored (0: none)."""

    sent: bytes
    person: StaffMember | None
    number: int
    digest: bytes
    given: tuple[Given, ...]
    closed: bool
    npis: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class CorrectionJudged:
    """The answer to an action: a refusal, or its effects. `completes`: with this approval the correction is carried out."""

    refusal: Refusal | None = None
    role: str = ""
    approves: Ground | None = None
    completes: bool = False
    leaves: bool = False
    again: bool = False
    rationale: str = ""


CorrectionJudge = Callable[[CorrectionFile], CorrectionJudged]
"""Decides on a submitted action; called again with newer data if the transaction is retried, so it must be pure."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One person's approval of a campaign, valid for one claim: in which role."""

    role: str


CampaignJudge = Callable[[Sequence[StaffMember | None]], tuple[Agreed, ...] | Refusal]
"""Say whether the people who approved a campaign may approve the correction of one claim; None: not on the staff list now."""


@dataclass(frozen=True, slots=True)
class RaisedRecord:
    """What a person stated who raised a reopening. `allowed`: US dollars per unit, one entry per line.

    `effect_by`: the last day to carry out an order, by the law cited or by the order.
    """

    claim_id: str
    reason: str
    cause: str
    person_id: str
    role: str
    rationale: str
    lines: tuple[int, ...] = ()
    allowed: tuple[str | None, ...] = ()
    authority: str | None = None
    order_number: str | None = None
    ordered_on: date | None = None
    effect_by: date | None = None
    source: str | None = None
    locator: str | None = None


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """A proposal as people see it. `approvals` of this number; `closed`: the outcome of the reopening, None while it is open.

    `raised`: what a person stated who raised it.
    """

    readjudication_id: str
    claim_id: str
    reason: str
    cause: str
    raised_at: datetime
    number: int
    base_version: int
    made_at: datetime
    content: dict[str, Any]
    approvals: tuple[dict[str, Any], ...] = ()
    appeals: tuple[str, ...] = ()
    closed: str | None = None
    version: int | None = None
    raised: RaisedRecord | None = None
