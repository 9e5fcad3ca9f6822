"""Metrics of every process: its name and version, whether it is ready, and the delay of its event loop.

Work that blocks the event loop delays every heartbeat and timer of the process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import structlog
from prometheus_client import Gauge, Histogram

log = structlog.get_logger(__name__)
_EVERY_SECONDS: Final = 0.05
_WORTH_A_WARNING_SECONDS: Final = 1.0


INFO: Final = Gauge("claimwright_process_info", "1, with the process's name and the version", ["process", "version"])
READY: Final = Gauge("claimwright_ready", "1 while the process does its work, as /health/ready says", ["process"])
LOOP_DELAY: Final = Histogram(
    "claimwright_loop_delay_seconds",
    "How late the event loop woke a timer of 50 ms",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
LONGEST: Final = Gauge("claimwright_loop_delay_longest_seconds", "The longest delay since the process was ready")
LONGEST_WORK: Final = Gauge(
    "claimwright_loop_work_longest_seconds",
    "The longest delay since the process was ready that work of the loop's own thread explains: without waiting for a processor",
)


def describe(name: str, ready: Callable[[], bool]) -> None:
    """Expose a process under its name; `ready` is called at each scrape."""
    INFO.labels(name, version("claimwright")).set(1)
    READY.labels(name).set_function(lambda: float(ready()))


async def watch_loop() -> None:
    """Measure until cancelled. A delay of a second or more is logged, because timers and heartbeats were delayed too."""
    loop = asyncio.get_running_loop()
    longest = longest_work = 0.0
    while True:
        due, used = loop.time() + _EVERY_SECONDS, time.thread_time()
        await asyncio.sleep(_EVERY_SECONDS)
        delay = max(0.0, loop.time() - due)
        LOOP_DELAY.observe(delay)
        if (work := min(delay, time.thread_time() - used)) > longest_work:
            longest_work = work
            LONGEST_WORK.set(work)
        if delay > longest:
            longest = delay
            LONGEST.set(delay)
        if delay > _WORTH_A_WARNING_SECONDS:
            log.warning("event loop was held", seconds=round(delay, 2))
