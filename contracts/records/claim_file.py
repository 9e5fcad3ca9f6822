"""Everything stored of one claim beside its payload, as values that pass between storage and the claim page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from adjudication.review.claim_deadlines import CaseTimes
from contracts.events.determinations import FindingV1


@dataclass(frozen=True, slots=True)
class FoundClaim:
    """A claim that answers to an id. `state`: determined, waiting or in process; `matched`: which kind of id it was."""

    claim_id: str
    submitter: str
    control_number: str
    revision: int
    payer_claim_number: str
    received_at: datetime
    matched: str
    state: str


@dataclass(frozen=True, slots=True)
class Registered:
    """How the claim came in. Times of the batch are absent while it has not got there."""

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
class Determined:
    """One version of the determination with the exact event that told it."""

    version: int
    decided_at: datetime
    policy_bundle: str
    charge: Decimal
    paid: Decimal
    event_id: str
    event: str


@dataclass(frozen=True, slots=True)
class PendKept:
    """One thing the claim waited for; `line` 0 is the whole claim, `closed_at` absent while it waits."""

    round: int
    code: str
    line: int
    outcome: str
    owner: str
    due_at: datetime
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Try:
    """One try that ended in waiting, with everything found."""

    round: int
    policy_bundle: str
    recorded_at: datetime
    findings: tuple[FindingV1, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Units of an authorization that a line used, or gave back."""

    number: str
    code: str
    line: int
    units: Decimal
    released_at: datetime | None
    status: str
    plan_id: str


@dataclass(frozen=True, slots=True)
class Related:
    """A claim this one changes or is changed by; the ids are absent where we do not have it."""

    relation: str
    control_number: str | None
    claim_id: str | None
    payer_claim_number: str
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature under a line, with the license it was given under."""

    version: int
    line: int
    reviewer_id: str
    role: str
    license_number: str
    license_state: str
    signed_at: datetime
    rationale: str


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """What somebody did, as the audit trail holds it."""

    subject: str
    at: datetime
    person_id: str
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class SentDeadlineNotice:
    """Something a clock said."""

    clock: str
    says: str
    at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentKept:
    """A document that came (its newest version); the note is what the sender wrote."""

    document_id: str
    version: int
    kind: str
    received_at: datetime
    facts: int
    note: str | None


@dataclass(frozen=True, slots=True)
class AppealKept:
    """An appeal of this claim, with its decision where there is one; one row a level decided."""

    appeal_id: str
    appeal_reference: str
    path: str | None
    filed_at: datetime
    closed: bool
    level: str | None
    person_id: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReleaseKept:
    """A bulk release this claim was in, and what came of the claim there: `result` once tried, `skipped` if left out."""

    release_id: str
    stage: str
    proposed_at: datetime
    tried_at: datetime | None
    result: str | None
    skipped: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A submission under the same number and revision with other content."""

    event_id: str
    position: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Sibling:
    """A line of the same member's within the family window, on this claim or another. Says nothing of the member."""

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
    """All of it. `trail` holds the claim's, its appeals' and the views', by time."""

    registered: Registered
    determinations: tuple[Determined, ...]
    pends: tuple[PendKept, ...]
    tries: tuple[Try, ...]
    uses: tuple[Use, ...]
    related: tuple[Related, ...]
    signed: tuple[Signed, ...]
    trail: tuple[TrailEntry, ...]
    told: tuple[SentDeadlineNotice, ...]
    documents: tuple[DocumentKept, ...]
    appeals: tuple[AppealKept, ...]
    releases: tuple[ReleaseKept, ...]
    conflicts: tuple[Conflict, ...]
    siblings: tuple[Sibling, ...]
    times: CaseTimes | None
