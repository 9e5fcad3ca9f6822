"""The heads of the audit trail on their way to the topic that keeps them for ever, and back to whoever checks the ledger."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.people.audit import read_heads
from contracts.events.topics import AUDIT_HEADS
from runtime.clients.topic_reader import read_all
from storage.audit.heads import PostgresAuditHeads, differing
from storage.outbox.queue import PostgresOutbox
from storage.people.staff import Staff
from streams.outbox.publisher import Publisher, PublisherOptions
from streams.outbox.upkeep import AuditHeads
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.running import running

pytestmark = pytest.mark.servers
NOW = datetime(2025, 9, 3, 12, 0, tzinfo=UTC)
CLAIM: Any = "5d8f3a8e-7c8d-5d6b-9f3a-2f1f4f6f7a10"


async def test_the_publisher_that_leads_states_heads_and_the_ledger_is_checked_against_the_topic(
    kafka: KafkaServer, engine: AsyncEngine, database: str
) -> None:
    publisher = Publisher(PublisherOptions(kafka.connection, standby_seconds=0.1), PostgresOutbox(engine, database))
    reporting = AuditHeads(PostgresAuditHeads(engine), lambda: publisher.leads, every_seconds=0.05)
    staff, stop = Staff(engine), asyncio.Event()

    async def shown() -> int:
        return len(await read_all(kafka.connection, AUDIT_HEADS))

    before = await shown()
    async with running(publisher.run):
        loop = asyncio.create_task(reporting.run(stop))
        for number in (1, 2):
            await staff.viewed(CLAIM, "SYN-NURSE", "nurse", NOW)

            async def arrived(count: int = before + number) -> bool:
                return await shown() == count

            await eventually(arrived, "the head was not notified")
        stop.set()
        await loop
    kept = read_heads(await read_all(kafka.connection, AUDIT_HEADS))[before:]
    assert [head.length for head in kept] == [1, 2]
    assert await differing(engine, kept) == []


async def test_nothing_of_the_topic_is_ever_removed(kafka: KafkaServer) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, AUDIT_HEADS)])
    finally:
        await admin.close()
    found = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert (found["retention.ms"], found["cleanup.policy"]) == ("-1", "delete")
