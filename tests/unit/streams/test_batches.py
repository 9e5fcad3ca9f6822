"""Batches as any client writes them, read within bounded memory; no server is needed for this."""

from __future__ import annotations

import random
import struct
from hashlib import sha256
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.structs import TopicPartition

from streams.kafka.batches import ReadLimits, read_any_batch
from streams.kafka.inflate import InflatesTooFarError, UnreadableDataError, inflate
from streams.kafka.records import Unread
from tests.builders.servers.batches import CODECS, a_batch, compress, renamed, sealed

PLACE = TopicPartition("claims.submitted", 0)
MOST = 1_000_000
ENTRIES = [(b"k", b"one", ()), (None, b"two", (("trace", b"1"),)), (b"k", None, ()), (b"", b"", (("a", None),))]


@pytest.fixture(autouse=True)
def _limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
    monkeypatch.setattr(fetcher, "PartitionRecords", fetcher.PartitionRecords)
    read_any_batch(ReadLimits(inflated_batch=MOST))


def _partition(data: bytes, since: int = 0) -> Any:
    records = fetcher.MemoryRecords(data)
    assert records.has_next()
    return fetcher.PartitionRecords(PLACE, records, [], since, None, None, True, READ_COMMITTED)


def _read(data: bytes, since: int = 0) -> list[Any]:
    return list(_partition(data, since))


@pytest.mark.parametrize("codec", [*CODECS, "raw-snappy"])
def test_every_codec_is_read_as_what_was_sent(codec: str) -> None:
    found = _read(a_batch(ENTRIES, codec))
    assert [(each.key, each.value, each.headers) for each in found] == ENTRIES
    assert [each.offset for each in found] == [0, 1, 2, 3]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "raw-snappy", "lz4", "zstd"])
def test_what_inflates_beyond_the_bound_stands_at_its_offset_with_the_hash_of_its_batch(codec: str) -> None:
    batch = a_batch([(None, b"x", ()), (None, b"A" * MOST, ())], codec)
    following = a_batch([(None, b"behind", ())])
    found = _read(batch + struct.pack(">q", 2) + following[8:])
    assert [each.value for each in found] == [batch, b"", b"behind"]
    for each in found[:2]:
        assert isinstance(each.value, Unread)
        assert (each.value.digest, each.value.size, each.value.too_far) == (sha256(batch).digest(), len(batch), True)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "raw-snappy", "lz4", "zstd"])
def test_the_bound_is_exact(codec: str) -> None:
    data = b"B" * MOST
    number = CODECS[codec.removeprefix("raw-")]
    assert inflate(number, compress(codec, data), MOST) == data
    with pytest.raises(InflatesTooFarError):
        inflate(number, compress(codec, data), MOST - 1)


@pytest.mark.parametrize("codec", [1, 2, 3, 4])
def test_bytes_that_no_codec_wrote_are_unreadable_and_never_another_error(codec: int) -> None:
    source = random.Random(7)
    good = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}[codec]
    for _ in range(300):
        data = bytearray(compress(good, source.randbytes(50) * 3))
        for _ in range(source.randrange(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        try:
            inflate(codec, bytes(data[: source.randrange(len(data) + 1)]), MOST)
        except (UnreadableDataError, InflatesTooFarError):
            continue


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_an_unknown_codec_and_damaged_records_stand_at_their_offsets(codec: int) -> None:
    batch = a_batch(ENTRIES)
    for damaged in (sealed(batch[:61], batch[61:], codec), sealed(batch[:61], batch[61:-3], 0)):
        found = _read(damaged)
        unread = [each for each in found if isinstance(each.value, Unread)]
        assert [each.offset for each in found] == [0, 1, 2, 3]
        assert unread
        assert not any(each.value.too_far for each in unread)


def test_a_header_whose_name_is_no_text_harms_no_record_of_its_batch() -> None:
    batch = renamed(a_batch([(b"k", b"%d" % n, (("XX", b"1"),)) for n in range(3)]), b"XX", b"\xff\xe9")
    found = _read(batch)
    assert [(each.value, each.headers) for each in found] == [(b"%d" % n, (("\\xff\\xe9", b"1"),)) for n in range(3)]


def test_one_poll_takes_a_number_of_bytes_and_the_next_fetch_goes_on_behind_them() -> None:
    read_any_batch(ReadLimits(inflated_batch=MOST, taken_at_once=2_000))
    batch = a_batch([(None, b"%04d" % n * 250, ()) for n in range(10)], "zstd")
    offsets: list[list[int]] = []
    while not offsets or offsets[-1][-1] < 9:
        partition = _partition(batch, offsets[-1][-1] + 1 if offsets else 0)
        offsets.append([each.offset for each in partition])
        assert partition.next_fetch_offset == offsets[-1][-1] + 1
    assert offsets == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]


@pytest.mark.parametrize("magic", [0, 1])
def test_messages_of_the_old_formats_are_read(magic: int) -> None:
    plain = LegacyRecordBatchBuilder(magic, 0, 10_000)
    packed = LegacyRecordBatchBuilder(magic, 1, 10_000)
    for number in range(3):
        plain.append(number, 1000 if magic else None, b"k", b"plain-%d" % number)
        packed.append(number, 1000 if magic else None, b"k", b"packed-%d" % number)
    assert [each.value for each in _read(bytes(plain.build()))] == [b"plain-0", b"plain-1", b"plain-2"]
    assert [each.value for each in _read(bytes(packed.build()))] == [b"packed-0", b"packed-1", b"packed-2"]


def test_a_message_of_an_old_format_that_inflates_too_far_stands_at_its_offset() -> None:
    packed = LegacyRecordBatchBuilder(1, 1, 10 * MOST)
    packed.append(0, 1000, b"k", b"A" * (MOST + 1))
    [found] = _read(bytes(packed.build()))
    assert isinstance(found.value, Unread)
    assert found.value.too_far
