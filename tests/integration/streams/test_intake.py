"""Intake on a real broker: nothing is lost, nothing is acknowledged early."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta

import orjson
import pytest

from contracts.claim_intake.registration import BatchLimits
from contracts.events.dead_letters import DeadLettered
from contracts.events.topics import CLAIMS_SUBMITTED, DEAD_LETTER
from tests.builders.events import a_claim_event, a_line
from tests.builders.servers.batches import a_batch, send_batch
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.intake_bench import Bench
from tests.builders.streams.running import running

pytestmark = pytest.mark.servers
POISON = b"\xff\xfe\x00 no claim at all"
FOREVER = float("inf")


@pytest.fixture
async def bench(kafka: KafkaServer) -> Bench:
    return Bench(kafka, await kafka.new_group(CLAIMS_SUBMITTED))


async def test_poison_between_good_claims_is_dead_lettered_and_loses_nothing(bench: Bench, kafka: KafkaServer) -> None:
    values = [orjson.dumps(a_claim_event("A")), POISON, b"", orjson.dumps(a_claim_event("B"))]
    await kafka.send(CLAIMS_SUBMITTED, values, partition=2)
    async with running(bench.intake().run):
        await bench.everything_is_acknowledged()
    letters = [message for message in bench.ledger.messages if message.topic == DEAD_LETTER]
    originals = [DeadLettered.model_validate_json(letter.value).data.value_base64 for letter in letters]
    assert bench.ledger.controls == {"A", "B"}
    assert [base64.b64decode(text or "") for text in originals] == [POISON, b""]


async def test_a_header_whose_name_is_no_text_neither_stops_the_stream_nor_harms_its_claim(
    bench: Bench, kafka: KafkaServer
) -> None:
    """Kafka keeps names as bytes, and not every client writes UTF-8."""
    await kafka.send(CLAIMS_SUBMITTED, [orjson.dumps(a_claim_event("A"))], partition=2)
    values = [orjson.dumps(a_claim_event("B")), POISON, orjson.dumps(a_claim_event("C"))]
    await kafka.send_headed(CLAIMS_SUBMITTED, values, b"caf\xe9-\xff", partition=2)
    await kafka.send(CLAIMS_SUBMITTED, [orjson.dumps(a_claim_event("D"))], partition=2)
    async with running(bench.intake().run):
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == {"A", "B", "C", "D"}
    [letter] = [message for message in bench.ledger.messages if message.topic == DEAD_LETTER]
    shown = DeadLettered.model_validate_json(letter.value).data
    assert base64.b64decode(shown.value_base64 or "") == POISON
    assert [(each.name, each.value_base64) for each in shown.headers or ()] == [("caf\\xe9-\\xff", "MQ==")]


@pytest.mark.parametrize("port", ["register", "start", "mark"])
async def test_an_outage_commits_nothing_early_and_loses_nothing(bench: Bench, port: str) -> None:
    ledger, starter = bench.ledger, bench.starter
    trouble = {"register": ledger.trouble, "start": starter.trouble, "mark": ledger.mark_trouble}[port]
    trouble.left = FOREVER
    await bench.send("A", "B", "C")
    async with running(bench.intake().run):
        await eventually(lambda: trouble.times_met >= 3, "the outage was not met")
        assert await bench.unacknowledged() == 3
        trouble.lift()
        await bench.everything_is_acknowledged()
    assert ledger.controls == {"A", "B", "C"}
    assert set(ledger.batches) == ledger.started == {batch.batch_id for batch in starter.started}


async def test_shutdown_during_an_outage_ends_at_once_and_the_next_intake_takes_the_claims(bench: Bench) -> None:
    bench.ledger.trouble.left = FOREVER
    await bench.send("A", "B")
    async with running(bench.intake().run):
        await bench.ledger.trouble.met.wait()
    assert await bench.unacknowledged() == 2
    bench.ledger.trouble.lift()
    async with running(bench.intake().run):
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == {"A", "B"}


async def test_too_much_in_flight_pauses_and_room_resumes(bench: Bench) -> None:
    controls = [f"P{number}" for number in range(40)]
    bench.ledger.stuck = True
    await bench.send(*controls)
    async with running(bench.intake(max_batches_in_flight=3).run):
        await eventually(lambda: bench.ledger.counted > 20, "the ledger was not asked how much is in flight")
        taken = len(bench.ledger.known)
        assert taken < len(controls)
        asked = bench.ledger.counted
        await eventually(lambda: bench.ledger.counted > asked + 20, "polling stopped")
        assert len(bench.ledger.known) == taken
        assert await bench.unacknowledged() == len(controls) - taken
        bench.ledger.stuck = False
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == set(controls)


async def test_while_enough_batches_run_claims_wait_for_a_whole_batch_or_for_one_to_end(bench: Bench) -> None:
    ledger, forever = bench.ledger, 600_000
    ledger.stuck = True

    async def arrives(*controls: str) -> None:
        before = len(ledger.known)
        await bench.send(*controls)
        await eventually(lambda: len(ledger.known) == before + len(controls), f"{controls} did not get in")

    async with running(bench.intake(small_batches_in_flight=2, max_batches_in_flight=9, hold_ms=forever).run):
        await arrives("A")
        await arrives("B")
        await bench.send("C")
        asked = ledger.counted
        await eventually(lambda: ledger.counted > asked + 5, "no person asked whether a batch has ended")
        assert ledger.controls == {"A", "B"}
        await bench.send("D", "E", "F")
        await eventually(lambda: len(ledger.known) == 6, "a whole batch waited")
        await bench.send("G")
        ledger.stuck = False
        await bench.everything_is_acknowledged()
    assert [len(batch.claim_ids) for batch in bench.starter.started] == [1, 1, 4, 1]


async def test_one_batch_in_flight_is_enough_to_work(bench: Bench) -> None:
    await bench.send("A", "B", "C")
    async with running(bench.intake(max_batches_in_flight=1).run):
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == {"A", "B", "C"}


async def test_partitions_that_change_hands_while_paused_lose_nothing(bench: Bench) -> None:
    """A rebalance hands out partitions that are not paused yet; what they bring at that moment must be kept."""
    controls = [f"R{number}" for number in range(60)]
    bench.ledger.stuck = True
    await bench.send(*controls[:30])
    async with running(bench.intake().run):
        await eventually(lambda: bench.ledger.counted > 5, "intake was not paused")
        async with running(bench.intake().run):
            await bench.send(*controls[30:])
            asked = bench.ledger.counted
            await eventually(lambda: bench.ledger.counted > asked + 50, "no person asked for room any more")
        bench.ledger.stuck = False
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == set(controls)


async def test_intakes_that_come_and_go_share_the_claims_and_lose_nothing(bench: Bench) -> None:
    controls = [f"S{number}" for number in range(90)]
    async with running(bench.intake().run):
        sending = asyncio.create_task(bench.send(*controls))
        for _ in range(2):
            async with running(bench.intake().run):
                await asyncio.sleep(1)
        await sending
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == set(controls)


def _large(control: str) -> bytes:
    return orjson.dumps(a_claim_event(control, lines=[a_line(number) for number in range(1, 601)]))


async def test_ordinary_claims_pass_large_ones_before_them_but_not_those_of_their_member(
    bench: Bench, kafka: KafkaServer
) -> None:
    for number in range(12):
        await kafka.send(CLAIMS_SUBMITTED, [_large(f"L{number}")], key=b"%d" % number, partition=1)
    await kafka.send(CLAIMS_SUBMITTED, [orjson.dumps(a_claim_event("after-L11"))], key=b"11", partition=1)
    for number in range(5):
        value = orjson.dumps(a_claim_event(f"O{number}"))
        await kafka.send(CLAIMS_SUBMITTED, [value], key=b"ordinary", partition=1)
    bench.ledger.large_may_pass.clear()
    async with running(bench.intake().run):
        ordinary = {f"O{number}" for number in range(5)}
        await eventually(lambda: bench.ledger.controls == ordinary, "ordinary claims waited for a large one")
        bench.ledger.large_may_pass.set()
        await bench.everything_is_acknowledged()
    order = [submission.claim.claim_control_number for submission in bench.ledger.known.values()]
    assert len(order) == 18
    assert order.index("L11") < order.index("after-L11")


async def test_a_large_claim_does_not_pass_an_ordinary_one_of_its_member_that_is_being_registered(
    bench: Bench, kafka: KafkaServer
) -> None:
    ledger = bench.ledger
    ledger.large_may_pass.clear()
    ledger.ordinary_may_pass.clear()
    await kafka.send(CLAIMS_SUBMITTED, [_large("L0")], key=b"another", partition=1)
    async with running(bench.intake().run):
        await eventually(lambda: ledger.waiting[ledger.large_may_pass] == 1, "the first large claim did not come")
        before, after = orjson.dumps(a_claim_event("before")), _large("after")
        one_poll = a_batch([(b"member", before, ()), (b"member", after, ())])
        await send_batch(kafka.bootstrap, CLAIMS_SUBMITTED, 1, one_poll)
        await eventually(lambda: ledger.waiting[ledger.ordinary_may_pass] == 1, "the ordinary claim did not come")
        bench.ledger.large_may_pass.set()
        await eventually(lambda: bench.ledger.controls == {"L0"}, "the first large claim was not registered")
        await asyncio.sleep(0.5)
        bench.ledger.ordinary_may_pass.set()
        await bench.everything_is_acknowledged()
    order = [submission.claim.claim_control_number for submission in bench.ledger.known.values()]
    assert order == ["L0", "before", "after"]


async def test_large_claims_that_wait_while_an_intake_ends_are_read_by_the_next(
    bench: Bench, kafka: KafkaServer
) -> None:
    controls = {f"L{number}" for number in range(12)}
    for control in sorted(controls):
        await kafka.send(CLAIMS_SUBMITTED, [_large(control)], key=control.encode(), partition=3)
    async with running(bench.intake().run):
        await eventually(lambda: bool(bench.ledger.known), "no claim was registered")
        async with running(bench.intake().run):  # takes partitions over while claims wait
            await eventually(lambda: len(bench.ledger.known) > 3, "no further claim was registered")
    assert bench.ledger.controls <= controls
    async with running(bench.intake().run):
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == controls


async def test_a_broker_that_is_killed_and_comes_back_loses_nothing(bench: Bench, kafka: KafkaServer) -> None:
    await bench.send("A", "B")
    async with running(bench.intake().run):
        await bench.everything_is_acknowledged()
        await asyncio.to_thread(kafka.stack.kill, "kafka")
        await asyncio.sleep(2)
        await asyncio.to_thread(kafka.stack.start, "kafka", lambda _name, _what: None)
        await bench.send("C", "D")
        await bench.everything_is_acknowledged()
    assert bench.ledger.controls == {"A", "B", "C", "D"}


async def test_a_new_partition_is_read_behind_what_older_ones_held_when_it_began(
    bench: Bench, kafka: KafkaServer
) -> None:
    """A member may have moved there, and earlier claims of the same member still wait where they were sent."""
    try:
        await kafka.recreate(CLAIMS_SUBMITTED)
        before = [f"before-{number}" for number in range(40)]
        await bench.send(*before[:6])  # one to each partition, which makes all of them older than the new one
        await asyncio.sleep(1.5)
        await bench.send(*before[6:])
        await kafka.add_partition(CLAIMS_SUBMITTED)
        await kafka.send(CLAIMS_SUBMITTED, [orjson.dumps(a_claim_event("moved"))], partition=6)
        later = [orjson.dumps(a_claim_event(f"later-{number}")) for number in range(3)]
        await kafka.send(CLAIMS_SUBMITTED, later, partition=1)
        options = {"settled_after": timedelta(seconds=1), "batches": BatchLimits(claims=1), "batches_per_poll": 1}
        async with running(bench.intake(**options).run), running(bench.intake(**options).run):
            await eventually(lambda: len(bench.ledger.known) == 44, "not everything was registered")
        order = [submission.claim.claim_control_number for submission in bench.ledger.known.values()]
        assert set(order[: order.index("moved")]) >= set(before)
    finally:
        await kafka.recreate(CLAIMS_SUBMITTED)
