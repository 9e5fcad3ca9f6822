"""Watches the event loop of a process: how late it wakes what is due. Work that holds the loop delays every heartbeat."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from prometheus_client import Gauge, Histogram

log = structlog.get_logger(__name__)
_EVERY_SECONDS: Final = 0.05
_WORTH_A_WARNING_SECONDS: Final = 1.0

LOOP_DELAY: Final = Histogram(
    "claimwright_loop_delay_seconds",
    "How late the event loop woke a timer of 50 ms",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
LONGEST: Final = Gauge("claimwright_loop_delay_longest_seconds", "The longest delay since the process was ready")


async def watch_loop(ready: asyncio.Event) -> None:
    """Measure from when the process is ready until cancelled: before, it loads its policies and serves nothing.

    A delay of a second is logged, since timers and heartbeats were as late.
    """
    await ready.wait()
    loop = asyncio.get_running_loop()
    longest = 0.0
    while True:
        due = loop.time() + _EVERY_SECONDS
        await asyncio.sleep(_EVERY_SECONDS)
        delay = max(0.0, loop.time() - due)
        LOOP_DELAY.observe(delay)
        if delay > longest:
            longest = delay
            LONGEST.set(delay)
        if delay > _WORTH_A_WARNING_SECONDS:
            log.warning("event loop was held", seconds=round(delay, 2))
