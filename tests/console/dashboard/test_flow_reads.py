from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.events.dead_letters import Refusal
from contracts.records.dashboard import ClaimsAsked, LineOutcome
from storage.dashboard.flow import FlowQueries
from storage.dashboard.lists import LISTS, ClaimLists
from storage.dashboard.rollups import MinuteCounts
from storage.dashboard.waiting import WaitingQueries
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter
from tests.builders.ledger.ledgers import Stores, denied
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers
NOON = datetime(2025, 9, 3, 12, 0, tzinfo=UTC)
FIVE = timedelta(seconds=5)


@pytest.fixture
async def morning(stores: Stores) -> Stores:
    """Three claims of half past eleven: one approved at once, one denied at once, one that waits and is decided at noon."""
    batch, stored = await stores.accept(*(a_submission(f"C-{n}", offset=n) for n in range(4)))
    quick, refused, slow, waits = stored
    await stores.decisions.commit(batch.batch_id, [stores.determined(quick), stores.pended(slow), stores.pended(waits)])
    await stores.decisions.commit(
        batch.batch_id,
        [stores.determined(refused, denied(refused.claim.lines[0])), stores.determined(slow, round_number=1)],
    )
    at = NOON - timedelta(minutes=30)
    await stores.execute(
        f"UPDATE claims SET registered_at = '{at}', received_at = '{at - timedelta(seconds=1)}'",
        f"UPDATE determinations SET decided_at = '{at + timedelta(seconds=2)}'",
        f"UPDATE pends SET opened_at = '{at + timedelta(seconds=3)}'",
        f"UPDATE determinations SET decided_at = '{NOON}' WHERE claim_id = '{slow.claim.claim_id}'",
    )
    return stores


async def test_stretches_hold_what_happened_in_them_and_nothing_of_others(morning: Stores) -> None:
    flow = FlowQueries(morning.engine)
    at = NOON - timedelta(minutes=30)
    quiet, busy, after = await flow.points(at - FIVE, at + 2 * FIVE, FIVE)
    assert (quiet.received, quiet.determined, quiet.pended, quiet.latency_p50) == (0, 0, 0, None)
    assert (busy.at, busy.received, busy.determined, busy.straight_through, busy.pended) == (at, 4, 2, 2, 2)
    assert busy.latency_p50 == pytest.approx(3.0)
    assert after.determined == 0


async def test_a_claim_that_waited_is_determined_but_not_straight_through(morning: Stores) -> None:
    [point] = await FlowQueries(morning.engine).points(NOON, NOON + FIVE, FIVE)
    assert (point.determined, point.straight_through, point.latency_p50) == (1, 0, None)


async def test_latency_is_of_claims_that_needed_no_person(morning: Stores) -> None:
    flow = FlowQueries(morning.engine)
    spread = await flow.latency(NOON - timedelta(hours=1), NOON + FIVE)
    assert spread.claims == 2
    assert spread.p95 == pytest.approx(3.0)
    assert (await flow.latency(NOON, NOON + FIVE)).p50 is None


async def test_the_outbox_states_what_is_not_published(morning: Stores) -> None:
    publishing = await FlowQueries(morning.engine).publishing()
    first = await morning.rows("SELECT shard, count(*), min(created_at) FROM outbox GROUP BY shard ORDER BY shard")
    assert [(each.shard, each.pending, each.oldest_at) for each in publishing.shards] == [tuple(row) for row in first]
    assert publishing.pending == len(await morning.rows("SELECT 1 FROM outbox"))
    assert publishing.took.p50 is None
    entries = await morning.outbox.pending(100)
    await morning.outbox.mark_published([entry.entry_id for entry in entries])
    published = await FlowQueries(morning.engine).publishing()
    assert (published.pending, published.shards) == (0, ())
    assert published.took.p95 is not None


async def test_minutes_counted_twice_are_counted_once(morning: Stores) -> None:
    roll_ups = MinuteCounts(morning.engine)
    for _ in range(2):
        await roll_ups.fill(NOON - timedelta(hours=1), NOON)
    totals = await roll_ups.totals(NOON - timedelta(hours=1))
    assert (totals.received, totals.determined, totals.straight_through, totals.pended) == (4, 3, 2, 2)
    assert totals.first_pass == pytest.approx(0.5)
    assert set(totals.lines) == {LineOutcome("approved", "", "", 2), LineOutcome("denied", "OA", "18", 1)}
    assert await roll_ups.filled_until(NOON - timedelta(hours=1)) == NOON
    assert (await roll_ups.totals(NOON)).received == 0


