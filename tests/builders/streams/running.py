"""Starts the product's own loops in the test's event loop, or as a process of their own that can be killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from runtime.settings import REPOSITORY

Loop = Callable[[asyncio.Event, asyncio.Event], Awaitable[object]]


@asynccontextmanager
async def running(loop: Loop) -> AsyncIterator[asyncio.Event]:
    """Run a loop until the block ends, then ask it to stop and wait for it; yields its stop event."""
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.ensure_future(loop(stop, ready))
    waiting = asyncio.ensure_future(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        if task.done():
            task.result()
        yield stop
    finally:
        waiting.cancel()
        stop.set()
        async with asyncio.timeout(60):
            await task


class Child:
    """A process that runs one module of these tests, its output in a file."""

    def __init__(self, module: str, *arguments: str, log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=REPOSITORY, stdout=output, stderr=output
            )
        self.log = log

    def wrote(self, text: str) -> int:
        """How often it wrote a text; fails when the process is gone without having done so."""
        count = self.log.read_text().count(text)
        if not count and self._process.poll() is not None:
            raise AssertionError(f"the process ended with {self._process.returncode}: {self.log.read_text()[-3000:]}")
        return count

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it as a crash would."""
        self._process.kill()
        self._process.wait(30)

    def terminate(self) -> int:
        """Ask it to end and return its exit code; one that does not end is a failure."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()
