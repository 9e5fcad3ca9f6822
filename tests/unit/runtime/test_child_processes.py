"""Child processes of the worker: they start with their first work, and end with the worker, when killed, and when idle."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest

from runtime.processes import child_processes
from runtime.processes.child_processes import (
    ChildContext,
    ChildProcessEndedError,
    ChildProcesses,
    CodeChangedError,
    packed,
)
from runtime.settings import REPOSITORY, Settings

pytestmark = pytest.mark.timeout(240)
SECONDS = 120
POLICIES: Any = {"content_hash": "of the tests"}
"""What a parent hands over: a child takes it as it is, and reads no files."""

_PARENT = """
import asyncio, sys
from pathlib import Path
from runtime.processes.child_processes import ChildProcesses, packed
from runtime.settings import Settings
from tests.unit.runtime.test_child_processes import POLICIES, pid_of

if __name__ == "__main__":
    settings = Settings(state_dir=Path(sys.argv[1]), postgres_dsn="postgresql://unused@127.0.0.1:1/none")
    async def main():
        pid = await ChildProcesses("tests", settings, packed(POLICIES)).run(pid_of, None)
        Path(sys.argv[2] + ".new").write_text(str(pid))
        Path(sys.argv[2] + ".new").rename(sys.argv[2])
        await asyncio.sleep(600)
    asyncio.run(main())
"""


async def pid_of(context: ChildContext, _argument: None) -> int:
    """Return the process that this runs in; it has the policies of its parent."""
    assert context.reference == POLICIES
    return os.getpid()


async def for_ever(_context: ChildContext, started: Path) -> None:
    """Hold the interpreter of the process, as a loop without an end does."""
    _hold(started)


def _hold(started: Path) -> NoReturn:
    started.touch()
    while True:
        pass


def settings_in(folder: Path) -> Settings:
    """Return settings with a database that no test of this module asks."""
    return Settings(state_dir=folder, postgres_dsn="postgresql://unused@127.0.0.1:1/none")


@pytest.fixture
async def children(tmp_path: Path) -> AsyncIterator[ChildProcesses]:
    running = ChildProcesses("tests", settings_in(tmp_path), packed(POLICIES), idle_seconds=1)
    yield running
    running.end()


async def written(file: Path) -> str:
    """Wait until a process has written a file."""
    for _ in range(SECONDS * 10):
        if await asyncio.to_thread(file.exists):
            return await asyncio.to_thread(file.read_text)
        await asyncio.sleep(0.1)
    pytest.fail(f"{file.name} was not written in {SECONDS} s")


async def ended(pid: int) -> bool:
    """Wait until a process is gone, or is only a name that its parent has not asked about."""
    for _ in range(SECONDS * 10):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.1)
    return False


async def test_a_child_starts_with_its_first_work_and_ends_when_there_is_no_more(children: ChildProcesses) -> None:
    assert children.pids() == []
    assert children.memory() == 0
    pid = await children.run(pid_of, None)
    assert pid != os.getpid()
    assert await children.run(pid_of, None) == pid, "the next work finds it"
    assert children.memory() > 0
    assert psutil.Process(pid).nice() > psutil.Process().nice(), "live claims have the processor first"
    assert await ended(pid)
    assert children.pids() == []


async def test_work_of_a_killed_child_fails_and_the_next_finds_another(
    children: ChildProcesses, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    work = asyncio.create_task(children.run(for_ever, started))
    await written(started)
    [killed] = children.pids()
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(ChildProcessEndedError):
        await work
    assert children.pids() == []
    stuck = asyncio.create_task(children.run(for_ever, tmp_path / "again"))
    await written(tmp_path / "again")
    [held] = children.pids()
    assert held != killed
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    assert await ended(held), "work that is cancelled holds no child for ever"


async def test_a_worker_whose_files_changed_since_it_started_starts_no_child_of_other_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = tmp_path / "product"
    product.mkdir()
    (product / "rule.py").write_text("LIMIT = 1\n")
    monkeypatch.setattr(child_processes, "_PACKAGES", (str(product),))
    children = ChildProcesses("tests", settings_in(tmp_path), packed(POLICIES))
    (product / "rule.py").write_text("LIMIT = 20\n")
    with pytest.raises(CodeChangedError, match="restart it"):
        await children.run(pid_of, None)
    assert children.pids() == []
    restarted = ChildProcesses("tests", settings_in(tmp_path), packed(POLICIES))
    assert await restarted.run(pid_of, None) in restarted.pids()
    restarted.end()


async def test_a_child_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    script, wrote = tmp_path / "parent.py", tmp_path / "pid"
    script.write_text(_PARENT)
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), str(tmp_path), str(wrote), env={**os.environ, "PYTHONPATH": str(REPOSITORY)}
    )
    pid = int(await written(wrote))
    parent.kill()
    await parent.wait()
    assert await ended(pid)


@pytest.mark.parametrize("wait", [0.0, 0.3])
async def test_a_child_killed_while_it_starts_fails_its_work_and_the_next_finds_another(
    tmp_path: Path, wait: float
) -> None:
    """The policies are larger than what a pipe holds: a process that never reads them must not hold the worker."""
    large: Any = {**POLICIES, "rates": "x" * 3_000_000}
    children = ChildProcesses("tests", settings_in(tmp_path), packed(large), idle_seconds=1)
    work = asyncio.create_task(children.run(size_of, None))
    while not (started := _spawned()):  # noqa: ASYNC110 - the operating system starts it
        await asyncio.sleep(0.005)
    await asyncio.sleep(wait)
    for each in started:
        each.kill()
    with suppress(ChildProcessEndedError):  # it may have ended its work before
        async with asyncio.timeout(SECONDS):
            await work
    async with asyncio.timeout(SECONDS):
        assert await children.run(size_of, None) > 3_000_000
    children.end()


async def size_of(context: ChildContext, _argument: None) -> int:
    """Return the size of the policies that came to this process."""
    return len(repr(context.reference))


def _spawned() -> list[psutil.Process]:
    """The child processes that Python spawned, without servers of other tests and the tracker of resources."""
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(each.cmdline()):
                found.append(each)
    return found
