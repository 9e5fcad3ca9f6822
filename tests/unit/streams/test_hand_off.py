from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from contracts.claim_intake.registration import BatchLimits, Registration
from contracts.events.dead_letters import DeadLettered
from contracts.events.topics import CLAIMS_STATUS, DEAD_LETTER
from streams.intake.hand_off import HandOff
from streams.kafka import backoff
from streams.kafka.backoff import StoppedError
from streams.kafka.records import Record
from tests.builders.events import a_claim_event, a_record
from tests.builders.streams.ports import InMemoryClaimLedger, RecordingOffice, RecordingStarter, Trouble

FOREVER = float("inf")


class Bench:
    """A hand-off over recording ports."""

    def __init__(self, batch_size: int = 2) -> None:
        self.ledger, self.starter, self.office = InMemoryClaimLedger(), RecordingStarter(), RecordingOffice()
        self.hand_off = HandOff(self.ledger, self.starter, self.office, BatchLimits(claims=batch_size))
        self.stop = asyncio.Event()

    async def take(self, *records: Record) -> None:
        await self.hand_off.take(records, self.stop)

    async def stopped_while_taking(self, trouble: Trouble, *records: Record) -> None:
        """Ask for shutdown while the trouble lasts."""
        taking = asyncio.create_task(self.take(*records))
        await trouble.met.wait()
        self.stop.set()
        with pytest.raises(StoppedError):
            await taking


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.001)


def _claims(*controls: str) -> list[Record]:
    return [a_record(a_claim_event(control), offset=n) for n, control in enumerate(controls)]


async def test_claims_are_registered_and_started_in_batches_of_at_most_the_size_asked_for() -> None:
    bench = Bench(batch_size=2)
    await bench.take(*_claims("A", "B", "C", "D", "E"))
    assert [len(batch.claim_ids) for batch in bench.starter.started] == [2, 2, 1]
    assert bench.ledger.started == {batch.batch_id for batch in bench.starter.started}
    assert bench.hand_off.in_flight == 3


async def test_refusals_travel_with_the_registration_of_their_neighbours() -> None:
    bench = Bench()
    good, other = _claims("A", "B")
    await bench.take(good, a_record(b"poison", offset=8), a_record(a_claim_event("X", form="?"), offset=9), other)
    assert bench.ledger.controls == {"A", "B"}
    assert [message.topic for message in bench.ledger.messages] == [DEAD_LETTER, DEAD_LETTER, CLAIMS_STATUS]


async def test_a_conflict_is_dead_lettered_and_a_duplicate_is_not() -> None:
    bench = Bench()
    await bench.take(*_claims("A"))
    same, changed = a_claim_event("A"), a_claim_event("A", place_of_service="22")
    await bench.take(a_record(same, offset=20), a_record(changed, offset=21))
    assert bench.ledger.outcomes == [Registration.NEW, Registration.DUPLICATE, Registration.CONFLICT]
    assert [message.topic for message in bench.office.queued] == [DEAD_LETTER]
    assert len(bench.starter.started) == 1


async def test_the_letter_of_a_conflict_is_the_same_when_the_conflict_is_delivered_again() -> None:
    bench = Bench()
    await bench.take(*_claims("A"))
    changed = a_record(a_claim_event("A", place_of_service="22"), offset=21)
    await bench.take(changed)
    await bench.take(changed)
    first, again = bench.office.queued
    assert first == again


@pytest.mark.parametrize("port", ["ledger", "mark", "starter", "office"])
async def test_trouble_with_a_port_is_waited_out(port: str) -> None:
    bench = Bench()
    await bench.take(*_claims("A"))
    bench.ledger.trouble.left = 3 if port == "ledger" else 0
    bench.ledger.mark_trouble.left = 3 if port == "mark" else 0
    bench.starter.trouble.left = 3 if port == "starter" else 0
    bench.office.trouble.left = 3 if port == "office" else 0
    changed = a_record(a_claim_event("A", place_of_service="22"), offset=21)
    await bench.take(changed, a_record(a_claim_event("B"), offset=22))
    assert bench.ledger.controls == {"A", "B"}
    assert len(bench.starter.started) == len(bench.ledger.started) == 2
    assert len(bench.office.queued) == 1


@pytest.mark.parametrize("port", ["ledger", "mark", "starter"])
async def test_shutdown_during_trouble_leaves_the_work_unacknowledged(port: str) -> None:
    bench = Bench()
    trouble = {"ledger": bench.ledger.trouble, "mark": bench.ledger.mark_trouble, "starter": bench.starter.trouble}
    trouble[port].left = FOREVER
    await bench.stopped_while_taking(trouble[port], *_claims("A"))
    assert not bench.ledger.started


async def test_a_batch_whose_start_is_not_on_record_is_started_again_on_redelivery() -> None:
    bench = Bench()
    bench.ledger.mark_trouble.left = FOREVER
    await bench.stopped_while_taking(bench.ledger.mark_trouble, *_claims("A"))
    bench.ledger.mark_trouble.lift()
    await bench.hand_off.take(_claims("A"), asyncio.Event())
    assert bench.ledger.outcomes == [Registration.NEW, Registration.REPEATED]
    assert len(bench.starter.started) == 2
    assert len(bench.ledger.started) == 1


