"""Everything stored about one claim: the source of the claim page, `claimwright explain` and the claim's letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import orjson

from adjudication.model.determination import ReviewerSignature
from adjudication.model.findings import Finding
from adjudication.review.claim_deadlines import CaseTimes
from contracts.events.determinations import DeterminationV1
from contracts.records.review_queries import WaitingClaim
from contracts.stored import read_stored


@dataclass(frozen=True, slots=True)
class FoundClaim:
    """A claim that a search by id found. `matched`: the kind of id. `state`: determined, waiting or in process."""

    claim_id: str
    submitter: str
    control_number: str
    revision: int
    payer_claim_number: str
    received_at: datetime
    matched: str
    state: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of the claim. `started_at` and `finished_at` of its batch are None until then."""

    submitter: str
    control_number: str
    revision: int
    payer_claim_number: str
    event_id: str
    position: str
    received_at: datetime
    registered_at: datetime
    batch_id: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredDetermination:
    """One version of the determination, with the exact event that was published."""

    version: int
    decided_at: datetime
    policy_bundle: str
    charge: Decimal
    paid: Decimal
    event_id: str
    event: str

    @property
    def content(self) -> DeterminationV1:
        """The determination that the event carries."""
        return read_stored(DeterminationV1, orjson.dumps(orjson.loads(self.event)["data"]))


@dataclass(frozen=True, slots=True)
class StoredPend:
    """One pend of the claim. `line` 0 is the whole claim; `closed_at` is None while the pend is open."""

    round: int
    code: str
    line: int
    outcome: str
    owner: str
    due_at: datetime
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PendedRound:
    """One adjudication of the claim that ended pended, with all of its findings. Round 0 is the first."""

    round: int
    policy_bundle: str
    recorded_at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class UsedUnits:
    """Units of an authorization that a line used; `released_at` is when they were returned, else None."""

    number: str
    code: str
    line: int
    units: Decimal
    released_at: datetime | None
    status: str
    plan_id: str


@dataclass(frozen=True, slots=True)
class RelatedClaim:
    """A claim that this one corrects or that corrects it. Its ids are None if it is not in the ledger."""

    relation: str
    control_number: str | None
    claim_id: str | None
    payer_claim_number: str
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineSignature:
    """A reviewer's signature on one line of one version of the determination."""

    version: int
    line: int
    signature: ReviewerSignature


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One entry of the audit trail."""

    subject: str
    at: datetime
    person_id: str
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class SentDeadlineNotice:
    """One notice about a legal deadline that was published. `kind`: warning, expired and so on; `at`: the time it is about."""

    deadline: str
    kind: str
    at: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The newest version of a document received for the claim. `facts`: how many facts it states; `note`: the sender's."""

    document_id: str
    version: int
    kind: str
    received_at: datetime
    facts: int
    note: str | None


@dataclass(frozen=True, slots=True)
class FiledAppeal:
    """An appeal of this claim: one row per level decided, or one row without a decision."""

    appeal_id: str
    appeal_reference: str
    path: str | None
    filed_at: datetime
    closed: bool
    level: str | None
    person_id: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class BulkRetryOfClaim:
    """A bulk retry that includes the claim. `result` is set once the claim was retried, `skipped` if it was left out."""

    release_id: str
    stage: str
    proposed_at: datetime
    tried_at: datetime | None
    result: str | None
    skipped: str | None


@dataclass(frozen=True, slots=True)
class ConflictingSubmission:
    """A refused submission with the claim's number and revision but other content."""

    event_id: str
    position: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """A line of the member within the code family's window of days, on this claim or another. Names no member."""

    claim_id: str
    control_number: str
    submitter: str
    billing_npi: str
    line: int
    code: str
    modifiers: str
    service_date: date
    state: str


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """The whole file of a claim.

    `waiting`: the claim with its open pends and reviewer entries. `trail`: the audit trail of the claim, its views and
    its appeals, by time. `family_lines`: read for the claim page only. `times`: what its legal deadlines are counted from.
    """

    waiting: WaitingClaim
    receipt: Receipt
    determinations: tuple[StoredDetermination, ...]
    pends: tuple[StoredPend, ...]
    rounds: tuple[PendedRound, ...]
    used_units: tuple[UsedUnits, ...]
    related: tuple[RelatedClaim, ...]
    signatures: tuple[LineSignature, ...]
    trail: tuple[TrailEntry, ...]
    deadline_notices: tuple[SentDeadlineNotice, ...]
    documents: tuple[StoredDocument, ...]
    appeals: tuple[FiledAppeal, ...]
    bulk_retries: tuple[BulkRetryOfClaim, ...]
    conflicts: tuple[ConflictingSubmission, ...]
    times: CaseTimes | None
    family_lines: tuple[FamilyLine, ...] = ()

    @property
    def newest(self) -> DeterminationV1 | None:
        """The determination in force; None while no line is determined. It may leave lines open (`pending_lines`)."""
        return self.determinations[-1].content if self.determinations else None

    @property
    def open_pends(self) -> tuple[StoredPend, ...]:
        """Return the open pends of the claim, the most urgent first."""
        return tuple(pend for pend in self.pends if pend.closed_at is None)
