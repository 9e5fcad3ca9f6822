"""An event id stands for one content for ever: after a restore, and when Kafka then loses its topics too."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import CLAIMS_STATUS
from contracts.ids import name_based
from contracts.records.recovery import PublishedEvent
from storage.recovery.published import keep_published, still_to_send
from storage.recovery.republish import older_determinations, publish_again

pytestmark = pytest.mark.servers

BEFORE = b'{"data":{"status":"decided"},"id":"E-1","time":"2025-09-03T09:00:00Z"}'
AGAIN = b'{"data":{"status":"decided"},"id":"E-1","time":"2025-09-03T09:10:00Z"}'


async def sent(engine: AsyncEngine, value: bytes, identity: str = "E-1") -> list[tuple[str, bytes]]:
    """Return what the publisher sends of an event in the outbox."""
    async with engine.begin() as connection:
        [messages] = await still_to_send(connection, [[OutgoingMessage(CLAIMS_STATUS, "KEY", identity, value)]])
    return [(each.event_id, each.value) for each in messages if isinstance(each, OutgoingMessage)]


async def test_an_event_that_differs_gets_a_new_id_and_keeps_it_when_kafka_is_empty(engine: AsyncEngine) -> None:
    twice = [PublishedEvent(CLAIMS_STATUS, "E-1", BEFORE)] * 2
    await keep_published(engine, twice)
    assert await sent(engine, BEFORE) == [], "it is on its topic"
    [(renamed, value)] = await sent(engine, AGAIN)
    assert renamed != "E-1"
    assert orjson.loads(value)["id"] == renamed

    await publish_again(engine)
    assert await sent(engine, BEFORE) == [("E-1", BEFORE)], "its topic is gone, so it goes out again as it was"
    assert await sent(engine, AGAIN) == [(renamed, value)]
    assert await sent(engine, b'{"id":"E-2"}', "E-2") == [("E-2", b'{"id":"E-2"}')]

    await keep_published(engine, twice)
    assert await sent(engine, BEFORE) == [], "a later recovery found it on its topic"


async def test_versions_of_one_claim_are_published_again_in_their_order(engine: AsyncEngine) -> None:
    """A reader keeps the last one that comes, and the ids of the events have no order."""
    claim = "00000000-0000-4000-8000-00000000000a"
    events = [(version, orjson.dumps({"id": name_based(f"republished:{version}")}).decode()) for version in range(1, 9)]
    async with engine.begin() as connection:
        for version, event in reversed(events):
            await connection.execute(
                text(
                    "INSERT INTO published_decisions (claim_id, version, event, standing) VALUES (:c, :v, :e, 'unsigned')"
                ),
                {"c": claim, "v": version, "e": event},
            )
    again = [each.event.value.decode() async for each in older_determinations(engine)]
    assert again == [event for _, event in events]
