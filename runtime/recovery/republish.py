"""After Kafka lost its topics: send again the published events that the ledger has. Run it while the publisher is stopped."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.recovery.republish import older_determinations, publish_again
from streams.kafka.connection import KafkaConnection
from streams.kafka.topics import LARGEST_OUTGOING


@dataclass(frozen=True, slots=True)
class Republished:
    """Determinations sent from the ledger itself, and rows of the outbox that the publisher will send again."""

    determinations: int
    entries: int


async def republish(kafka: KafkaConnection, engine: AsyncEngine) -> Republished:
    """Send the older determinations now, in the order of each claim's versions; then queue the outbox again."""
    producer = kafka.producer(enable_idempotence=True, acks="all", max_request_size=LARGEST_OUTGOING)
    sent = 0
    try:
        await producer.start()
        async for each in older_determinations(engine):
            headers = [
                ("content-type", b"application/cloudevents+json"),
                ("ce_id", each.event.event_id.encode()),
            ]
            topic = kafka.name(each.event.topic)
            await producer.send(topic, value=each.event.value, key=each.key.encode(), headers=headers)
            sent += 1
    finally:
        await producer.stop()
    return Republished(sent, await publish_again(engine))
