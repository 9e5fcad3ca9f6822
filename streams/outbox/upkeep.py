"""Loops that run in the publisher process next to publishing: approved replays, audit heads, removal of old rows.

Each loop requests small pieces of work from its store until shutdown. An error is logged and retried later;
several processes may run the loops at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from streams.kafka import metrics
from streams.kafka.backoff import delay_seconds, stopped_within
from streams.ports import HeadStore, Remover, Replays

log = structlog.get_logger(__name__)
REPLAY_SECONDS: Final = 1.0
_UNTIL_LEADING_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.1
"""Pause between two removals, so that they never delay publishing."""
IDLE_SECONDS: Final = 60.0


async def _repeat(
    turn: Callable[[], Awaitable[float]], stop: asyncio.Event, what: str, after_failure: Callable[[float], float]
) -> None:
    """Call a function until shutdown; it returns the seconds to wait. `after_failure` bounds the wait after an error."""
    failures = 0
    while not stop.is_set():
        try:
            wait = await turn()
        except Exception:
            wait = after_failure(delay_seconds(failures))
            failures += 1
            metrics.RETRIES.labels(what).inc()
            log.warning("will try again", step=what, attempt=failures, delay_seconds=wait, exc_info=True)
        else:
            failures = 0
        await stopped_within(stop, wait)


class Replayer:
    """Queues approved replays of dead letters, within the rate that the store allows."""

    def __init__(self, replays: Replays, every_seconds: float = REPLAY_SECONDS) -> None:
        """Take the store."""
        self._replays, self._every = replays, every_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Queue replays that are due, until shutdown."""
        await _repeat(self._turn, stop, "queue replays", lambda delay: max(self._every, delay))

    async def _turn(self) -> float:
        queued = await self._replays.queue_approved()
        if queued:
            log.info("replays queued", count=queued)
        return self._every


class AuditHeads:
    """Publishes the heads of the audit trail that changed; only the process that leads publishing does."""

    def __init__(self, store: HeadStore, leads: Callable[[], bool], every_seconds: float) -> None:
        """`leads`: returns whether this process leads; `every_seconds`: the maximum delay of a changed head."""
        self._store, self._leads, self._every = store, leads, every_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Publish heads until shutdown."""

        async def turn() -> float:
            wait = self._every if self._leads() else min(_UNTIL_LEADING_SECONDS, self._every)
            while self._leads() and not stop.is_set() and await self._store.publish_some():
                pass
            return wait

        await _repeat(turn, stop, "publish audit heads", lambda delay: min(self._every, delay))


class Retention:
    """Removes rows older than their retention, a batch at a time; only the process that leads publishing does."""

    def __init__(
        self,
        removers: Mapping[str, Remover],
        leads: Callable[[], bool],
        pause_seconds: float = PAUSE_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """Take the removers by the name of the data they remove; `leads` says whether this process leads."""
        self._removers, self._leads = removers, leads
        self._pause, self._idle = pause_seconds, idle_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Remove old rows until shutdown."""
        await _repeat(self._turn, stop, "remove old rows", lambda delay: max(self._pause, delay))

    async def _turn(self) -> float:
        removed = 0
        if self._leads():
            for what, remover in self._removers.items():
                count = await remover.remove_some()
                metrics.REMOVED.labels(what).inc(count)
                removed += count
        return self._pause if removed else self._idle
