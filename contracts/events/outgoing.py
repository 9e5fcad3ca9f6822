"""The messages that the outbox keeps and the publisher sends to Kafka; their bytes never change."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.quick_values import quick
from contracts.events.headers import Headers


@quick
@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Topic, key, deterministic event id and the exact value bytes (UTF-8 JSON)."""

    topic: str
    key: str
    event_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class DeadLetterMessage(OutgoingMessage):
    """A dead letter, with the bytes of its record for the ledger; the event carries them only where they fit its topic.

    `whole` is false where the record could not be read out of its batch: `original_value` is then what is kept of the batch.
    """

    original_key: bytes | None
    original_value: bytes | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """A refused event to be sent back to its topic: its sender's own key, bytes and headers, which need not be text.

    `event_id` names the replay, not what is in it: the bytes are not read.
    """

    topic: str
    key: bytes | None
    event_id: str
    value: bytes | None
    headers: Headers = ()


Outgoing = OutgoingMessage | ReplayedEvent
