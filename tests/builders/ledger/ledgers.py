"""Every adapter over one database, each in the role of its process, and decisions built by hand as the exact events that state them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports import AuthorizationStore, ClaimStore, CoverageStore, DecisionStore, HistoryStore, RosterStore
from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.determination import (
    Adjustment,
    Determination,
    Disposition,
    LineDetermination,
    Pend,
    Pended,
    ReviewerSignature,
)
from adjudication.model.findings import Citation, Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import (
    ClaimId,
    GroupCode,
    LineNumber,
    OutcomeCode,
    PendCode,
    ReleaseEvent,
    Step,
    Verdict,
)
from contracts.claim_intake.registration import Batch, BatchLimits, Submission
from contracts.event_builders.decisions import determination_messages, pended_messages
from contracts.events.documents import DocumentReceivedV1
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import Publication, StoredClaim
from storage.claims.history import PostgresHistory
from storage.claims.registration import PostgresLedger
from storage.claims.working_set import PostgresClaims
from storage.decisions.commit import PostgresDecisions
from storage.decisions.outdated import waiting_for_data
from storage.feeds.authorizations import PostgresAuthorizations
from storage.feeds.coverage import PostgresCoverage
from storage.feeds.projections import PostgresFeeds
from storage.feeds.roster import PostgresRoster
from storage.invariants.ledger import violations
from storage.outbox.queue import PostgresOutbox, unpack
from storage.privileges.roles import DatabaseRole
from streams.ports import ClaimLedger, DeadLetterQueue, FeedStore, Outbox
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.signatures import keep_made_up
from tests.builders.ledger.submissions import RECEIVED, request

DECIDED = datetime(2025, 9, 2, 9, 0, tzinfo=UTC)
SYNTHETIC = Citation("synthetic-payers", "built for a test")
SIGNATURE = ReviewerSignature("SYN-REVIEWER", "physician", "SYN-LIC-1", "NY", DECIDED, "reviewed this synthetic case")


@dataclass(frozen=True, slots=True)
class Stores:
    """The adapters, typed as the ports they stand behind."""

    engine: AsyncEngine
    reference: ReferenceData
    ledger: ClaimLedger
    claims: ClaimStore
    coverage: CoverageStore
    roster: RosterStore
    authorizations: AuthorizationStore
    history: HistoryStore
    decisions: DecisionStore
    feeds: FeedStore
    outbox: Outbox
    office: DeadLetterQueue

    @classmethod
    def over(cls, engine: AsyncEngine, dsn: str, reference: ReferenceData) -> Stores:
        intake, worker = in_role(engine, DatabaseRole.INTAKE), in_role(engine, DatabaseRole.WORKER)
        return cls(
            engine,
            reference,
            PostgresLedger(intake),
            PostgresClaims(worker),
            PostgresCoverage(worker),
            PostgresRoster(worker),
            PostgresAuthorizations(worker),
            PostgresHistory(worker),
            PostgresDecisions(worker),
            PostgresFeeds(in_role(engine, DatabaseRole.STREAMS)),
            PostgresOutbox(in_role(engine, DatabaseRole.PUBLISHER), dsn),
            PostgresOutbox(intake, dsn),
        )

    async def accept(self, *submissions: Submission) -> tuple[Batch, list[StoredClaim]]:
        """Register new claims as one batch and load them, in the order given."""
        registered = await self.ledger.register(request(*submissions), BatchLimits(claims=max(1, len(submissions))))
        loaded = await self.claims.load([s.claim_id for s in submissions])
        return registered.batches[0], [loaded[s.claim_id] for s in submissions]

    async def released_by_documents(self, documents: Sequence[DocumentReceivedV1]) -> Sequence[ClaimId]:
        """Return the claims that the shipped policies release when these documents arrive."""
        codes = self.reference.pends_released_by(ReleaseEvent.DOCUMENT_RECEIVED)
        return await self.feeds.waiting_for_documents(documents, codes)

    async def released_by_roster(self, npis: Sequence[str]) -> Sequence[ClaimId]:
        """Return the claims that the shipped policies release when the roster changes for these providers."""
        billing = self.reference.pends_released_by(ReleaseEvent.BILLING_PROVIDER_CHANGED)
        codes = self.reference.pends_released_by(ReleaseEvent.PROVIDER_CHANGED)
        return await self.feeds.waiting_for_providers(npis, billing, codes)

    async def released_by_policies(self, bundle: str) -> Sequence[ClaimId]:
        """Return the claims that the shipped policies release when the bundle of this hash is loaded."""
        codes = self.reference.pends_released_by(ReleaseEvent.POLICY_RELEASED)
        return await waiting_for_data(self.engine, bundle, codes)

    async def signed(self, claim_id: ClaimId, signature: ReviewerSignature) -> None:
        """Keep a signature that a test made up, as a migration keeps those of a version that recorded no source."""
        await keep_made_up(self.engine, claim_id, signature)

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Read with a statement of the test's own."""
        async with self.engine.connect() as connection:
            return [tuple(row) for row in (await connection.execute(text(query), values)).all()]

    async def execute(self, *statements: str) -> None:
        """Change rows behind the adapters' back."""
        async with self.engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    async def until_blocked(self) -> None:
        """Return once one transaction waits for a lock that another one holds."""
        async with asyncio.timeout(30):
            while not await self.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - PostgreSQL is asked
                await asyncio.sleep(0.01)

    async def sent(self) -> list[OutgoingMessage]:
        """Every message of the outbox that is ours, in order."""
        rows = await self.rows("SELECT messages FROM outbox ORDER BY entry_id")
        return [m for (packed,) in rows for m in unpack(packed) if isinstance(m, OutgoingMessage)]

    async def broken(self) -> list[str]:
        """Names of the invariants that do not hold."""
        return [violation.invariant for violation in await violations(self.engine)]

    def determined(self, stored: StoredClaim, *lines: LineDetermination, round_number: int = 0) -> Publication:
        """A determination with its events; without lines, every line is approved at its charge."""
        decided = lines or tuple(approved(line) for line in stored.claim.lines)
        decision = Determination(stored.claim.claim_id, DECIDED, decided, "synthetic-bundle")
        messages = determination_messages(stored.claim, decision, self.reference)
        return Publication(stored, decision, round_number, messages)

    def pended(self, stored: StoredClaim, code: str = "P-FAM", *, round_number: int = 0) -> Publication:
        """A pend on line 1 with its events."""
        decision = Pended(stored.claim.claim_id, (a_pend(code),), (_waiting(code),), "synthetic-bundle")
        messages = pended_messages(stored.claim, decision, DECIDED, round_number, self.reference)
        return Publication(stored, decision, round_number, messages)


