"""Old published rows go; `verify` still checks what they said, and nothing unpublished is touched."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.outgoing import Outgoing, OutgoingMessage, ReplayedEvent
from contracts.events.topics import CLAIMS_STATUS, CLAIMS_SUBMITTED
from storage.outbox import queue as outbox_module
from storage.outbox.digests import digest, unpack_digests
from storage.outbox.retention import MOST_MESSAGES, MOST_ROWS, PostgresOutboxRetention
from tests.builders.ledger.ledgers import Stores, approved
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

WEEK = timedelta(days=7)
NOT_SENT = "a determination is in the outbox once, byte for byte"


@pytest.fixture
def retention(engine: AsyncEngine) -> PostgresOutboxRetention:
    return PostgresOutboxRetention(engine, WEEK)


async def _published(stores: Stores, days_ago: int, up_to: int | None = None) -> None:
    everything = "" if up_to is None else f" WHERE entry_id <= {up_to}"
    await stores.execute(f"UPDATE outbox SET published_at = now() - interval '{days_ago} days'{everything}")


async def _a_decided_claim(stores: Stores, control_number: str = "C1") -> None:
    batch, [one] = await stores.accept(a_submission(control_number))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, approved(one.claim.lines[0]))])


async def _left(stores: Stores) -> int:
    [(count,)] = await stores.rows("SELECT count(*) FROM outbox")
    return int(count)


async def test_rows_published_before_the_horizon_go_and_younger_ones_stay(
    stores: Stores, retention: PostgresOutboxRetention
) -> None:
    for number in range(3):
        await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, "k", f"id-{number}", b"{}")])
    await _published(stores, 6)
    await _published(stores, 8, up_to=2)
    assert await retention.remove_some() == 2
    assert await retention.remove_some() == 0
    assert await stores.rows("SELECT entry_id FROM outbox") == [(3,)]


async def test_what_is_not_published_never_goes_however_old(stores: Stores, retention: PostgresOutboxRetention) -> None:
    await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, "k", "id", b"{}")])
    await stores.execute("UPDATE outbox SET created_at = now() - interval '400 days'")
    assert await retention.remove_some() == 0
    assert len(await stores.outbox.pending(10)) == 1


async def test_verify_passes_after_a_decided_claims_rows_are_gone(
    stores: Stores, retention: PostgresOutboxRetention
) -> None:
    await _a_decided_claim(stores)
    await _published(stores, 8)
    assert await retention.remove_some() > 0
    assert await _left(stores) == 0
    assert await stores.broken() == []


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM outbox_digests",
        """UPDATE determinations SET event = replace(event::text, '"payable":"', '"payable": "')::json""",
    ],
)
async def test_verify_still_names_a_determination_that_is_missing_or_says_something_else(
    stores: Stores, retention: PostgresOutboxRetention, tampering: str
) -> None:
    await _a_decided_claim(stores)
    await _published(stores, 8)
    await retention.remove_some()
    await stores.execute(tampering)
    assert await stores.broken() == [NOT_SENT]


async def test_verify_still_names_a_determination_sent_again_after_its_row_is_gone(
    stores: Stores, retention: PostgresOutboxRetention
) -> None:
    await _a_decided_claim(stores)
    await _published(stores, 8)
    again = await stores.sent()
    await retention.remove_some()
    await stores.office.queue(again)
    assert await stores.broken() == [NOT_SENT]


async def test_verify_still_names_an_event_id_that_comes_back_with_other_bytes(
    stores: Stores, retention: PostgresOutboxRetention
) -> None:
    await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, "k", "id", b"{}")])
    await _published(stores, 8)
    await retention.remove_some()
    await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, "k", "id", b"{}")])
    assert await stores.broken() == []
    await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, "k", "id", b'{"other":1}')])
    assert await stores.broken() == ["an event id always has the same bytes"]


async def test_two_who_remove_at_once_keep_each_digest_once(
    stores: Stores, engine: AsyncEngine, retention: PostgresOutboxRetention
) -> None:
    messages = [OutgoingMessage(CLAIMS_STATUS, "k", f"id-{number}", b"%d" % number) for number in range(20)]
    for message in messages:
        await stores.office.queue([message])
    async with engine.begin() as connection:
        replay = ReplayedEvent(CLAIMS_SUBMITTED, None, "a-replay", None)
        await outbox_module.put_replays(connection, [replay])
    await _published(stores, 8)
    counts = await asyncio.gather(*(PostgresOutboxRetention(engine, WEEK).remove_some() for _ in range(4)))
    assert sum(counts) == 21
    kept = [
        each
        for (packed,) in await stores.rows("SELECT digests FROM outbox_digests ORDER BY block_id")
        for each in unpack_digests(packed)
    ]
    queued: list[Outgoing] = [*messages, replay]
    assert sorted(kept) == sorted(digest(message) for message in queued)


async def test_a_batch_is_bounded_by_rows_and_by_messages(stores: Stores, retention: PostgresOutboxRetention) -> None:
    for number in range(MOST_ROWS + 1):
        await stores.office.queue([OutgoingMessage(CLAIMS_STATUS, "k", f"id-{number}", b"{}")])
    for row in range(3):
        full = [OutgoingMessage(CLAIMS_STATUS, "k", f"full-{row}-{n}", b"{}") for n in range(MOST_MESSAGES - 1)]
        await stores.office.queue(full)
    await _published(stores, 8)
    assert [await retention.remove_some() for _ in range(5)] == [MOST_ROWS, 2, 2, 0, 0]
    assert await _left(stores) == 0