async def test_what_was_committed_late_is_found_when_its_minute_is_counted_again(morning: Stores) -> None:
    roll_ups = MinuteCounts(morning.engine)
    await roll_ups.fill(NOON - timedelta(hours=1), NOON)
    _, [late] = await morning.accept(a_submission("LATE", offset=9))
    at = NOON - timedelta(minutes=2)
    await morning.execute(f"UPDATE claims SET registered_at = '{at}' WHERE claim_id = '{late.claim.claim_id}'")
    await roll_ups.fill(NOON - timedelta(minutes=3), NOON)
    assert (await roll_ups.totals(NOON - timedelta(hours=1))).received == 5


async def test_old_minutes_are_forgotten(morning: Stores) -> None:
    roll_ups = MinuteCounts(morning.engine)
    await roll_ups.fill(NOON - timedelta(hours=1), NOON)
    await roll_ups.forget_old(NOON + timedelta(days=60))
    assert await roll_ups.filled_until(NOON - timedelta(days=100)) is None


async def test_waiting_claims_are_counted_by_reason_and_age(morning: Stores) -> None:
    reads = WaitingQueries(morning.engine)
    found = await reads.waiting(NOON + timedelta(days=4))
    [family] = found.reasons
    assert (found.claims, family.code, family.claims) == (1, "P-FAM", 1)
    assert family.ages == (0, 0, 1, 0, 0)


async def test_a_stamp_changes_when_a_claim_is_tried_again(morning: Stores) -> None:
    reads = WaitingQueries(morning.engine)
    [before] = await reads.stamps()
    await morning.execute("UPDATE pends SET round = round + 1 WHERE closed_at IS NULL")
    [after] = await reads.stamps()
    assert after.claim_id == before.claim_id
    assert after.stamp != before.stamp


async def test_every_list_pages_by_key_and_shows_each_claim_once(morning: Stores) -> None:
    lists = ClaimLists(morning.engine)
    expected = {"received": 4, "determined": 3, "straight-through": 2, "pended": 2, "waiting": 1, "outcome": 1}
    keys = {"outcome": "denied|OA|18"}
    for name in LISTS:
        seen = []
        before = None
        for _ in range(5):
            asked = ClaimsAsked(name, NOON - timedelta(days=1), 1, keys.get(name, ""), before)
            page = await lists.listed(asked)
            seen += [claim.claim_id for claim in page]
            if not page:
                break
            before = (page[-1].at, page[-1].claim_id)
        assert len(seen) == len(set(seen)) == expected.get(name, 0), name


async def test_the_waiting_list_keeps_one_reason(morning: Stores) -> None:
    lists = ClaimLists(morning.engine)
    since = NOON - timedelta(days=1)
    asked = ClaimsAsked("waiting", since, 10, "P-FAM")
    [claim] = await lists.listed(asked)
    assert "P-FAM" in claim.detail
    assert await lists.listed(ClaimsAsked("waiting", since, 10, "P-DOC")) == ()
    assert await lists.listed(ClaimsAsked("waiting", NOON, 10, "P-FAM")) == (), "it has waited since before noon"
    assert await lists.named([claim.claim_id]) == {claim.claim_id: (claim.control_number, claim.payer_claim_number)}


async def test_dead_letters_are_in_the_flow_and_grouped_until_they_are_replayed(morning: Stores) -> None:
    record = Record("claims.submitted", 0, 7, NOON, b"key", b"{}")
    letter = dead_letter(record, Refusal.SCHEMA, ())
    await morning.office.queue([letter])
    await morning.execute(f"UPDATE dead_letters SET kept_at = '{NOON}'")
    flow = FlowQueries(morning.engine)
    [point] = await flow.points(NOON, NOON + FIVE, FIVE)
    assert point.dead_letters == 1
    roll_ups = MinuteCounts(morning.engine)
    await roll_ups.fill(NOON, NOON)
    assert (await roll_ups.totals(NOON)).dead_letters == 1
    [group] = await flow.dead_letters()
    assert (group.topic, group.refusal, group.letters, group.oldest_at) == ("claims.submitted", "schema", 1, NOON)
    await morning.execute("UPDATE dead_letters SET replayed_at = now()")
    assert await flow.dead_letters() == ()
