"""Faust's consumer, made to read committed records only and to commit exactly the records that our projections have applied.

Faust acknowledges events when an agent raises, is cancelled or is closed, and commits what is acknowledged
(faust-streaming issues 527, 606). It also never commits past an aborted transaction. So we track the offsets ourselves
(streams/feeds/offsets.py). A test fails if a release of Faust renames a method that is replaced here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import faust
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer

from streams.feeds.offsets import AppliedOffsets, Partition

BYTES_IN_HAND: Final = 33_554_432
"""The most fetched bytes that are not applied yet, over all feeds; above it fetching pauses."""
_UNTIL_ROOM_SECONDS: Final = 0.05


class ReadsCommitted(AIOKafkaConsumerThread):
    """Faust's consumer thread; Faust itself reads committed records only where it also writes transactions."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - read when the consumer starts
        return consumer


class GuardedConsumer(Consumer):
    """Faust's consumer with offsets that we track; one class per app, which holds its offsets and topic names."""

    applied: AppliedOffsets
    our_topic: Callable[[str], str]
    _sent: dict[Partition, int]

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        self._sent = {}
        return ReadsCommitted(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109 - as Faust calls it
        while self._is_full():  # noqa: ASYNC110 - several conditions end it
            await asyncio.sleep(_UNTIL_ROOM_SECONDS)
        records, active = await super()._wait_next_records(timeout)
        for tp, position in self._positions().items():
            sizes = {record.offset: len(record.value or b"") for record in (records or {}).get(tp, ())}
            self.applied.fetched(*self._place(tp), sizes, position)
        return records, active

    def _is_full(self) -> bool:
        return self.applied.bytes_in_hand > BYTES_IN_HAND and self.flow_active and not self.should_stop

    def _positions(self) -> dict[Any, int]:
        """Return the offset of each partition's next fetch."""
        subscription = self._thread._ensure_consumer()._subscription.subscription  # noqa: SLF001
        if subscription is None or subscription.assignment is None:
            return {}
        states = {tp: subscription.assignment.state_value(tp) for tp in subscription.assignment.tps}
        return {tp: state.position for tp, state in states.items() if state.has_valid_position}

    def _place(self, tp: Any) -> Partition:
        return type(self).our_topic(tp.topic), tp.partition

    def _to_message(self, tp: Any, record: Any) -> Any:
        read = self._read_offset[tp]
        if read is not None and record.offset < read:  # Faust drops this record because it was delivered before
            self.applied.done(*self._place(tp), record.offset)
        return super()._to_message(tp, record)

    async def perform_seek(self) -> None:
        """Read again from the committed offsets."""
        self.applied.forget()
        await super().perform_seek()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Drop the offsets of revoked partitions, after Faust has waited for the events in progress."""
        try:
            await super().on_partitions_revoked(revoked)
        finally:
            self.applied.forget([self._place(tp) for tp in revoked])
            self._sent.clear()

    async def force_commit(self, *_topics: Any, **_options: Any) -> bool:
        """Commit the tracked offsets instead of Faust's acknowledged ones, and clear the latter so that they do not grow."""
        for acknowledged in (self._acked, self._acked_index, self._gap):
            acknowledged.clear()
        offsets = self.applied.committable()
        places = {self._place(tp): tp for tp in self.assignment()}
        moved = {
            place: offset for place, offset in offsets.items() if place in places and self._sent.get(place) != offset
        }
        if not moved or not await self._commit({places[place]: offset for place, offset in moved.items()}):
            return False
        self._sent |= moved
        return True


def guard_commits(app: faust.App, applied: AppliedOffsets, our_topic: Callable[[str], str]) -> None:
    """Make the app's consumer, before it is created, track and commit offsets by our topic names."""
    # On this app's transport only; Faust looks the class up there.
    held = {"applied": applied, "our_topic": staticmethod(our_topic)}
    app.transport.Consumer = type("AppConsumer", (GuardedConsumer,), held)  # type: ignore[misc]
