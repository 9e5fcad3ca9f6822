"""Watches our outgoing topics while something happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import orjson

from cli.demo.check import Observed
from runtime.clients.topic_reader import TopicTail


async def observe(bootstrap: str, observed: Observed, act: Callable[[], Awaitable[object]]) -> AsyncIterator[Observed]:
    """Start watching, act, and yield after every read; never ends by itself."""
    tail = TopicTail(bootstrap)
    await tail.start(from_end=True)
    try:
        await act()
        while True:
            for topic, _, value in await tail.read():
                observed.add(topic, orjson.loads(value))
            yield observed
    finally:
        await tail.stop()
