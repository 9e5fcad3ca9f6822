"""The work that this process has been trying without success, since when, and how many records wait for it: for metrics and health."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from streams.kafka import metrics

LASTS_SECONDS: Final = 60.0
"""Trouble that lasts longer makes the process not ready, and an alert fires on the metric."""


@dataclass(slots=True)
class Trouble:
    """One piece of work that fails: its step, since when (epoch seconds), its last error by name, and the records behind it."""

    step: str
    since: float
    error: str
    records: int


_met: dict[object, Trouble] = {}


def failed(key: object, step: str, error: Exception, records: int = 0) -> None:
    """Remember that work failed, or failed again; `key` names this piece of work until it is over."""
    found = _met.setdefault(key, Trouble(step, time.time(), "", records))
    found.error = type(error).__name__
    _show(step)


def over(key: object) -> None:
    """Remember that the work succeeded or was given up; harmless where it never failed."""
    found = _met.pop(key, None)
    if found is not None:
        _show(found.step)


@contextmanager
def watched(step: str, records: int = 0) -> Iterator[Callable[[Exception], None]]:
    """Yield a function to call with each error; the trouble is over when the block ends."""
    key = object()
    try:
        yield lambda error: failed(key, step, error, records)
    finally:
        over(key)


def lasting(now: float | None = None) -> tuple[str, ...]:
    """Describe trouble that lasts, the oldest first, without any data of a record."""
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
