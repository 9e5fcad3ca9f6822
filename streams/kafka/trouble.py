"""Tracks failing work of this process for metrics and health: the step, since when it fails, and how many records wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from streams.kafka import metrics

LASTS_SECONDS: Final = 60.0
"""Work that fails for longer makes the process not ready, and an alert fires on the metric."""


@dataclass(slots=True)
class Trouble:
    """One failing piece of work: its step, since when (epoch seconds), the class of its last error, and the records that wait for it."""

    step: str
    since: float
    error: str
    records: int


_met: dict[object, Trouble] = {}


def failed(key: object, step: str, error: Exception, records: int = 0) -> None:
    """Record that work failed; `key` identifies this piece of work until it succeeds."""
    found = _met.setdefault(key, Trouble(step, time.time(), "", records))
    found.error = type(error).__name__
    _show(step)


def over(key: object) -> None:
    """Record that the work succeeded or was given up; no effect if it never failed."""
    found = _met.pop(key, None)
    if found is not None:
        _show(found.step)


@contextmanager
def watched(step: str, records: int = 0) -> Iterator[Callable[[Exception], None]]:
    """Yield a function to call with each error; the failure is over when the block ends."""
    key = object()
    try:
        yield lambda error: failed(key, step, error, records)
    finally:
        over(key)


def lasting(now: float | None = None) -> tuple[str, ...]:
    """Describe lasting failures, oldest first, without data of a record."""
    at = time.time() if now is None else now
    old = sorted(
        (each for each in list(_met.values()) if at - each.since >= LASTS_SECONDS), key=lambda each: each.since
    )
    return tuple(
        f"{each.step}: fails with {each.error} since {datetime.fromtimestamp(each.since, UTC):%Y-%m-%dT%H:%M:%SZ}; "
        + (f"{each.records} records wait; " if each.records else "")
        + "look at the log of this process and at what it depends on"
        for each in old
    )


def _show(step: str) -> None:
    mine = [each for each in _met.values() if each.step == step]
    metrics.TROUBLE_SINCE.labels(step).set(min((each.since for each in mine), default=0))
    metrics.TROUBLE_RECORDS.labels(step).set(sum(each.records for each in mine))
