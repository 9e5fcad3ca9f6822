"""Read records whose header names are no UTF-8. Kafka keeps names as bytes; the client decodes them and raises, before we see
the record and again at every poll, so that one such record would stop its partition for good.

A batch that cannot be read is read again by the client's own reader in Python, with such bytes written out as \\xff.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final, SupportsIndex, overload

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH: Final = struct.Struct(">i")
_LENGTH_AT: Final = 8
_HEAD: Final = _LENGTH_AT + _LENGTH.size
"""A batch begins with its first offset and its length, which counts from behind itself."""


def read_any_header_name() -> None:
    """Have every consumer of this process read such records; done twice, it is done once."""
    fetcher.MemoryRecords = _Records


class _Records:
    """Fetched bytes of one partition, batch by batch, as the client's fetcher asks for them."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._records = MemoryRecords(data)

    def size_in_bytes(self) -> int:
        """Return how many bytes were fetched."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Say whether another whole batch is there."""
        return bool(self._records.has_next())

    def next_batch(self) -> _Batch:
        """Return it."""
        begins = self._at
        self._at += _HEAD + _LENGTH.unpack_from(self._data, begins + _LENGTH_AT)[0]
        return _Batch(self._records.next_batch(), memoryview(self._data)[begins : self._at])


class _Batch:
    """One batch: the client's own in everything but how its records are read where that fails."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch, self._data = batch, data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                yield record
                read += 1
        except UnicodeDecodeError:
            for number, record in enumerate(_leniently(self._data)):
                if number >= read:
                    yield record


def _leniently(data: memoryview) -> Iterator[Any]:
    batch = iter(_DefaultRecordBatchPy(data))  # decompresses
    batch._buffer = _Lenient(batch._buffer)  # noqa: SLF001 - of its parts it decodes the names of headers, and nothing else
    yield from batch


class _Lenient(bytearray):
    """Bytes whose parts decode to text whatever they are."""

    @overload
    def __getitem__(self, at: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> _Lenient: ...
    def __getitem__(self, at: SupportsIndex | slice) -> int | _Lenient:
        found = super().__getitem__(at)
        return _Lenient(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """Write what is no text out as \\xff."""
        return super().decode(encoding, errors)
