"""Reads topics until shutdown, and starts again when one of them was recreated, deleted or given more partitions.

The clients would continue without an error: Faust ignores a missing topic, and neither client notices that its offset
belongs to a deleted topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from streams.kafka import metrics
from streams.kafka.backoff import StoppedError, stopped_within, until_done
from streams.kafka.connection import KafkaConnection
from streams.kafka.recreated import Witnesses, keep_witnesses, rewind_recreated
from streams.kafka.topic_identity import MissingTopicsError, TopicIdentity, describe_topics

log = structlog.get_logger(__name__)
LOOKS_EVERY_SECONDS: Final = 10.0
Read = Callable[[asyncio.Event, asyncio.Event], Awaitable[None]]
"""Reads until the first event is set, and sets the second while it does."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a process: its topics, its group, and the store of topic ids, which shows whether a topic was recreated."""

    kafka: KafkaConnection
    group: str
    topics: Collection[str]
    witnesses: Witnesses


async def read_on(
    sources: Sources, read: Read, stop: asyncio.Event, ready: asyncio.Event, says: Callable[[str], None]
) -> None:
    """Read until asked to stop. `says` is called with the missing topics, and with "" when none is missing."""

    async def begin() -> Mapping[str, TopicIdentity]:
        try:
            described = await rewind_recreated(sources.kafka, sources.group, sources.topics, sources.witnesses)
        except MissingTopicsError as error:
            says(str(error))
            raise
        says("")
        return described

    watching = asyncio.create_task(keep_witnesses(sources.kafka, sources.topics, sources.witnesses, stop))
    try:
        with suppress(StoppedError):
            while not stop.is_set():
                described = await until_done(begin, stop, "look at the topics")
                async with _until_another(sources, described, stop) as ends:
                    await read(ends, ready)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def _until_another(
    sources: Sources, described: Mapping[str, TopicIdentity], stop: asyncio.Event
) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set at shutdown, or when a topic differs from its description."""
    ends = asyncio.Event()

    async def look() -> None:
        while not await stopped_within(stop, LOOKS_EVERY_SECONDS):
            if await _is_another(sources, described):
                break
        ends.set()

    looking = asyncio.create_task(look())
    try:
        yield ends
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _is_another(sources: Sources, described: Mapping[str, TopicIdentity]) -> bool:
    try:
        found = await describe_topics(sources.kafka, sources.topics)
    except MissingTopicsError as error:
        log.error("topics are gone; reading ends until they are there again", topic=error.topics)  # noqa: TRY400 - the topics say all
        return True
    except Exception:
        metrics.RETRIES.labels("look at the topics").inc()
        log.warning("the topics could not be read; will try again", exc_info=True)
        return False
    changed = sorted(topic for topic, each in found.items() if each != described[topic])
    if changed:
        log.error("topics were created again or have more partitions; reading them again", topic=", ".join(changed))
    return bool(changed)
