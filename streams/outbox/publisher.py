"""Send the outbox to Kafka with an idempotent producer; mark rows as published once every replica has acknowledged.

A crash between acknowledgement and mark sends the same bytes with the same ids again, which consumers recognize.
Publishers share the outbox by claim, and one sends all of a claim's events in order; others take over its share when it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from contracts.events.headers import Headers
from contracts.events.headers import size as headers_size
from contracts.events.outgoing import Outgoing, OutgoingMessage, ReplayedEvent
from contracts.events.topics import LARGEST_INCOMING
from contracts.records.decisions import OutboxEntry
from contracts.trace_context import TRACEPARENT
from streams.kafka import metrics, trouble
from streams.kafka.backoff import delay_seconds, stopped_within
from streams.kafka.connection import KafkaConnection
from streams.kafka.topics import LARGEST_OUTGOING
from streams.ports import Leases, Outbox
from streams.tracing import publishing

log = structlog.get_logger(__name__)
_LARGEST_REPLAY = 1 << 30
_AROUND = 1024
"""Overhead in bytes per record that counts toward the limit of its topic."""
_CONTENT_TYPE = ("content-type", b"application/cloudevents+json")


@dataclass(frozen=True, slots=True)
class PublisherOptions:
    """The options of the publisher. `idle_seconds`: the maximum delay after a missed notification. `standby_seconds`: the maximum
    delay until another publisher's start or end is noticed.

    Uncompressed by default: the small batches of a fast pipeline gain little.
    """

    kafka: KafkaConnection
    entries_per_turn: int = 256
    linger_ms: int = 5
    idle_seconds: float = 0.5
    standby_seconds: float = 1.0
    compression: str | None = None


class Publisher:
    """One publisher process."""

    def __init__(self, options: PublisherOptions, outbox: Outbox) -> None:
        """Take the options and the outbox."""
        self._options = options
        self._outbox = outbox
        self._failures = 0
        self.shards: frozenset[int] = frozenset()
        """The shards of the outbox that this process sends."""

    @property
    def leads(self) -> bool:
        """Return whether this process sends the first shard; loops that only one process may run follow it."""
        return 0 in self.shards

    async def run(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Publish until shutdown; finish the current batch of messages. After an error it retries; no message is dropped."""
        try:
            while not stop.is_set():
                try:
                    await self._share(stop, ready)
                except Exception as error:
                    ready.clear()
                    trouble.failed(self, "publish", error)
                    delay = delay_seconds(self._failures)
                    self._failures += 1
                    metrics.RETRIES.labels("publish").inc()
                    log.warning("publishing interrupted", attempt=self._failures, delay_seconds=delay, exc_info=True)
                    await stopped_within(stop, delay)
        finally:
            trouble.over(self)

    async def _share(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        async with self._outbox.leases() as leases:
            try:
                while not stop.is_set():
                    self._hold(await leases.balance())
                    if self.shards:
                        await self._publish(leases, stop, ready)
                    else:
                        ready.set()
                        await stopped_within(stop, self._options.standby_seconds)
            finally:
                self._hold(frozenset())

    async def _publish(self, leases: Leases, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Send until this publisher has no shard; shards change owners only between two reads, when no send is in progress."""
        async with self._producer() as producer:
            ready.set()
            balanced = time.monotonic()
            while self.shards and not stop.is_set():
                await self._turn(producer)
                if time.monotonic() - balanced > self._options.standby_seconds:
                    self._hold(await leases.balance())
                    balanced = time.monotonic()

    def _hold(self, shards: frozenset[int]) -> None:
        if shards != self.shards:
            log.info("publishing", shards=sorted(shards))
        self.shards = shards
        metrics.PUBLISHES.set(bool(shards))
        metrics.SHARDS.set(len(shards))

    @asynccontextmanager
    async def _producer(self, *, replays_large: bool = False) -> AsyncIterator[AIOKafkaProducer]:
        """Make a producer; a new one after an error, because a failed idempotent producer may refuse to continue."""
        producer = self._options.kafka.producer(
            enable_idempotence=True,
            acks="all",
            linger_ms=self._options.linger_ms,
            compression_type="gzip" if replays_large else self._options.compression,
            max_batch_size=262_144,
            max_request_size=_LARGEST_REPLAY if replays_large else LARGEST_OUTGOING,
            request_timeout_ms=20_000,
        )
        try:
            await producer.start()
            yield producer
        finally:
            try:
                await producer.stop()
            except KafkaError:
                log.warning("producer did not end cleanly", exc_info=True)

    async def _turn(self, producer: AIOKafkaProducer) -> None:
        entries = await self._outbox.pending(self._options.entries_per_turn, self.shards)
        if not entries:
            trouble.over(self)
            await self._outbox.wait(self._options.idle_seconds)
            return
        with metrics.PUBLISH_SECONDS.time(), publishing(entries) as traced:
            positions: dict[str, str] = {}
            # In turn, so that no record passes another one of its key.
            for is_large, group in groupby((message for entry in entries for message in entry.messages), _is_large):
                if is_large:
                    async with self._producer(replays_large=True) as compressing:
                        positions |= await _send(self._options.kafka, compressing, list(group), traced)
                else:
                    positions |= await _send(self._options.kafka, producer, list(group), traced)
            await self._outbox.mark_published([entry.entry_id for entry in entries], positions)
        _observe_delay(entries)
        self._failures = 0
        trouble.over(self)


def _observe_delay(entries: Sequence[OutboxEntry]) -> None:
    """Record the delay from commit to publication. The two times come from two hosts' clocks, so a negative delay counts as zero."""
    now = datetime.now(UTC)
    for entry in entries:
        if entry.created_at is not None:
            metrics.PUBLICATION_DELAY.observe(max(0.0, (now - entry.created_at).total_seconds()))


def _is_large(message: Outgoing) -> bool:
    """Return whether a replay fits its topic only if compressed, as it was received (storage/dead_letters/actions.py)."""
    if not isinstance(message, ReplayedEvent):
        return False
    size = len(message.key or b"") + len(message.value or b"") + headers_size(message.headers)
    return size + _AROUND > LARGEST_INCOMING


async def _send(
    kafka: KafkaConnection, producer: AIOKafkaProducer, messages: Sequence[Outgoing], traced: Mapping[str, str]
) -> dict[str, str]:
    """Send all in order without waiting between them, then wait until the broker has every one.

    Return the topic, partition and offset of each replayed event: a dead letter shows where its replay went.
    """
    sent: list[asyncio.Future[RecordMetadata]] = []
    try:
        for message in messages:
            sent.append(await _enqueue(kafka, producer, message, traced))  # noqa: PERF401 - those before a failure are awaited too
    finally:
        answers = await asyncio.gather(*sent, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    for topic, count in Counter(message.topic for message in messages).items():
        metrics.PUBLISHED.labels(topic).inc(count)
    return {
        message.event_id: f"{message.topic}/{answer.partition}/{answer.offset}"
        for message, answer in zip(messages, answers, strict=True)
        if isinstance(message, ReplayedEvent) and not isinstance(answer, BaseException)
    }


async def _enqueue(
    kafka: KafkaConnection, producer: AIOKafkaProducer, message: Outgoing, traced: Mapping[str, str]
) -> asyncio.Future[RecordMetadata]:
    key = message.key.encode() if isinstance(message, OutgoingMessage) else message.key
    future: asyncio.Future[RecordMetadata] = await producer.send(
        kafka.name(message.topic), value=message.value, key=key, headers=list(_headers(message, traced))
    )
    return future


def _headers(message: Outgoing, traced: Mapping[str, str]) -> Headers:
    """Return the headers: our events name their type and span; a replay keeps its original headers."""
    if isinstance(message, ReplayedEvent):
        return message.headers
    ours = (_CONTENT_TYPE, ("ce_id", message.event_id.encode()))
    span = traced.get(message.event_id)
    return ours if span is None else (*ours, (TRACEPARENT, span.encode()))
