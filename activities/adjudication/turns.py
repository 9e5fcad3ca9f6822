"""Yields the event loop while a batch is evaluated, so that heartbeats, timers and other batches are not delayed.

Ordinary claims are evaluated on the event loop, some dozens of lines at a time. A large claim is evaluated in a thread:
Python switches threads every few milliseconds, so the event loop keeps running.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from activities.adjudication.working_set import ClaimWork

AT_A_TIME: Final = 64
"""Lines evaluated before the event loop is yielded: a step takes 20 to 100 microseconds per line."""

RENDERED_AT_A_TIME: Final = 16
"""Lines whose events are rendered before the event loop is yielded: a pended claim with its deadlines takes a millisecond."""

IN_A_THREAD: Final = 100
"""Lines of one claim, with its history, above which it is evaluated in a thread."""

_HISTORY_LINES: Final = 2
"""History lines that cost as much as one line of the claim: a policy about earlier studies reads each of them several times."""

T = TypeVar("T")


class Turns:
    """Counts the lines of one step on one batch, and yields the event loop between claims."""

    def __init__(self, at_a_time: int = AT_A_TIME) -> None:
        """Begin with no line evaluated."""
        self._lines, self._at_a_time = 0, at_a_time

    async def run(self, work: ClaimWork, evaluate: Callable[[], T], history: int = 0) -> T:
        """Evaluate a pure function of one claim, here or in a thread; `history`: how many past lines it reads."""
        size = len(work.stored.claim.lines) + history // _HISTORY_LINES
        if size > IN_A_THREAD:
            return await asyncio.to_thread(evaluate)
        self._lines += size
        if self._lines >= self._at_a_time:
            self._lines = 0
            await asyncio.sleep(0)
        return evaluate()

    async def isolate(self, work: ClaimWork, step: str, evaluate: Callable[[], T], history: int = 0) -> T | None:
        """Run as `run` does; an exception becomes a failure of this claim (ClaimWork.isolate)."""
        return await self.run(work, lambda: work.isolate(step, evaluate), history)
