"""Holds Faust to its word: it may commit an offset only after our projection has applied everything below it.

Faust acknowledges events when an agent raises, is cancelled or is closed, and commits what is acknowledged
(faust-streaming issues 527, 606). Here the last step before Kafka is bounded by our own account, whatever Faust
believes. `_commit` is the one method through which its consumer commits; a test fails if a release renames it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import faust
from faust.transport.drivers.aiokafka import Consumer

from streams.records import Record

Partition = tuple[str, int]


class AppliedOffsets:
    """The next offset to apply, by partition. One agent a topic applies in order, so everything below is applied."""

    def __init__(self) -> None:
        """Start with nothing applied."""
        self._next: dict[Partition, int] = {}

    def note(self, records: Sequence[Record]) -> None:
        """Remember records as applied."""
        for record in records:
            partition = record.topic, record.partition
            self._next[partition] = max(record.offset + 1, self._next.get(partition, 0))

    def bound(self, topic: str, partition: int, offset: int) -> int | None:
        """Return the offset that may be committed instead of the given one, None for none."""
        applied = self._next.get((topic, partition))
        return None if applied is None else min(offset, applied)


def guard_commits(app: faust.App, applied: AppliedOffsets) -> None:
    """Make the app's consumer, which is not created yet, commit within what is applied."""

    class GuardedConsumer(Consumer):  # type: ignore[misc]
        """Faust's consumer with bounded commits."""

        async def _commit(self, offsets: Mapping[Any, int]) -> bool:
            bounded = {tp: applied.bound(tp.topic, tp.partition, offset) for tp, offset in offsets.items()}
            allowed = {tp: offset for tp, offset in bounded.items() if offset is not None}
            return bool(await super()._commit(allowed)) if allowed else False

    app.transport.Consumer = GuardedConsumer
