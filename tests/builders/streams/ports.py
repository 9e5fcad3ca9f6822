"""The Kafka edge's ports in memory: they remember what they were asked and fail when instructed to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import (
    LARGE_LINES,
    USUAL_LIMITS,
    Batch,
    BatchLimits,
    Registered,
    Registration,
    RegistrationRequest,
    Submission,
)
from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import AuthorizationChangedV1, CoverageChangedV1, ProviderChangedV1
from contracts.events.outgoing import OutgoingMessage
from contracts.ids import batch_id
from contracts.records.feed_results import Applied
from contracts.unstorable import UnstorableError


class Trouble:
    """Fails the given number of times, or until it is lifted, then never."""

    def __init__(self, times: float = 0) -> None:
        self.left = times
        self.times_met = 0
        self.met = asyncio.Event()

    def lift(self) -> None:
        self.left = 0

    def pass_or_raise(self) -> None:
        if self.left > 0:
            self.left -= 1
            self.times_met += 1
            self.met.set()
            raise ConnectionError("synthetic outage")


class InMemoryClaimLedger:
    """Classifies as the real ledger does; while `stuck`, no batch is committed."""

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.mark_trouble = Trouble()
        self.known: dict[ClaimId, Submission] = {}
        self.outcomes: list[Registration] = []
        self.messages: list[OutgoingMessage] = []
        self.batches: dict[str, Batch] = {}
        self.started: set[str] = set()
        self.stuck = False
        self.counted = 0
        self.requests: list[int] = []
        self.unstorable: set[str] = set()
        self.large_may_pass = asyncio.Event()
        self.large_may_pass.set()
        self.ordinary_may_pass = asyncio.Event()
        self.ordinary_may_pass.set()
        self.waiting: Counter[asyncio.Event] = Counter()

    async def register(self, request: RegistrationRequest, limits: BatchLimits = USUAL_LIMITS) -> Registered:
        await asyncio.sleep(0)
        if any(len(submission.claim.lines) > LARGE_LINES for submission in request.submissions):
            await self._pass(self.large_may_pass)
        elif request.submissions:
            await self._pass(self.ordinary_may_pass)
        self.trouble.pass_or_raise()
        self.requests.append(len(request.submissions))
        if self.unstorable & {submission.claim.claim_control_number for submission in request.submissions}:
            raise UnstorableError("22P05")
        outcomes = [self._classify(submission) for submission in request.submissions]
        new = [
            submission
            for submission, outcome in zip(request.submissions, outcomes, strict=True)
            if outcome is Registration.NEW
        ]
        for group in limits.grouped(new):
            claims = tuple(submission.claim_id for submission in group)
            self.batches[batch_id(claims)] = Batch(batch_id(claims), claims, group[0].large)
        self.outcomes += outcomes
        self.messages += request.messages
        return Registered(tuple(outcomes), tuple(self._unstarted()))

    async def _pass(self, may: asyncio.Event) -> None:
        self.waiting[may] += 1
        await may.wait()
        self.waiting[may] -= 1

    def _classify(self, submission: Submission) -> Registration:
        first = self.known.setdefault(submission.claim_id, submission)
        if first is submission:
            return Registration.NEW
        if first.payload_hash != submission.payload_hash:
            return Registration.CONFLICT
        return Registration.REPEATED if first.delivery == submission.delivery else Registration.DUPLICATE

    def _unstarted(self) -> list[Batch]:
        return [batch for batch in self.batches.values() if batch.batch_id not in self.started]

    async def mark_started(self, batch_ids: Sequence[str]) -> None:
        self.mark_trouble.pass_or_raise()
        self.started |= set(batch_ids)

    async def unfinished(self, batch_ids: Collection[str]) -> frozenset[str]:
        self.counted += 1
        return frozenset(batch_ids) if self.stuck else frozenset()

    async def unstarted_batches(self, older_than: datetime, limit: int) -> Sequence[Batch]:
        return self._unstarted()[:limit]

    @property
    def controls(self) -> set[str]:
        """Claim control numbers of everything registered."""
        return {submission.claim.claim_control_number for submission in self.known.values()}


class RecordingStarter:
    def __init__(self) -> None:
        self.trouble = Trouble()
        self.started: list[Batch] = []
        self.lost: set[str] = set()
        self.asked = 0

    async def start(self, batch: Batch) -> None:
        self.trouble.pass_or_raise()
        self.started.append(batch)

    async def running(self, batch_ids: Collection[str]) -> frozenset[str]:
        self.asked += 1
        return frozenset(batch_ids) - self.lost


class RecordingOffice:
    def __init__(self) -> None:
        self.trouble = Trouble()
        self.queued: list[OutgoingMessage] = []

    async def queue(self, messages: Sequence[OutgoingMessage]) -> None:
        self.trouble.pass_or_raise()
        self.queued += messages


class RecordingFeedStore:
    """Keeps the calls, and the newest version of each span and authorization."""

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.calls: list[list[tuple[str, int]]] = []
        self.versions: dict[str, int] = {}
        self.waiting: dict[ClaimId, tuple[str, str]] = {}

    async def apply_coverage(self, changes: Sequence[CoverageChangedV1], reported: Sequence[datetime] = ()) -> Applied:
        return self._apply([(change.coverage_id, change.version) for change in changes])

    async def apply_authorizations(self, changes: Sequence[AuthorizationChangedV1]) -> Applied:
        return self._apply([(change.authorization_number, change.version) for change in changes])

    async def apply_providers(self, changes: Sequence[ProviderChangedV1]) -> Applied:
        return self._apply([(change.npi, change.version) for change in changes])

    async def apply_documents(self, documents: Sequence[tuple[DocumentReceivedV1, datetime]]) -> Applied:
        return self._apply([(document.document_id, document.version) for document, _ in documents])

    async def waiting_for_members(self, members: Sequence[str], codes: Collection[str]) -> Sequence[ClaimId]:
        return [claim for claim, (member, code) in self.waiting.items() if member in members and code in codes]

    async def waiting_for_providers(
        self, npis: Sequence[str], billing_codes: Collection[str], codes: Collection[str]
    ) -> Sequence[ClaimId]:
        named = {*billing_codes, *codes}
        return [claim for claim, (npi, code) in self.waiting.items() if npi in npis and code in named]

    async def waiting_for_documents(
        self, documents: Sequence[DocumentReceivedV1], codes: Collection[str]
    ) -> Sequence[ClaimId]:
        numbers = {document.claim_control_number for document in documents}
        return [claim for claim, (number, code) in self.waiting.items() if number in numbers and code in codes]

    def _apply(self, changes: list[tuple[str, int]]) -> Applied:
        self.trouble.pass_or_raise()
        self.calls.append(changes)
        for key, version in changes:
            self.versions[key] = max(version, self.versions.get(key, 0))
        return Applied(len(changes))


class RecordingResumer:
    """Keeps who was notified, and why."""

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.notified: list[tuple[ClaimId, str]] = []

    async def resume(self, claim_ids: Sequence[ClaimId], reason: str) -> Sequence[ClaimId]:
        await self.resume_waiting(claim_ids, reason)
        return []

    async def resume_waiting(self, claim_ids: Sequence[ClaimId], reason: str) -> None:
        self.trouble.pass_or_raise()
        self.notified += [(claim_id, reason) for claim_id in claim_ids]

    async def check_deadlines(self, claim_ids: Sequence[ClaimId]) -> None:
        await self.resume_waiting(claim_ids, "check-deadlines")
