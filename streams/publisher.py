"""The outbox onto Kafka: idempotent producer, every replica's acknowledgement, then marked published.

A crash between acknowledgement and mark sends the same bytes with the same ids again, which consumers recognise.
One publisher at a time keeps the order of each claim's events; another stands by and takes over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaProducer

from contracts.outgoing import OutgoingMessage
from contracts.store_values import OutboxEntry
from streams import metrics
from streams.backoff import delay_seconds, stopped_within
from streams.ports import Outbox

log = structlog.get_logger(__name__)
_CONTENT_TYPE = ("content-type", b"application/cloudevents+json")


@dataclass(frozen=True, slots=True)
class PublisherOptions:
    """How the publisher sends. `idle_seconds` bounds how late a missed notification is noticed."""

    bootstrap: str
    entries_per_turn: int = 64
    linger_ms: int = 5
    idle_seconds: float = 0.5
    standby_seconds: float = 1.0


class Publisher:
    """One publisher process."""

    def __init__(self, options: PublisherOptions, outbox: Outbox) -> None:
        """Take the options and the outbox."""
        self._options = options
        self._outbox = outbox

    async def run(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Publish until asked to stop; finish the turn in hand.

        After any trouble the producer is made anew: an idempotent producer that failed may refuse to go on.
        """
        attempt = 0
        while not stop.is_set():
            producer = self._producer()
            try:
                await producer.start()
                attempt = 0
                await self._lead(producer, stop, ready)
            except Exception:
                delay = delay_seconds(attempt)
                attempt += 1
                log.warning("publishing interrupted", attempt=attempt, delay_seconds=delay, exc_info=True)
                await stopped_within(stop, delay)
            finally:
                await producer.stop()

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._options.bootstrap,
            enable_idempotence=True,
            acks="all",
            linger_ms=self._options.linger_ms,
            max_batch_size=262_144,
            request_timeout_ms=20_000,
        )

    async def _lead(self, producer: AIOKafkaProducer, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Publish while this process has the right to; return to stand by when another has it."""
        async with self._outbox.leadership() as leads:
            ready.set()
            if not leads:
                await stopped_within(stop, self._options.standby_seconds)
                return
            log.info("publishing")
            while not stop.is_set():
                entries = await self._outbox.pending(self._options.entries_per_turn)
                if entries:
                    await self._send(producer, entries)
                    await self._outbox.mark_published([entry.entry_id for entry in entries])
                else:
                    await self._outbox.wait(self._options.idle_seconds)

    async def _send(self, producer: AIOKafkaProducer, entries: Sequence[OutboxEntry]) -> None:
        messages = [message for entry in entries for message in entry.messages]
        sent = [await _enqueue(producer, message) for message in messages]
        await asyncio.gather(*sent)
        for topic, count in Counter(message.topic for message in messages).items():
            metrics.PUBLISHED.labels(topic).inc(count)


async def _enqueue(producer: AIOKafkaProducer, message: OutgoingMessage) -> asyncio.Future[object]:
    headers = [_CONTENT_TYPE, ("ce_id", message.event_id.encode())]
    future: asyncio.Future[object] = await producer.send(
        message.topic, value=message.value, key=message.key.encode(), headers=headers
    )
    return future
