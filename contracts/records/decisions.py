"""Values that pass between storage and the activities and streams: claims, decisions and the rows committed with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from adjudication.corrections.judge import ChainClaim
from adjudication.model.authorizations import Authorization, AuthorizationUse
from adjudication.model.claim import Claim, Member
from adjudication.model.determination import (
    NOTHING_DECIDED,
    DecidedLines,
    Decision,
    Determination,
    Pend,
    ReviewerSignature,
)
from adjudication.model.history import HistoryLine
from adjudication.model.vocabulary import ClaimId, PlanId, ReleaseEvent
from adjudication.people import License, Refusal, StaffMember
from adjudication.prerelease_holds.returns import SentBack
from adjudication.quick_values import quick
from adjudication.review.bulk_retry import Mode
from adjudication.review.case import Done
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.first_due import FirstDue
from adjudication.review.settlements import Settlement
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.roster import Roster
from contracts.actions.bulk_retries import BulkRetryStepResult
from contracts.events.outgoing import Outgoing, OutgoingMessage


@quick
@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim of the ledger with everything that adjudication needs of it. `sequence`: the order of acceptance.

    `settlements`, `returns`: decisions of reviewers, and decisions that were sent back before release. `times`: only read
    when documents were requested. `read_at`, `snapshot`: PostgreSQL's time and snapshot of the reading; what a feed committed later is not in it.
    `chain`: the claim that a replacement or void names, then the claim which that one names, and so on. `awaited`: a
    replacement or void names this claim. `tried`: the newest
    round in which it pended, also if only the topics know it since a restore; None before the first. `before`: the lines
    that are decided while the others wait; `determined`: all of them are. `submitted`: the claim without what documents and
    reviewers added to it; None where the store does not say.
    """

    claim: Claim
    sequence: int
    determined: bool
    settlements: tuple[Settlement, ...] = ()
    returns: tuple[SentBack, ...] = ()
    times: CaseTimes | None = None
    read_at: datetime | None = None
    snapshot: str | None = None
    chain: tuple[ChainClaim, ...] = ()
    awaited: bool = False
    tried: int | None = None
    before: DecidedLines = NOTHING_DECIDED
    submitted: Claim | None = None

    def round_for(self, asked: int) -> int:
        """Return the round to record a try under: the one its workflow counts, or the next one of the ledger.

        A workflow that was lost and started again counts from the beginning. Event ids contain the round, so a round may not be used twice.
        """
        return asked if self.tried is None else max(asked, self.tried + 1)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything that a review action is judged by, read under lock.

    `action_message`: the action as submitted. `person`: its author; `handed_to`: the person to whom it assigns the claim; both None
    if no active staff member has that id. `history`: the accepted actions with the content of each; `licenses`: those of
    their authors, including former staff. `plans`: the plan of each line as last found. `unanswered`: the requested
    document kinds that were not received, with their due times. `documents_unread_since`: when the newest document without
    structured data was received. `times`: the events from which the claim's legal deadlines are computed.
    """

    action_id: str
    claim: Claim
    determined: bool
    pends: tuple[Pend, ...]
    plans: tuple[tuple[int | None, PlanId], ...]
    history: tuple[tuple[Done, str], ...]
    person: StaffMember | None
    action_message: bytes
    times: CaseTimes
    handed_to: StaffMember | None = None
    licenses: Mapping[str, tuple[License, ...]] = field(default_factory=dict)
    unanswered: Mapping[str, datetime] = field(default_factory=dict)
    documents_unread_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to a submitted action: `done` if it is accepted, `refusal` if not.

    `signature`: of an accepted clinical denial. `due_at`: when requested documents are due. `only_office_records_missing`: the missing documents
    are administrative records, so a denial for lack of them needs no clinical signature.
    """

    done: Done | None
    refusal: Refusal | None = None
    signature: ReviewerSignature | None = None
    clinical: bool = False
    only_office_records_missing: bool = False
    due_at: datetime | None = None
    messages: tuple[OutgoingMessage, ...] = ()


PendKey = tuple[str, int | None, str, str]
"""One pend: its code, line, outcome and, for a pre-release hold, the subject of the hold."""


@dataclass(frozen=True, slots=True)
class OpenPends:
    """The open pends of a claim, each with its due time. `asked`: requested document kinds not received yet."""

    due: Mapping[PendKey, datetime]
    asked: frozenset[str] = frozenset()


Judge = Callable[[CaseFile], Judged]
"""Decides on a submitted action; called again with newer data if the transaction is retried, so it must be pure."""


