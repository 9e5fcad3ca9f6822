"""Tells the heads of the audit trail now and then, in the process of the publisher that leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from streams.kafka import metrics
from streams.kafka.backoff import delay_seconds, stopped_within
from streams.ports import HeadStore

log = structlog.get_logger(__name__)
_UNTIL_LEADING_SECONDS: Final = 1.0


class AuditHeads:
    """One loop; what has changed since it was told, the store knows."""

    def __init__(self, store: HeadStore, leads: Callable[[], bool], every_seconds: float) -> None:
        """Take who says whether this process leads, and how long a head may wait to be told."""
        self._store, self._leads, self._every = store, leads, every_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Tell heads until asked to stop; trouble is waited out, and the heads are told later."""
        failures = 0
        while not stop.is_set():
            wait = self._every
            try:
                if not self._leads():
                    wait = min(_UNTIL_LEADING_SECONDS, self._every)
                while self._leads() and not stop.is_set() and await self._store.publish_some():
                    pass
            except Exception:
                wait = min(self._every, delay_seconds(failures))
                failures += 1
                metrics.RETRIES.labels("tell audit heads").inc()
                log.warning("audit heads not told", attempt=failures, delay_seconds=wait, exc_info=True)
            else:
                failures = 0
            await stopped_within(stop, wait)
