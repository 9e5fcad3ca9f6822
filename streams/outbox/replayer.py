"""Puts approved bulk replays on their way, a few each second, beside the publisher. What is due, the store says."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from streams.kafka import metrics
from streams.kafka.backoff import delay_seconds, stopped_within
from streams.ports import Replays

log = structlog.get_logger(__name__)
EVERY_SECONDS: Final = 1.0


class Replayer:
    """One loop; however many run, the store lets one queue at a time, within the rate."""

    def __init__(self, replays: Replays, every_seconds: float = EVERY_SECONDS) -> None:
        """Take the store."""
        self._replays, self._every = replays, every_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Queue what is due until asked to stop; trouble is waited out."""
        failures = 0
        while not stop.is_set():
            wait = self._every
            try:
                queued = await self._replays.queue_approved()
            except Exception:
                wait = max(wait, delay_seconds(failures))
                failures += 1
                metrics.RETRIES.labels("queue replays").inc()
                log.warning("replays could not be queued", attempt=failures, delay_seconds=wait, exc_info=True)
            else:
                failures = 0
                if queued:
                    log.info("replays queued", count=queued)
            await stopped_within(stop, wait)
