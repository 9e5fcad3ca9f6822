"""The speed of a bulk retry, and the conditions under which it pauses itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

TICK: Final = timedelta(seconds=2)
"""Claims are signaled in small pages, one per tick: a cancel takes effect within a tick, and a screen sees progress."""

_ROUNDS_AHEAD: Final = 10
"""Ticks of claims that may be signaled and not adjudicated yet; more would delay newly received claims."""

_ENOUGH_FAILURES: Final = 5
_FAILING_SHARE: Final = 5
"""Pause when at least five tries failed, and one in five of all tries."""

_MAX_WAIT: Final = timedelta(minutes=30)
"""The time that the last claims may take before a bulk retry ends without their results."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The claims of a bulk retry by state: not signaled yet, signaled and not tried, tried, and tried without success."""

    left: int
    under_way: int
    tried: int
    failed: int


def next_page(progress: Progress, per_second: int) -> int:
    """Return how many claims to signal now: the tick's share, fewer if the retries are behind."""
    share = max(1, per_second * int(TICK.total_seconds()))
    return max(0, min(share, share * _ROUNDS_AHEAD - progress.under_way, progress.left))


def should_pause(progress: Progress) -> bool:
    """Return whether so many retries failed in a step that operations should look before the rest."""
    return progress.failed >= _ENOUGH_FAILURES and progress.failed * _FAILING_SHARE >= progress.tried


def over(progress: Progress, quiet: timedelta) -> bool:
    """Return whether the bulk retry is finished; `quiet`: the time since the last signal or try."""
    return not progress.left and (not progress.under_way or quiet >= _MAX_WAIT)
