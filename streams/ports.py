"""The ports of the Kafka edge to storage and Temporal, as Protocols; the tests of the edge implement each in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import USUAL_LIMITS, Batch, BatchLimits, Registered, RegistrationRequest
from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import AuthorizationChangedV1, CoverageChangedV1, ProviderChangedV1
from contracts.events.letters import LetterSentV1
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import StatusReasonV1
from contracts.records.decisions import OutboxEntry
from contracts.records.feed_results import Applied


class ClaimLedger(Protocol):
    """The ledger, write side."""

    async def register(self, request: RegistrationRequest, limits: BatchLimits = USUAL_LIMITS) -> Registered:
        """Register submissions and queue their status events and the given messages, in one transaction."""
        ...

    async def mark_started(self, batch_ids: Sequence[str]) -> None:
        """Record that the workflows of these batches were started."""
        ...

    async def unfinished(self, batch_ids: Collection[str]) -> frozenset[str]:
        """Return those of these batches that their workflow has not committed yet: the work in flight."""
        ...

    async def unstarted_batches(self, older_than: datetime, limit: int) -> Sequence[Batch]:
        """Return batches registered before a time whose workflow start is not recorded (crash repair)."""
        ...


class BatchStarter(Protocol):
    """Starts the adjudication of a batch; starting one twice has one effect."""

    async def start(self, batch: Batch) -> None:
        """Start the workflow, or leave it if it exists."""
        ...

    async def running(self, batch_ids: Collection[str]) -> frozenset[str]:
        """Return those of these batches for which a workflow runs; pass few ids, because each needs one request."""
        ...


class FeedStore(Protocol):
    """The stored state of the feeds; an event older than the stored state changes nothing.

    An event whose version is stored with other content changes nothing either, and is returned as a conflict.
    """

    async def apply_coverage(self, changes: Sequence[CoverageChangedV1], reported: Sequence[datetime] = ()) -> Applied:
        """Upsert spans where the version is newer, each reported at its time."""
        ...

    async def apply_authorizations(self, changes: Sequence[AuthorizationChangedV1]) -> Applied:
        """Upsert authorizations where the version is newer."""
        ...

    async def apply_providers(self, changes: Sequence[ProviderChangedV1]) -> Applied:
        """Upsert providers of the roster where the version is newer."""
        ...

    async def apply_documents(self, documents: Sequence[tuple[DocumentReceivedV1, datetime]]) -> Applied:
        """Add documents with the time they were received; one already known changes nothing."""
        ...

    async def waiting_for_members(self, members: Sequence[str], codes: Collection[str]) -> Sequence[ClaimId]:
        """Return the claims of members that wait under some pend codes."""
        ...

    async def waiting_for_providers(
        self, npis: Sequence[str], billing_codes: Collection[str], codes: Collection[str]
    ) -> Sequence[ClaimId]:
        """Return the claims that wait under `billing_codes` and are billed by these providers, and those that wait
        under `codes` and are billed or rendered by them.
        """
        ...

    async def waiting_for_documents(
        self, documents: Sequence[DocumentReceivedV1], codes: Collection[str]
    ) -> Sequence[ClaimId]:
        """Return the claims that wait under some pend codes and that these documents are for."""
        ...


class MailingProofs(Protocol):
    """Stored proofs of mailing."""

    async def apply(self, proofs: Sequence[LetterSentV1]) -> Mapping[int, StatusReasonV1 | None]:
        """Store proofs; return the places of those refused with the reason, None where the version has other content."""
        ...

    async def requests_of(self, letter_ids: Sequence[str]) -> Sequence[ClaimId]:
        """Return the pended claims that these letters request documents for."""
        ...


class DeadlineWaker(Protocol):
    """Wakes the reviews of pended claims for a check of their deadlines."""

    async def check_deadlines(self, claim_ids: Sequence[ClaimId]) -> None:
        """Have running reviews check their deadlines again."""
        ...


class DeadLetterQueue(Protocol):
    """Queues refused events for the dead-letter topic, durably."""

    async def queue(self, messages: Sequence[OutgoingMessage]) -> None:
        """Put messages in the outbox in one transaction."""
        ...


class Replays(Protocol):
    """Approved replays of dead letters."""

    async def queue_approved(self) -> int:
        """Queue those that are due, no more than the rate allows; return how many."""
        ...


class Remover(Protocol):
    """Removes rows after their retention."""

    async def remove_some(self) -> int:
        """Remove a batch of rows past their retention; return how many, 0 when none are left."""
        ...


class HeadStore(Protocol):
    """The heads of the audit trail."""

    async def publish_some(self) -> int:
        """Queue a batch of heads that changed since they were published; return how many, 0 when none did."""
        ...


class Leases(Protocol):
    """The shards of the outbox that one publisher sends."""

    async def balance(self) -> frozenset[int]:
        """Take or release shards until each publisher has its share; return those that are held, while none is being sent."""
        ...


class Outbox(Protocol):
    """Messages that were committed together with the state they report."""

    def leases(self) -> AbstractAsyncContextManager[Leases]:
        """Begin to share the outbox with the other publishers, and give back the taken shards at the end."""
        ...

    async def pending(self, limit: int, shards: Collection[int] = ...) -> Sequence[OutboxEntry]:
        """Return the oldest unpublished entries of some shards, in the order of each claim."""
        ...

    async def mark_published(self, entry_ids: Sequence[int], positions: Mapping[str, str] | None = None) -> None:
        """Record that the broker acknowledged every message of these entries, and the new positions of replayed events."""
        ...

    async def wait(self, timeout_seconds: float) -> None:
        """Return when a message may have been added, or after the timeout."""
        ...