@quick
@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """The other claims' lines that one claim needs: under the same member id, and for its patient or for a person who may be
    the patient; dated within a window, both ends inclusive. `hospital`: the biller of an institutional claim, whose inpatient stays are read.
    `practice`: the biller of a professional claim, for whose lines the place of service is read.
    `settings_from`: the first day for which the place of treatment is read (HistoryLine.setting); None: for no day.
    """

    claim_id: ClaimId
    member: Member
    earliest: date
    latest: date
    hospital: str | None = None
    practice: str | None = None
    settings_from: date | None = None

    @property
    def member_id(self) -> str:
        """The member id that other persons may share."""
        return self.member.member_id


@dataclass(frozen=True, slots=True)
class Histories:
    """The lines that claims queried, without their own. `too_long`: claims whose members have more than `most` lines."""

    lines: Mapping[ClaimId, Sequence[HistoryLine]]
    too_long: frozenset[ClaimId] = frozenset()
    most: int = 0

    def of(self, claim_id: ClaimId) -> Sequence[HistoryLine]:
        """Return the lines that a claim queried."""
        return self.lines.get(claim_id, ())


@dataclass(frozen=True, slots=True)
class AuthorizationLedger:
    """A member's authorizations and every recorded use of their units, read under lock."""

    authorizations: Mapping[str, Sequence[Authorization]]
    uses: Mapping[str, Sequence[AuthorizationUse]]


Allocate = Callable[[AuthorizationLedger], Sequence[AuthorizationUse]]
"""Chooses the units to use; called again with newer data if the transaction is retried, so it must be pure."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """An MRS acquisition that is reversed: its days, and the dependent components near them that were paid with it."""

    days: tuple[date, ...]
    acquisition: frozenset[str]
    dependent: frozenset[str]
    window_days: int


@dataclass(frozen=True, slots=True)
class SupersededClaim:
    """A claim that a replacement or void changes. It is committed together with the decision of the correction.

    `version`: its newest determination when it was read, 0 for none; the commit is refused if there is a newer one by
    then. Without `determination` the claim is only reserved: no other claim may change it until the correction is
    decided. `acquired`: an approved acquisition that is reversed with it; a reviewer then checks its approved components.
    """

    claim: Claim
    version: int
    determination: Determination | None = None
    messages: tuple[OutgoingMessage, ...] = ()
    acquired: Acquired | None = None


@quick
@dataclass(frozen=True, slots=True)
class Publication:
    """The decision on one claim, ready to be committed with its events.

    `round`: 0 for the first adjudication. `messages`: empty for a pended claim if its pends did not change.
    `superseded`: the claims that this correction changes. `releases`: the bulk retries that requested this round.
    `due`: the first deadline of a pended claim.
    """

    stored: StoredClaim
    decision: Decision
    round: int
    messages: tuple[OutgoingMessage, ...]
    superseded: tuple[SupersededClaim, ...] = ()
    releases: tuple[str, ...] = ()
    due: FirstDue | None = None


@dataclass(frozen=True, slots=True)
class BulkRetryStep:
    """The next step of a bulk retry: the pended claims to retry, how, and when to continue."""

    claims_to_signal: tuple[ClaimId, ...]
    mode: Mode
    next_step: BulkRetryStepResult


@quick
@dataclass(frozen=True, slots=True)
class DecidedBy:
    """A decided claim, when it was read, and what it was decided by: to compare with what feeds stored meanwhile.

    `spans`: the coverage of its member; None where it is not known, then every change counts. `denied_for`: the reasons of its denied
    lines. `authorized`: an authorization covers a line of it. `npis`: the providers read from the roster; `roster`: those that
    it listed, None where it is not known.
    """

    claim_id: ClaimId
    member_id: str
    read_at: datetime
    snapshot: str | None
    spans: Sequence[CoverageSpan] | None
    denied_for: frozenset[str]
    authorized: bool
    npis: frozenset[str]
    roster: Roster | None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A claim that was pended under some codes when it was read. Without the snapshot of the reading, a margin of time stands for it."""

    claim_id: ClaimId
    events: frozenset[ReleaseEvent]
    read_at: datetime
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class DeadlineNotice:
    """A notice about a legal deadline with its event; published once per deadline, kind (`says`) and moment (`at`)."""

    claim_id: str
    clock: str
    says: str
    at: datetime
    told_at: datetime
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One committed outbox row: several messages to send in order; `created_at` None where it is not known.

    `traceparent` names the span in which it was committed; None where that was not traced.
    """

    entry_id: int
    messages: tuple[Outgoing, ...]
    created_at: datetime | None = None
    traceparent: str | None = None
