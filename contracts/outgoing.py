"""A message on its way to Kafka: what the outbox keeps and the publisher sends, bytes decided once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Topic, key, deterministic event id and the exact value bytes (UTF-8 JSON)."""

    topic: str
    key: str
    event_id: str
    value: bytes
