"""What intake asks of the ledger, and what the ledger answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adjudication.model.vocabulary import ClaimId
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Submission:
    """One decoded claim event: `payload` is canonical JSON, `event_id` the producer's CloudEvents id."""

    claim_id: ClaimId
    claim: ClaimSubmittedV1
    payload: bytes
    payload_hash: bytes
    event_id: str
    received_at: datetime
    position: str


class Registration(StrEnum):
    """What became of a submission.

    REPEATED is the same Kafka delivery seen again (after a crash): nothing new to say.
    DUPLICATE is the same claim sent again: acknowledged, not run again.
    """

    NEW = "new"
    REPEATED = "repeated"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims that share one workflow execution."""

    batch_id: str
    claim_ids: tuple[ClaimId, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """The ledger's answer: what became of each submission, and the batches whose workflow is not known to run.

    `batches` contains the new ones and, after a crash, earlier ones that were never marked started.
    """

    outcomes: tuple[Registration, ...]
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Submissions in delivery order, and messages (dead letters) to put in the outbox in the same transaction."""

    submissions: tuple[Submission, ...]
    messages: tuple[OutgoingMessage, ...]
