"""Watches our outgoing topics while something happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import orjson

from cli.demo.check import Observed
from runtime.clients.topic_reader import TopicTail
from streams.kafka.connection import KafkaConnection


async def observe(
    kafka: KafkaConnection, observed: Observed, act: Callable[[], Awaitable[object]]
) -> AsyncIterator[Observed]:
    """Start watching, act, and yield after every read, without end."""
    tail = TopicTail(kafka)
    await tail.start(from_end=True)
    try:
        await act()
        while True:
            for topic, _, value in await tail.read():
                observed.add(topic, orjson.loads(value))
            yield observed
    finally:
        await tail.stop()
