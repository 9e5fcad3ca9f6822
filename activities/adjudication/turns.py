"""Gives other work of the worker its turn while a batch is evaluated: heartbeats, timers and other batches do not wait.

Ordinary claims are evaluated on the event loop, some dozens of lines at a time. A large claim is evaluated in a thread:
Python hands its interpreter over every few milliseconds, so the loop goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from activities.adjudication.working_set import ClaimWork

AT_A_TIME: Final = 64
"""Lines evaluated before others have their turn: a step takes 20 to 100 microseconds per line."""

RENDERED_AT_A_TIME: Final = 16
"""Lines of which the events are rendered before others have their turn: with its deadlines a claim that pends takes a millisecond."""

IN_A_THREAD: Final = 100
"""Lines of one claim, with its history, above which it is evaluated in a thread."""

_HISTORY_LINES: Final = 2
"""History lines that cost as much as one line of the claim: a policy that looks back asks for each more than once."""

T = TypeVar("T")


class Turns:
    """The turns of one step on one batch."""

    def __init__(self, at_a_time: int = AT_A_TIME) -> None:
        """Begin with nothing evaluated."""
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
        """Do the same; an exception becomes a failure of this claim (ClaimWork.isolate)."""
        return await self.run(work, lambda: work.isolate(step, evaluate), history)
