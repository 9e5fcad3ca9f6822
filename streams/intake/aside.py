"""Keeps large records in a separate queue, from which a few at a time are registered while later polls continue.

A large claim takes some 150 ms to register, several times as long on a busy host. In partition order, the ordinary claims behind
them would be delayed. Records of one key (a member's claims) keep their order: an ordinary record behind a large one of its key is queued
too. The queue is in memory only: no offset at or beyond its first record is committed, so that it is delivered again after a crash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from streams.kafka.records import Record

LARGE: Final = 16_384
"""Size in bytes from which a record is queued separately: a claim of some 100 lines, the least of a large claim."""

_AT_A_TIME: Final = 49_152
"""The most bytes of large records in one registration: one claim of 450 lines, some 150 ms."""

_MOST: Final = 67_108_864
"""The most bytes in the queue; above it reading pauses."""


class Aside:
    """The queued records of one consumer, which are read and not registered."""

    def __init__(self, at_a_time: int = _AT_A_TIME, most: int = _MOST) -> None:
        """Start without records."""
        self._at_a_time, self._most = at_a_time, most
        self._waiting: list[Record] = []
        self._keys: Counter[tuple[int, bytes | None]] = Counter()
        self._bytes = 0
        self.epoch = 0
        """Grows when partitions are taken away: records read before must not be committed after it."""

    def __len__(self) -> int:
        """Count the queued records."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Return whether no more may be read."""
        return self._bytes >= self._most

    def sort_out(self, records: Iterable[Record]) -> tuple[list[Record], list[Record]]:
        """Return the ordinary records, and the large ones with the records that must follow them, both in their order.

        The second may be queued when the first are registered: the queue is worked off meanwhile, so that a large record
        would pass an ordinary one of its key that came before it.
        """
        ordinary: list[Record] = []
        later: list[Record] = []
        keys: set[tuple[int, bytes | None]] = set()
        for each in records:
            if len(each.value or b"") > LARGE or self._keys[_key(each)] or _key(each) in keys:
                later.append(each)
                keys.add(_key(each))
            else:
                ordinary.append(each)
        return ordinary, later

    def queue(self, records: Iterable[Record]) -> None:
        """Append records."""
        for each in records:
            self._waiting.append(each)
            self._count(each, 1)

    def some(self) -> list[Record]:
        """Return the next queued records in order; they stay queued until `done`."""
        taken: list[Record] = []
        size = 0
        for each in self._waiting:
            if size >= self._at_a_time:
                break
            taken.append(each)
            size += len(each.value or b"")
        return taken

    def done(self, taken: Collection[Record]) -> None:
        """Remove the first records, which are registered now."""
        for each in self._waiting[: len(taken)]:
            self._count(each, -1)
        del self._waiting[: len(taken)]

    def first(self) -> Mapping[tuple[str, int], int]:
        """Return the first queued offset by our topic and partition; commits must not pass it."""
        found: dict[tuple[str, int], int] = {}
        for each in self._waiting:
            at = each.topic, each.partition
            found[at] = min(found.get(at, each.offset), each.offset)
        return found

    def give_up(self) -> None:
        """Drop everything: the partitions go to another intake, which reads it again."""
        self._waiting, self._bytes, self.epoch = [], 0, self.epoch + 1
        self._keys.clear()

    def _count(self, record: Record, by: int) -> None:
        self._bytes += by * len(record.value or b"")
        self._keys[_key(record)] += by
        if not self._keys[_key(record)]:
            del self._keys[_key(record)]


def _key(record: Record) -> tuple[int, bytes | None]:
    return record.partition, record.key
