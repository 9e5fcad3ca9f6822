"""Child processes of the worker for work that takes long, such as large claims and campaigns.

The threads of a Python process share one interpreter, so that long work in a thread still delays live claims. A child
process has its own interpreter, policies and connections to PostgreSQL, and a lower CPU priority. It starts with the
first work and ends after some minutes without work, so an idle worker has no children. It ends with the
worker, even if the worker is killed. If a child is killed, its work fails and the next work starts another child.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil
import structlog
import uvloop
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from runtime import wiring
from runtime.logging import configure_logging
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole

log = structlog.get_logger(__name__)
IDLE_SECONDS: Final = 300.0
"""The time without work after which a child process ends."""

_PACKAGES: Final = (
    "adjudication",
    "rulebook",
    "contracts",
    "workflows",
    "activities",
    "storage",
    "letters",
    "streams",
    "runtime",
)
_CONNECTIONS: Final = 2
_LOWER_PRIORITY: Final = 5
"""Added to the niceness, so that live claims have priority; on a busy processor the child still gets a quarter."""

STARTS: Final = Counter("claimwright_child_process_starts_total", "Child processes that the worker started", ["work"])
MEMORY: Final = Gauge(
    "claimwright_child_process_memory_bytes",
    "Resident memory of the worker's child processes; 0 while none runs",
    ["work"],
)
A = TypeVar("A")
T = TypeVar("T")


class ChildProcessEndedError(Exception):
    """A child process ended before its work; the work is retried in another one."""


class CodeChangedError(ChildProcessEndedError):
    """The files of the product on this disk are no longer those that the worker runs; a child would run the new ones."""

    def __init__(self) -> None:
        """Set the text with the remedy."""
        super().__init__(
            "the product's files changed since this worker started; restart it, then the work is tried again"
        )


@dataclass(frozen=True, slots=True)
class ChildContext:
    """The data that work in a child process uses."""

    settings: Settings
    reference: ReferenceData
    engine: AsyncEngine


def code_on_disk() -> str:
    """Return a fingerprint of the product's Python files: a child process imports the files that exist when it starts. It takes some 10 ms."""
    root = Path(__file__).parents[2]
    files = sorted(file for package in _PACKAGES for file in (root / package).rglob("*.py"))
    seen = [(str(file), (found := file.stat()).st_mtime_ns, found.st_size) for file in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


Work = Callable[[ChildContext, A], Awaitable[T]]
"""A function of a module: the child imports it. Its argument and its result are pickled."""


def packed(reference: ReferenceData) -> bytes:
    """Pack the worker's policies for its children: the files may have changed when a child starts. It takes some 0.1 s."""
    return pickle.dumps(reference, pickle.HIGHEST_PROTOCOL)


class ChildProcesses:
    """A bounded number of child processes for one kind of work."""

    def __init__(
        self,
        work: str,
        settings: Settings,
        policies: bytes,
        most: int = 1,
        idle_seconds: float = IDLE_SECONDS,
        niceness: int = _LOWER_PRIORITY,
    ) -> None:
        """Start none yet. `work` names the kind of work in logs and metrics; `policies` are those of the worker, packed."""
        self._children = [_Child((work, settings, niceness), policies, idle_seconds) for _ in range(most)]
        # The last used child is used first, so that the others end if one is enough.
        self._free: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        for child in self._children:
            self._free.put_nowait(child)
        MEMORY.labels(work).set_function(self.memory)

    async def run(self, work: Work[A, T], argument: A) -> T:
        """Run the work in a child process that is free; raise ChildProcessEndedError when the child is killed meanwhile.

        Cancelling it kills the child: a function that never returns would occupy it forever.
        """
        child = await self._free.get()
        try:
            return await child.run(work, argument)
        finally:
            self._free.put_nowait(child)

    def pids(self) -> Sequence[int]:
        """Return the child processes that run."""
        return [child.pid for child in self._children if child.pid is not None]

    def memory(self) -> int:
        """Return the resident memory of the child processes in bytes."""
        used = 0
        for pid in self.pids():
            with suppress(psutil.NoSuchProcess):
                used += psutil.Process(pid).memory_info().rss
        return used

    def end(self) -> None:
        """End every child process at once; work that is not committed is done again."""
        for child in self._children:
            child.end()


class _Child:
    def __init__(self, given: tuple[str, Settings, int], policies: bytes, idle_seconds: float) -> None:
        self._work, self._given, self._policies, self._idle_seconds = given[0], given, policies, idle_seconds
        self._code = code_on_disk()
        self._pool: ProcessPoolExecutor | None = None
        self._idle: asyncio.TimerHandle | None = None
        self.pid: int | None = None

    async def run(self, work: Work[A, T], argument: A) -> T:
        if self._idle is not None:
            self._idle.cancel()
        try:
            pool = self._pool or await self._start()
            result: T = await asyncio.get_running_loop().run_in_executor(pool, _run, work, argument)
        except BrokenProcessPool:
            self.end()
            log.warning("a child process ended before its work", reason=self._work)
            raise ChildProcessEndedError(f"the child process for {self._work} ended; the work is tried again") from None
        except asyncio.CancelledError:
            self.end()
            raise
        finally:
            self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self.end)
        return result

    async def _start(self) -> ProcessPoolExecutor:
        if await asyncio.to_thread(code_on_disk) != self._code:
            log.error("no child process is started: the product's files changed since this worker started; restart it")
            raise CodeChangedError
        STARTS.labels(self._work).inc()
        log.info("starting a child process", reason=self._work)
        pool = self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, self._given)
        # Sent as work, not as process arguments: if the child were killed before reading them, its start would hang forever.
        self.pid = await asyncio.wrap_future(await asyncio.to_thread(pool.submit, _take, self._policies))
        return pool

    def end(self) -> None:
        """Kill the child, which commits in one transaction or not at all; a child that is still starting ends on its own."""
        pool, pid, self._pool, self.pid = self._pool, self.pid, None, None
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


class _Process:
    """The state of a child process."""

    settings: Settings
    context: ChildContext
    runner: asyncio.Runner


def _begin(work: str, settings: Settings, niceness: int) -> None:
    """Prepare a child process, as runtime/processes/lifecycle.py prepares a process."""
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker handles Ctrl-C and ends its children
    os.umask(0o077)
    os.nice(niceness)
    configure_logging(f"worker: {work}", settings.log_level, settings.log_format)
    gc.set_threshold(20_000, 10, 10)
    sys.setswitchinterval(0.001)
    _Process.settings = settings
    _Process.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)


def _take(policies: bytes) -> int:
    """Take over the worker's policies; return the process's id."""
    engine = wiring.database(_Process.settings, DatabaseRole.WORKER, _CONNECTIONS)
    reference: ReferenceData = pickle.loads(policies)  # noqa: S301 - the worker packed them
    _Process.context = ChildContext(_Process.settings, reference, engine)
    gc.collect()
    gc.freeze()  # the policies live as long as the process
    log.info("child process ready", pid=os.getpid())
    return os.getpid()


def end_with_parent() -> None:
    """End this process when its parent has ended; for a thread."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _run(work: Work[Any, T], argument: Any) -> T:
    return _Process.runner.run(_awaited(work(_Process.context, argument)))


async def _awaited(result: Awaitable[T]) -> T:
    return await result
