from __future__ import annotations

from aiokafka import TopicPartition

from benchmarks.load import large_claims
from contracts.events.topics import CLAIMS_SUBMITTED
from streams.intake.aside import LARGE, Aside
from streams.kafka.records import Record
from tests.builders.events import RECEIVED

LONG = LARGE + 1


def a_record(offset: int, size: int = 10, key: bytes | None = b"other", partition: int = 0) -> Record:
    return Record(CLAIMS_SUBMITTED, partition, offset, RECEIVED, key, b"x" * size)


def offsets(records: list[Record]) -> list[int]:
    return [record.offset for record in records]


def ordinary(aside: Aside, poll: list[Record]) -> list[int]:
    """Sort a poll out and queue what is to be queued, as intake does once the ordinary records are registered."""
    at_once, later = aside.sort_out(poll)
    aside.queue(later)
    return offsets(at_once)


def test_ordinary_records_pass_large_ones_of_other_keys() -> None:
    aside = Aside()
    poll = [a_record(1, LONG, b"a"), a_record(2), a_record(3, LONG, b"b"), a_record(4)]
    assert ordinary(aside, poll) == [2, 4]
    assert offsets(aside.some()) == [1, 3]


def test_records_of_one_key_keep_their_order() -> None:
    aside = Aside()
    assert ordinary(aside, [a_record(1, LONG, b"a"), a_record(2, 10, b"a"), a_record(3)]) == [3]
    assert ordinary(aside, [a_record(4, 10, b"a"), a_record(5, 10, b"a", partition=1)]) == [5]
    taken = aside.some()
    assert offsets(taken) == [1, 2, 4]
    aside.done(taken)
    assert ordinary(aside, [a_record(6, 10, b"a")]) == [6]


def test_a_large_record_is_not_to_be_had_before_the_ordinary_ones_of_its_poll_are_registered() -> None:
    aside = Aside()
    at_once, later = aside.sort_out([a_record(1, 10, b"a"), a_record(2, LONG, b"a"), a_record(3, 10, b"a")])
    assert (offsets(at_once), offsets(later), aside.some()) == ([1], [2, 3], [])
    aside.queue(later)
    assert offsets(aside.some()) == [2, 3]


def test_records_without_a_key_may_belong_to_one_member_and_keep_their_order() -> None:
    aside = Aside()
    assert ordinary(aside, [a_record(1, LONG, None), a_record(2, 10, None), a_record(3)]) == [3]


def test_some_are_taken_at_a_time_and_at_least_one() -> None:
    aside = Aside(at_a_time=2 * LONG)
    ordinary(aside, [a_record(offset, LONG, b"%d" % offset) for offset in range(5)])
    assert offsets(aside.some()) == [0, 1]
    aside.done(aside.some())
    assert offsets(aside.some()) == [2, 3]
    aside.done(aside.some())
    assert offsets(aside.some()) == [4]


def test_a_claim_of_450_lines_is_registered_alone_before_ordinary_ones_have_their_turn() -> None:
    [(_, value)] = large_claims(1, 450, 1)
    aside = Aside()
    ordinary(aside, [Record(CLAIMS_SUBMITTED, 0, offset, RECEIVED, b"%d" % offset, value) for offset in range(3)])
    assert offsets(aside.some()) == [0]


def test_nothing_from_the_first_that_waits_on_is_committed() -> None:
    aside = Aside(at_a_time=1)
    ordinary(aside, [a_record(7, LONG, b"a"), a_record(9, LONG, b"b"), a_record(3, LONG, b"c", partition=1)])
    first, second = TopicPartition(CLAIMS_SUBMITTED, 0), TopicPartition(CLAIMS_SUBMITTED, 1)
    assert aside.first() == {first: 7, second: 3}
    aside.done(aside.some())
    assert aside.first() == {first: 9, second: 3}


def test_it_is_full_when_too_many_bytes_wait_and_empty_when_the_partitions_went_away() -> None:
    aside = Aside(most=2 * LONG)
    ordinary(aside, [a_record(1, LONG, b"a")])
    full = [aside.full]
    ordinary(aside, [a_record(2, LONG, b"b")])
    assert [*full, aside.full] == [False, True]
    epoch = aside.epoch
    aside.give_up()
    assert (len(aside), aside.full, aside.first()) == (0, False, {})
    assert aside.epoch > epoch
    assert ordinary(aside, [a_record(3, 10, b"a")]) == [3]
