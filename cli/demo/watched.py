"""The start of every story of the demonstration: publish the coverage, then watch the claim."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.demo.feed_wait import wait_for_feeds
from cli.demo.maker import DemoRecord
from cli.demo.story import Story
from cli.demo.world import World
from runtime import wiring
from runtime.clients.submit import publish
from runtime.clients.terminal import progress
from runtime.clients.topic_reader import TopicTail
from runtime.settings import Settings
from streams.kafka.connection import KafkaConnection


@asynccontextmanager
async def watched(settings: Settings, coverage: DemoRecord, claim: DemoRecord) -> AsyncIterator[Story]:
    """Publish the coverage, wait until it is stored, and watch the events of a claim that is sent later."""
    kafka = wiring.kafka(settings)
    await publish_record(kafka, coverage)
    await wait_for_feeds(settings, World((coverage,), (claim,)))
    tail = TopicTail(kafka)
    await tail.start(from_end=True)
    try:
        yield Story(settings, tail, claim.claim_id or "")
    finally:
        await tail.stop()


async def publish_record(kafka: KafkaConnection, record: DemoRecord) -> None:
    """Publish one record of the demonstration, and print its topic."""
    await publish(kafka, [(record.topic, record.key, record.value)])
    progress.print(f"  published on {record.topic}")
