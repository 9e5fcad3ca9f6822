"""Read the records of an uncompressed batch where the client's own reader fails, such as on header names that are not UTF-8.

Format 2 of Kafka's messages: https://kafka.apache.org/documentation/#messageformat, with lengths as zigzag varints.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts.events.headers import Headers

_HEAD: Final = struct.Struct(">qiibIhiqqqhii")
_APPEND_TIME: Final = 0x08
_LONGEST_VARINT: Final = 10


class DamagedRecordError(Exception):
    """The bytes are no record of the format."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A record as the client's reader returns it; `timestamp` in milliseconds."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_type: int = 0
    checksum: None = None


def read_leniently(batch: bytes) -> Iterator[BatchRecord]:
    """Read records one by one; bytes of a header's name that are not UTF-8 are written as \\xff. Raises DamagedRecordError."""
    head = _HEAD.unpack_from(batch)
    first, attributes, first_time, last_time, count = head[0], head[5], head[7], head[8], head[12]
    at = _HEAD.size
    for _ in range(count):
        length, at = _varint(batch, at)
        end = at + length
        if length < 0 or end > len(batch):
            raise DamagedRecordError
        cursor = _Cursor(batch[at:end])
        _, delta, offset = cursor.part(1), cursor.varint(), cursor.varint()
        key, value = cursor.sized(), cursor.sized()
        headers = tuple((_name(cursor.sized()), cursor.sized()) for _ in range(cursor.varint()))
        if not cursor.at_end:
            raise DamagedRecordError
        timestamp = last_time if attributes & _APPEND_TIME else first_time + delta
        yield BatchRecord(first + offset, timestamp, key, value, headers)
        at = end
    if at != len(batch):
        raise DamagedRecordError


def _name(name: bytes | None) -> str:
    if name is None:
        raise DamagedRecordError
    return name.decode("utf-8", "backslashreplace")


class _Cursor:
    """Reads one record from its bytes, and never beyond them."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def part(self, size: int) -> bytes:
        if size < 0 or self._at + size > len(self._data):
            raise DamagedRecordError
        self._at += size
        return self._data[self._at - size : self._at]

    def varint(self) -> int:
        value, self._at = _varint(self._data, self._at)
        return value

    def sized(self) -> bytes | None:
        size = self.varint()
        return None if size < 0 else self.part(size)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * number
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), at + number + 1
    raise DamagedRecordError
