"""Reads every batch that Kafka delivers. The client raises an error on some batches at every poll, before we see a record, so that one
such batch would stop its partition permanently.

Every consumer of the process reads through these classes: any codec, into bounded memory; names of headers that are not UTF-8
are written as \\xff; a record that cannot be read is replaced by `Unread` at its offset, so that it is dead-lettered.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final, Self

from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords

from streams.kafka.batch_records import BatchRecord, DamagedRecordError, read_leniently
from streams.kafka.inflate import InflatesTooFarError, UnreadableDataError, inflate
from streams.kafka.records import Unread

_LENGTH: Final = struct.Struct(">i")
_LENGTH_AT: Final = 8
_HEAD: Final = _LENGTH_AT + _LENGTH.size
"""A batch begins with its first offset and its length, which counts the bytes after the length field."""
_MAGIC_AT: Final = 16
_ATTRIBUTES: Final = struct.Struct(">h")
_ATTRIBUTES_AT: Final = 21
_LAST_DELTA: Final = struct.Struct(">i")
_LAST_DELTA_AT: Final = 23
_RECORDS_AT: Final = 61
_CODEC: Final = 0x07
_OLD_ATTRIBUTES_AT: Final = 17
_OLD_KEY_AT: Final = (18, 26)  # by message format 0 and 1


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """The most bytes that reading may hold in memory: one decompressed batch, and the records of one partition in one poll."""

    inflated_batch: int = 33_554_432
    taken_at_once: int = 4_194_304


READ_LIMITS: Final = ReadLimits()


def read_any_batch(limits: ReadLimits) -> None:
    """Make every consumer of this process read through these classes, with these limits."""
    fetcher.MemoryRecords = partial(_Records, most=limits.inflated_batch)
    fetcher.PartitionRecords = partial(_Partition, taken_at_once=limits.taken_at_once)


class _Partition(PartitionRecords):  # type: ignore[misc]
    """Records of one fetch. One poll takes no more than a number of bytes; the rest is fetched again."""

    def __init__(self, *arguments: Any, taken_at_once: int) -> None:
        super().__init__(*arguments)
        self._most, self._left = taken_at_once, taken_at_once

    def __iter__(self) -> Self:
        self._left = self._most
        return self

    def __next__(self) -> Any:
        if self._left <= 0:
            raise StopIteration
        record = super().__next__()
        self._left -= len(record.value or b"") + len(record.key or b"")
        return record


class _Records:
    """Fetched bytes of one partition, batch by batch, as the client's fetcher reads them."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data, self._at, self._most = data, 0, most
        self._records = MemoryRecords(data)

    def size_in_bytes(self) -> int:
        """Return how many bytes were fetched."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Return whether another whole batch is there."""
        return bool(self._records.has_next())

    def next_batch(self) -> _Batch:
        """Return the next batch."""
        begins = self._at
        self._at += _HEAD + _LENGTH.unpack_from(self._data, begins + _LENGTH_AT)[0]
        return _Batch(self._records.next_batch(), self._data[begins : self._at], self._most)


class _Batch:
    """One batch: the client's own in everything but how its records are read. An iterator, as the client's batches are."""

    def __init__(self, batch: Any, data: bytes, most: int) -> None:
        self._batch, self._data, self._most = batch, data, most
        self._records: Iterator[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if self._records is None:
            self._records = self._old() if self._data[_MAGIC_AT] < 2 else self._read()
        return next(self._records)

    def _read(self) -> Iterator[Any]:
        following = int(self._batch.base_offset)
        last = following + _LAST_DELTA.unpack_from(self._data, _LAST_DELTA_AT)[0]
        try:
            plain = self._plain()
        except (InflatesTooFarError, UnreadableDataError) as error:
            yield from self._unread(following, last, error)
            return
        try:
            for record in DefaultRecordBatch(plain):
                yield record
                following = record.offset + 1
        except (ValueError, IndexError, KafkaError):
            try:
                for record in read_leniently(plain):
                    if record.offset >= following:
                        yield record
                        following = record.offset + 1
            except DamagedRecordError as error:
                yield from self._unread(following, last, error)

    def _plain(self) -> bytes:
        """Return the batch decompressed. Its checksum was verified before."""
        (attributes,) = _ATTRIBUTES.unpack_from(self._data, _ATTRIBUTES_AT)
        if not attributes & _CODEC:
            return self._data
        records = inflate(attributes & _CODEC, memoryview(self._data)[_RECORDS_AT:], self._most)
        head = bytearray(self._data[:_RECORDS_AT])
        _ATTRIBUTES.pack_into(head, _ATTRIBUTES_AT, attributes & ~_CODEC)
        return b"".join((head, records))

    def _old(self) -> Iterator[Any]:
        """Read a message of format 0 or 1: uncompressed, it is one record; compressed, a set of them."""
        last = int(self._batch.next_offset) - 1
        try:
            self._check_old()
            yield from iter(self._batch)
        except (InflatesTooFarError, UnreadableDataError, ValueError, IndexError, KafkaError, struct.error) as error:
            yield from self._unread(last, last, error)

    def _check_old(self) -> None:
        codec = self._data[_OLD_ATTRIBUTES_AT] & _CODEC
        if not codec:
            return
        at = _OLD_KEY_AT[self._data[_MAGIC_AT]]
        (key,) = _LENGTH.unpack_from(self._data, at)
        at += _LENGTH.size + max(0, key)
        (value,) = _LENGTH.unpack_from(self._data, at)
        at += _LENGTH.size
        inflate(codec, memoryview(self._data)[at : at + max(0, value)], self._most)

    def _unread(self, first: int, last: int, error: Exception) -> Iterator[Any]:
        """Return replacements for records that cannot be read; the first one carries the original batch."""
        digest, size = sha256(self._data).digest(), len(self._data)
        too_far = isinstance(error, InflatesTooFarError)
        for offset in range(first, last + 1):
            value = Unread(self._data if offset == first else b"", digest=digest, size=size, too_far=too_far)
            yield BatchRecord(offset, self._timestamp(), None, value)

    def _timestamp(self) -> int:
        return int(getattr(self._batch, "max_timestamp", -1))
