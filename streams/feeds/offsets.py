"""Let Faust commit an offset only after our projection has applied everything below it.

Faust acknowledges events when an agent raises, is cancelled or is closed, and commits what is acknowledged
(faust-streaming issues 527, 606). Here the last step before Kafka is bounded by our own account, whatever Faust
assumes. `_commit` is the one method through which its consumer commits; a test fails if a release renames it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import faust
from faust.transport.drivers.aiokafka import Consumer

from streams.kafka.records import Record

Partition = tuple[str, int]


class AppliedOffsets:
    """What was handed to the projections and what they applied, by partition."""

    def __init__(self) -> None:
        """Start with nothing handed out."""
        self._next: dict[Partition, int] = {}
        self._in_hand: dict[Partition, set[int]] = {}

    def hand_out(self, records: Sequence[Record]) -> None:
        """Remember records as being worked on, until they are noted as applied, come what may."""
        for record in records:
            self._in_hand.setdefault((record.topic, record.partition), set()).add(record.offset)

    def note(self, records: Sequence[Record]) -> None:
        """Remember records as applied."""
        for record in records:
            partition = record.topic, record.partition
            self._in_hand.get(partition, set()).discard(record.offset)
            self._next[partition] = max(record.offset + 1, self._next.get(partition, 0))

    def bound(self, topic: str, partition: int, offset: int) -> int | None:
        """Return the offset that may be committed instead of the given one, None for none."""
        applied = self._next.get((topic, partition))
        if applied is None:
            return None
        return min(offset, applied, *self._in_hand.get((topic, partition), ()))


def guard_commits(app: faust.App, applied: AppliedOffsets) -> None:
    """Make the app's consumer, which is not created yet, commit within what is applied."""

    class GuardedConsumer(Consumer):
        """Faust's consumer with bounded commits."""

        async def _commit(self, offsets: Mapping[Any, int]) -> bool:
            bounded = {tp: applied.bound(tp.topic, tp.partition, offset) for tp, offset in offsets.items()}
            allowed = {tp: offset for tp, offset in bounded.items() if offset is not None}
            return bool(await super()._commit(allowed)) if allowed else False

    # On this app's transport only; Faust looks the class up there.
    app.transport.Consumer = GuardedConsumer  # type: ignore[misc]