def approved(line: ClaimLine) -> LineDetermination:
    """The line paid in full."""
    return LineDetermination(
        line.number, line.code, Disposition.APPROVED, line.charge, line.charge, (), outcomes.RATED, (), ()
    )


def denied(
    line: ClaimLine,
    *,
    carc: str = "18",
    reason: OutcomeCode = outcomes.DUPLICATE,
    clinical: bool = False,
    signature: ReviewerSignature | None = None,
) -> LineDetermination:
    """The line denied in full."""
    adjustment = Adjustment(GroupCode.OTHER, carc, line.charge, ("N522",))
    return LineDetermination(
        line.number,
        line.code,
        Disposition.DENIED,
        line.charge,
        Decimal(0),
        (adjustment,),
        reason,
        (),
        (),
        clinical,
        signature,
    )


def a_pend(code: str, line: int | None = 1) -> Pend:
    number = None if line is None else LineNumber(line)
    due_at = RECEIVED + timedelta(days=14)
    return Pend(PendCode(code), outcomes.FAMILY_WAITING, number, "claims-examiner", 30, due_at)


def _waiting(code: str) -> Finding:
    return Finding(Step.EDITS, outcomes.FAMILY_WAITING, Verdict.PENDS, SYNTHETIC, LineNumber(1), (), PendCode(code))


def ids(stored: Sequence[StoredClaim]) -> list[ClaimId]:
    return [one.claim.claim_id for one in stored]
