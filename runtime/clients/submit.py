"""Puts claim and feed events on Kafka, as upstream systems do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid5

import orjson

from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
)
from contracts.ids import NAMESPACE, appeal_id, claim_id
from streams.kafka.connection import KafkaConnection

Keyed = tuple[str, str, bytes]
"""Topic, key and value of a record to publish."""


def member_reference(member_id: str) -> str:
    """Opaque Kafka key for a member: the same member always lands on the same partition."""
    return str(uuid5(UUID(str(NAMESPACE)), f"member:{member_id}"))


def read_events(text: bytes) -> list[bytes]:
    """Split a file into events: one JSON object, a JSON array, or one object per line.

    Raises ValueError for any other content.
    """
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [line for line in text.splitlines() if line.strip()]
    return [orjson.dumps(event) for event in parsed] if isinstance(parsed, list) else [text]


UNREADABLE: Final = "unreadable"
"""Kafka key of events that name neither a member nor a claim."""

_TOPICS: Final = {
    "com.claimwright.coverage.changed.v1": COVERAGE_CHANGED,
    "com.claimwright.authorization.changed.v1": AUTHORIZATIONS_CHANGED,
    "com.claimwright.provider.changed.v1": PROVIDERS_CHANGED,
    "com.claimwright.document.received.v1": DOCUMENTS_RECEIVED,
    "com.claimwright.letter.sent.v1": LETTERS_SENT,
    "com.claimwright.appeal.filed.v1": APPEALS_FILED,
}


def topic_of(event: bytes) -> str:
    """Return the topic of an event by its type; an event of an unknown type is treated as a claim."""
    try:
        return _TOPICS.get(str(orjson.loads(event)["type"]), CLAIMS_SUBMITTED)
    except (ValueError, KeyError, TypeError):
        return CLAIMS_SUBMITTED


def key_of(event: bytes) -> tuple[str, str | None]:
    """Return the Kafka key of an event and, for a readable claim or appeal, its id in this product."""
    try:
        return _keyed(topic_of(event), orjson.loads(event)["data"])
    except (ValueError, KeyError, TypeError):
        return UNREADABLE, None


def _keyed(topic: str, data: dict[str, Any]) -> tuple[str, str | None]:
    """Return the record's key and the id to print. Events that must stay in order share a key.

    These are a member's claims and feeds, a provider's roster, a claim's documents and appeals, and a letter's proofs.
    """
    if topic == DOCUMENTS_RECEIVED:
        return data.get("claim_control_number") or data["attachment_control_number"], None
    if topic == LETTERS_SENT:
        return data["letter_id"], None
    if topic == PROVIDERS_CHANGED:
        return data["npi"], None
    if topic == APPEALS_FILED:
        named = data["claim"]
        key = named.get("payer_claim_number") or named["claim_control_number"]
        return key, appeal_id(data["submitter"], data["appeal_reference"])
    if topic != CLAIMS_SUBMITTED:
        return member_reference(data["member_id"]), None
    claim = claim_id(data["submitter"], data["claim_control_number"], data.get("revision", 1))
    return member_reference(data["member"]["member_id"]), claim


async def publish(kafka: KafkaConnection, records: Iterable[Keyed]) -> int:
    """Publish records in order per key; return how many the broker acknowledged."""
    producer = kafka.producer(enable_idempotence=True, acks="all", linger_ms=5)
    try:
        await producer.start()
        sent = [await producer.send(kafka.name(topic), value=value, key=key.encode()) for topic, key, value in records]
        for future in sent:
            await future
        return len(sent)
    finally:
        await producer.stop()
