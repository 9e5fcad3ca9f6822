"""Removes what was kept long enough, a little at a time, in the process of the publisher that leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from streams.kafka import metrics
from streams.kafka.backoff import delay_seconds, stopped_within
from streams.ports import Remover

log = structlog.get_logger(__name__)
PAUSE_SECONDS: Final = 0.1
"""Between two batches, so that removing never takes the machine from publishing."""
IDLE_SECONDS: Final = 60.0


class Retention:
    """One loop over everything that has a time to be kept; whatever is removed, the store decides."""

    def __init__(
        self,
        removers: Mapping[str, Remover],
        leads: Callable[[], bool],
        pause_seconds: float = PAUSE_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """Take what removes, by what it removes, and who says whether this process leads."""
        self._removers, self._leads = removers, leads
        self._pause, self._idle = pause_seconds, idle_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Remove until asked to stop; trouble is waited out, and costs nothing but disk."""
        failures = 0
        while not stop.is_set():
            try:
                removed = await self._turn() if self._leads() else 0
            except Exception:
                wait = max(self._pause, delay_seconds(failures))
                failures += 1
                metrics.RETRIES.labels("remove what is old").inc()
                log.warning("nothing removed", attempt=failures, delay_seconds=wait, exc_info=True)
            else:
                failures = 0
                wait = self._pause if removed else self._idle
            await stopped_within(stop, wait)

    async def _turn(self) -> int:
        removed = 0
        for what, remover in self._removers.items():
            count = await remover.remove_some()
            metrics.REMOVED.labels(what).inc(count)
            removed += count
        return removed
