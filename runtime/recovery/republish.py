"""After Kafka lost its topics: send again the published events that the ledger has. Run it while the publisher is stopped."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.recovery.republish import older_determinations, publish_again
from streams.kafka.connection import KafkaConnection
from streams.kafka.topics import LARGEST_OUTGOING

_IN_FLIGHT: Final = 1000


@dataclass(frozen=True, slots=True)
class Republished:
    """Determinations sent from the ledger itself, and rows of the outbox that the publisher will send again."""

    determinations: int
    entries: int


async def republish(kafka: KafkaConnection, engine: AsyncEngine) -> Republished:
    """Send the older determinations now, in the order of each claim's versions; then queue the outbox again.

    Raises KafkaError when the broker does not acknowledge one; then run it again: each event is sent with the same bytes.
    """
    producer = kafka.producer(enable_idempotence=True, acks="all", max_request_size=LARGEST_OUTGOING)
    sent, waiting = 0, list[Awaitable[object]]()
    try:
        await producer.start()
        async for each in older_determinations(engine):
            headers = [
                ("content-type", b"application/cloudevents+json"),
                ("ce_id", each.event.event_id.encode()),
            ]
            topic = kafka.name(each.event.topic)
            waiting.append(await producer.send(topic, value=each.event.value, key=each.key.encode(), headers=headers))
            if len(waiting) == _IN_FLIGHT:
                sent += await _acknowledged(waiting)
        sent += await _acknowledged(waiting)
    finally:
        await producer.stop()
    return Republished(sent, await publish_again(engine))


async def _acknowledged(waiting: list[Awaitable[object]]) -> int:
    """Return how many records were on their way once the broker has them all; then none are."""
    for each in waiting:
        await each
    count = len(waiting)
    waiting.clear()
    return count
