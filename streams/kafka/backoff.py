"""Retry work that must succeed: the pauses grow, vary at random, and end at once on shutdown."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from streams.kafka import metrics, trouble

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 10.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


class StoppedError(Exception):
    """The process stops before the work is done; nothing was acknowledged."""


async def until_done(
    work: Callable[[], Awaitable[T]],
    stop: asyncio.Event,
    what: str,
    *,
    records: int = 0,
    gives_up: type[Exception] | tuple[()] = (),
) -> T:
    """Try until the work succeeds. Raises StoppedError at shutdown; then the caller must not acknowledge.

    `records`: how many records wait for this work, for the health report. `gives_up`: errors that a retry cannot change.
    A retry library does not fit: the loop must end on our stop event and must never give up otherwise.
    """
    attempt = 0
    with trouble.watched(what, records) as met:
        while True:
            try:
                return await work()
            except gives_up:
                raise
            except Exception as error:
                delay = delay_seconds(attempt)
                attempt += 1
                met(error)
                metrics.RETRIES.labels(what).inc()
                log.warning("will try again", step=what, attempt=attempt, delay_seconds=delay, exc_info=True)
            if await stopped_within(stop, delay):
                raise StoppedError(what)


def delay_seconds(attempt: int) -> float:
    """Return how long to wait after a number of failures, with jitter, so that processes do not retry at the same time."""
    return round(float(min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(attempt, 10)) * random.uniform(0.5, 1.0)), 3)


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Wait, and return whether shutdown was requested in the meantime."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