async def test_repair_starts_what_a_crashed_intake_left_and_then_keeps_quiet() -> None:
    bench = Bench()
    bench.starter.trouble.left = FOREVER
    await bench.stopped_while_taking(bench.starter.trouble, *_claims("A"))
    bench.starter.trouble.lift()
    successor = HandOff(bench.ledger, bench.starter, bench.office, BatchLimits(claims=2))
    for _ in range(3):
        await successor.repair(timedelta(hours=1), asyncio.Event())
    assert len(bench.starter.started) == 1
    assert len(bench.ledger.started) == 1


async def test_only_own_batches_count_as_in_flight_and_those_that_temporal_lost_do_not() -> None:
    """Lost batches may not stop intake; slow ones must, however long they take."""
    bench = Bench(batch_size=1)
    bench.ledger.stuck = True
    await bench.take(*_claims("A", "B", "C"))
    other = HandOff(bench.ledger, bench.starter, bench.office, BatchLimits(claims=1))
    assert await other.count_in_flight(timedelta(0), bench.stop) == 0
    assert await bench.hand_off.count_in_flight(timedelta(0), bench.stop) == 3
    bench.starter.lost = {batch.batch_id for batch in bench.starter.started[:2]}
    assert await bench.hand_off.count_in_flight(timedelta(0), bench.stop) == 1
    bench.ledger.stuck = False
    assert await bench.hand_off.count_in_flight(timedelta(0), bench.stop) == 0


async def test_temporal_is_asked_about_old_batches_only_and_not_at_every_turn() -> None:
    bench = Bench(batch_size=1)
    bench.ledger.stuck = True
    await bench.take(*_claims("A", "B"))
    for _ in range(3):
        assert await bench.hand_off.count_in_flight(timedelta(hours=1), bench.stop) == 2
    assert bench.starter.asked == 0


def _of_lines(control: str, lines: int, offset: int) -> Record:
    line = a_claim_event()["data"]["lines"][0]
    numbered = [{**line, "number": number} for number in range(1, lines + 1)]
    return a_record(a_claim_event(control, lines=numbered), offset=offset)


async def test_a_large_claim_is_a_batch_by_itself_and_holds_no_ordinary_one_back() -> None:
    bench = Bench(batch_size=128)
    bench.ledger.stuck = True
    large = [_of_lines(f"L{n}", 450, n) for n in range(8)]
    await bench.take(large[0], *_claims("A", "B"), *large[1:])
    assert [(len(batch.claim_ids), batch.large) for batch in bench.starter.started if batch.large] == [(1, True)] * 8
    assert [len(batch.claim_ids) for batch in bench.starter.started if not batch.large] == [2]
    # Intake pauses by what it counts as in flight: only the ordinary batch.
    assert bench.hand_off.in_flight == 1


async def test_a_poll_of_large_claims_is_registered_in_several_transactions() -> None:
    bench = Bench(batch_size=128)
    await bench.take(*(_of_lines(f"L{n}", 450, n) for n in range(12)))
    # Five claims of 450 lines fill a transaction of some 2,000 lines.
    assert bench.ledger.requests == [5, 5, 2]


async def test_a_poll_of_ordinary_claims_is_one_transaction() -> None:
    bench = Bench(batch_size=128)
    await bench.take(*_claims(*(f"C{n}" for n in range(300))))
    assert bench.ledger.requests == [300]


@pytest.mark.parametrize(
    "limits",
    [BatchLimits(claims=128, lines=100), BatchLimits(claims=128, payload_bytes=12_000)],
    ids=["lines", "bytes"],
)
async def test_a_batch_is_bounded_by_lines_and_by_bytes(limits: BatchLimits) -> None:
    """Each claim has 40 lines, in some 5 kB."""
    bench = Bench()
    hand_off = HandOff(bench.ledger, bench.starter, bench.office, limits)
    await hand_off.take([_of_lines(f"L{n}", 40, n) for n in range(5)], bench.stop)
    assert [len(batch.claim_ids) for batch in bench.starter.started] == [2, 2, 1]


async def test_a_claim_that_cannot_be_stored_is_refused_alone_and_its_neighbours_are_taken() -> None:
    bench = Bench(batch_size=2)
    controls = [f"C{number}" for number in range(9)]
    bench.ledger.unstorable = {"C2", "C7"}
    await bench.take(*_claims(*controls), a_record(b"poison", offset=50))
    letters = [m for m in bench.ledger.messages if m.topic == DEAD_LETTER]
    refused = sorted(DeadLettered.model_validate_json(m.value).data.offset for m in letters)
    assert bench.ledger.controls == set(controls) - {"C2", "C7"}
    assert refused == [2, 7, 50]
    assert set(bench.ledger.batches) == bench.ledger.started
    assert [m.topic for m in bench.ledger.messages].count(CLAIMS_STATUS) == 2, "their sender is answered"
