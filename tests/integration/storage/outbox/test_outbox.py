from __future__ import annotations

import asyncio
import time

import psycopg
import pytest

from contracts.events.outgoing import OutgoingMessage
from storage.outbox.queue import PostgresOutbox
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers


def _message(number: int) -> OutgoingMessage:
    return OutgoingMessage("determinations", f"key-{number}", f"id-{number}", b'{"text":"\xc3\xa9 \\u0000 \\" x"}')


async def test_entries_come_oldest_first_with_their_bytes_and_go_when_published(stores: Stores) -> None:
    for number in range(3):
        await stores.office.queue([_message(number), _message(number + 10)])
    first, second = await stores.outbox.pending(2)
    assert first.messages == (_message(0), _message(10))
    assert first.entry_id < second.entry_id
    await stores.outbox.mark_published([first.entry_id])
    left = await stores.outbox.pending(10)
    assert [entry.messages[0] for entry in left] == [_message(1), _message(2)]


async def test_nothing_is_queued_for_no_messages(stores: Stores) -> None:
    await stores.office.queue([])
    assert await stores.outbox.pending(10) == []


async def test_one_publisher_leads_until_it_lets_go(stores: Stores, database: str) -> None:
    other = PostgresOutbox(stores.engine, database)
    async with stores.outbox.leadership() as mine:
        assert mine
        async with other.leadership() as theirs:
            assert not theirs
    async with other.leadership() as theirs:
        assert theirs


async def test_a_leader_is_woken_by_a_commit(stores: Stores) -> None:
    async with stores.outbox.leadership():
        waiting = asyncio.create_task(stores.outbox.wait(30))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await stores.accept(a_submission("C1"))
        await asyncio.wait_for(waiting, 10)


async def test_a_commit_between_looking_and_waiting_is_not_missed(stores: Stores) -> None:
    async with stores.outbox.leadership():
        assert await stores.outbox.pending(1) == []
        await stores.office.queue([_message(1)])
        await asyncio.wait_for(stores.outbox.wait(30), 10)
        assert len(await stores.outbox.pending(1)) == 1


async def test_a_wait_without_news_ends(stores: Stores) -> None:
    async with stores.outbox.leadership():
        started = time.monotonic()
        await asyncio.wait_for(stores.outbox.wait(0.2), 10)
        assert time.monotonic() - started >= 0.15


async def test_a_leader_whose_connection_is_cut_notices_and_another_can_lead(stores: Stores, database: str) -> None:
    other = PostgresOutbox(stores.engine, database)

    async def lead_until_cut() -> None:
        async with stores.outbox.leadership():
            waiting = asyncio.create_task(stores.outbox.wait(30))
            await asyncio.sleep(0.1)
            await stores.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_locks
                   WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
            )
            await asyncio.wait_for(waiting, 10)

    with pytest.raises(psycopg.OperationalError):
        await lead_until_cut()
    async with other.leadership() as theirs:
        assert theirs
