"""The request of intake to the ledger, and the ledger's answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from adjudication.model.vocabulary import ClaimId
from adjudication.quick_values import quick
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.outgoing import OutgoingMessage


@quick
@dataclass(frozen=True, slots=True)
class Submission:
    """One decoded claim event: `payload` is canonical JSON, `patient` its part about the member, `event_id` the producer's
    CloudEvents id.
    """

    claim_id: ClaimId
    claim: ClaimSubmittedV1
    payload: bytes
    patient: bytes
    payload_hash: bytes
    event_id: str
    received_at: datetime
    position: str

    @property
    def large(self) -> bool:
        """Return whether the claim is adjudicated separately from ordinary claims."""
        return len(self.claim.lines) > LARGE_LINES or len(self.payload) > LARGE_BYTES

    @property
    def delivery(self) -> str:
        """Return the id of this delivery. The offset alone is not unique after the topic was deleted and created again."""
        return f"{self.position}/{self.received_at.timestamp():.3f}/{self.payload_hash.hex()}"


class Registration(StrEnum):
    """The result of a submission.

    REPEATED is the same Kafka delivery received again (after a crash): no status is published.
    DUPLICATE is the same claim sent again: acknowledged, not adjudicated again.
    """

    NEW = "new"
    REPEATED = "repeated"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


LARGE_LINES: Final = 100
LARGE_BYTES: Final = 262_144
"""A claim of more lines or more bytes than this is large: a batch by itself, adjudicated separately from ordinary claims."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The most claims, lines and bytes (of canonical JSON) in one batch. A claim that exceeds them is a batch by itself.

    512 lines are two per claim for 256 claims, more than in ordinary traffic; a step takes some 0.1 s for them.
    """

    claims: int = 256
    lines: int = 512
    payload_bytes: int = 1_048_576

    def grouped(self, submissions: Sequence[Submission]) -> Iterator[tuple[Submission, ...]]:
        """Yield the batches of these claims, in order; large claims do not end the batch that others share."""
        group: list[Submission] = []
        lines = size = 0
        for each in submissions:
            if each.large:
                yield (each,)
                continue
            more_lines, more_bytes = len(each.claim.lines), len(each.payload)
            full = len(group) >= self.claims or lines + more_lines > self.lines
            if group and (full or size + more_bytes > self.payload_bytes):
                yield tuple(group)
                group, lines, size = [], 0, 0
            group.append(each)
            lines, size = lines + more_lines, size + more_bytes
        if group:
            yield tuple(group)


USUAL_LIMITS: Final = BatchLimits()


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims that share one workflow execution. `large`: it is one large claim."""

    batch_id: str
    claim_ids: tuple[ClaimId, ...]
    large: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """The ledger's answer: the result of each submission, and the batches whose workflow is not known to run.

    `batches` contains the new ones and, after a crash, earlier ones that were never marked started.
    """

    outcomes: tuple[Registration, ...]
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Submissions in delivery order, and messages (dead letters) to put in the outbox in the same transaction."""

    submissions: tuple[Submission, ...]
    messages: tuple[OutgoingMessage, ...]
