from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import orjson
import psycopg
import pytest

from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import CLAIMS_STATUS
from contracts.records.decisions import OutboxEntry
from storage.outbox.queue import PostgresOutbox
from storage.outbox.shards import PRESENT, SHARDS
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission
from tests.builders.servers.kafka import eventually

pytestmark = pytest.mark.servers


def _message(number: int) -> OutgoingMessage:
    return OutgoingMessage("determinations", f"key-{number}", f"id-{number}", b'{"text":"\xc3\xa9 \\u0000 \\" x"}')


def _of(entries: Sequence[OutboxEntry]) -> dict[str, list[str]]:
    """The ids of the messages of some entries by their keys, in order."""
    found: dict[str, list[str]] = {}
    for message in (message for entry in entries for message in entry.messages):
        found.setdefault(str(message.key), []).append(message.event_id)
    return found


async def test_entries_come_oldest_first_with_their_bytes_and_go_when_published(stores: Stores) -> None:
    for number in range(3):
        await stores.office.queue([_message(number)])
    first, second = await stores.outbox.pending(2)
    assert first.messages == (_message(0),)
    assert first.entry_id < second.entry_id
    await stores.outbox.mark_published([first.entry_id])
    left = await stores.outbox.pending(10)
    assert [entry.messages for entry in left] == [(_message(1),), (_message(2),)]


async def test_rows_are_compressed_but_large_ones_and_all_come_back_byte_for_byte(stores: Stores) -> None:
    small = [_message(1), OutgoingMessage("determinations", "key-1", "id-2", b'{"same":"text"}' * 9000)]
    large = OutgoingMessage("determinations", "key-3", "id-4", b'{"same":"text"}' * 20_000)
    for messages in (small, [large]):
        await stores.office.queue(messages)
    first, second = (bytes(row) for (row,) in await stores.rows("SELECT messages FROM outbox ORDER BY entry_id"))
    assert len(first) < sum(len(message.value) for message in small) / 100
    assert orjson.loads(second)[0][2] == "id-4"
    assert [entry.messages for entry in await stores.outbox.pending(9)] == [tuple(small), (large,)]


async def test_rows_that_the_version_before_wrote_are_read(stores: Stores) -> None:
    sent = _message(1)
    row = orjson.dumps([[sent.topic, sent.key, sent.event_id, sent.value.decode()]])
    await stores.execute(f"INSERT INTO outbox (messages, size, shard) VALUES ('\\x{row.hex()}', 1, 0)")
    assert [entry.messages for entry in await stores.outbox.pending(9)] == [(sent,)]


async def test_each_key_is_in_one_shard_and_keeps_its_order(stores: Stores) -> None:
    for run in range(3):
        await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, f"k{n}", f"{run}-{n}", b"{}") for n in range(40)])
    by_shard = [_of(await stores.outbox.pending(1000, [shard])) for shard in range(SHARDS)]
    assert sum(len(keys) for keys in by_shard) == 40
    assert all(by_shard), "forty keys fill every shard"
    together = {key: ids for keys in by_shard for key, ids in keys.items()}
    assert together == {f"k{n}": [f"{run}-{n}" for run in range(3)] for n in range(40)}


async def test_a_row_of_the_version_before_goes_after_what_came_before_it_and_alone(stores: Stores) -> None:
    for number in range(3):
        await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, f"k{n}", f"{number}-{n}", b"{}") for n in range(9)])
        await stores.execute("UPDATE outbox SET shard = NULL WHERE entry_id IN (SELECT max(entry_id) FROM outbox)")
    without = [row for (row,) in await stores.rows("SELECT entry_id FROM outbox WHERE shard IS NULL ORDER BY 1")]
    sent: list[int] = []
    while entries := await stores.outbox.pending(100):
        sent += [ids[0] if len(ids := [entry.entry_id for entry in entries]) == 1 else 0]
        assert len(entries) == 1 or not set(without) & {entry.entry_id for entry in entries}
        assert await stores.outbox.pending(100, range(1, SHARDS)) == [] or len(entries) > 1
        await stores.outbox.mark_published([entry.entry_id for entry in entries])
    assert [row for row in sent if row] == without


async def test_nothing_is_queued_for_no_messages(stores: Stores) -> None:
    await stores.office.queue([])
    assert await stores.outbox.pending(10) == []


async def test_publishers_have_equal_shares_and_take_over_what_another_leaves(stores: Stores, database: str) -> None:
    second, third = PostgresOutbox(stores.engine, database), PostgresOutbox(stores.engine, database)
    async with stores.outbox.leases() as mine:
        assert await mine.balance() == frozenset(range(SHARDS))
        async with second.leases() as theirs, third.leases() as others:
            assert await theirs.balance() == await others.balance() == frozenset()
            shares = [await leases.balance() for leases in (mine, theirs, others)]
            assert sorted(len(share) for share in shares) == [2, 3, 3]
            assert frozenset.union(*shares) == frozenset(range(SHARDS))
            assert [await leases.balance() for leases in (mine, theirs, others)] == shares

        async def has_all() -> bool:
            return await mine.balance() == frozenset(range(SHARDS))

        await eventually(has_all, "PostgreSQL gives locks back a moment after their connection ends; these it kept")


async def test_no_publisher_sends_next_to_one_of_the_version_before(stores: Stores, database: str) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as before:
        await before.execute("SELECT pg_advisory_lock(%s)", (PRESENT,))
        async with stores.outbox.leases() as mine:
            assert await mine.balance() == frozenset()
            await before.execute("SELECT pg_advisory_unlock(%s)", (PRESENT,))
            assert await mine.balance() == frozenset(range(SHARDS))
            cursor = await before.execute("SELECT pg_try_advisory_lock(%s)", (PRESENT,))
            assert await cursor.fetchone() == (False,)


async def test_a_publisher_is_woken_by_a_commit(stores: Stores) -> None:
    async with stores.outbox.leases():
        waiting = asyncio.create_task(stores.outbox.wait(30))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await stores.accept(a_submission("C1"))
        await asyncio.wait_for(waiting, 10)


async def test_a_commit_between_looking_and_waiting_is_not_missed(stores: Stores) -> None:
    async with stores.outbox.leases():
        assert await stores.outbox.pending(1) == []
        await stores.office.queue([_message(1)])
        await asyncio.wait_for(stores.outbox.wait(30), 10)
        assert len(await stores.outbox.pending(1)) == 1


async def test_a_wait_without_news_ends(stores: Stores) -> None:
    async with stores.outbox.leases():
        started = time.monotonic()
        await asyncio.wait_for(stores.outbox.wait(0.2), 10)
        assert time.monotonic() - started >= 0.15


async def test_a_publisher_whose_connection_is_cut_notices_and_another_takes_its_shards(
    stores: Stores, database: str
) -> None:
    other = PostgresOutbox(stores.engine, database)

    async def lead_until_cut() -> None:
        async with stores.outbox.leases() as leases:
            assert await leases.balance()
            waiting = asyncio.create_task(stores.outbox.wait(30))
            await asyncio.sleep(0.1)
            await stores.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_locks
                   WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
            )
            await asyncio.wait_for(waiting, 10)

    with pytest.raises(psycopg.OperationalError):
        await lead_until_cut()
    async with other.leases() as theirs:
        assert await theirs.balance() == frozenset(range(SHARDS))
