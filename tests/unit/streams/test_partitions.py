"""A record goes to the partition where every Kafka client puts its key."""

from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.partitions import partition_of


@given(key=st.binary(max_size=60), count=st.integers(1, 64))
def test_a_key_goes_where_the_library_puts_it_the_first_time_and_again(key: bytes, count: int) -> None:
    partitions = list(range(count))
    expected = DefaultPartitioner()(key, partitions, partitions)
    assert [partition_of(key, partitions, partitions) for _ in range(2)] == [expected, expected]


def test_a_record_without_a_key_goes_to_a_partition_that_is_available() -> None:
    assert {partition_of(None, [0, 1, 2, 3], [2]) for _ in range(20)} == {2}
