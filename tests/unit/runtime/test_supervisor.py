"""The process supervisor, with programs that end in every way; no server is needed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.processes import Command, Process
from deploy.local.supervisor import Supervisor
from runtime.errors import StackError
from runtime.processes.supervision import Kept, Supervised, supervised

STEADY = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
GROUPS = {"first": ("one", "two"), "second": ("three",)}


def silent(_name: str, _what: str) -> None:
    return


def python(code: str, **environment: str) -> Command:
    return Command([sys.executable, "-c", code], environment=environment)


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"not so after a minute: {what}"
        time.sleep(0.05)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, GROUPS, {"two": signal.SIGINT}, retries=1)
    made.start(silent)
    yield made
    made.down(silent)
    assert [name for names in GROUPS.values() for name in names if Process(name, tmp_path).find()] == []


def pid(supervisor: Supervisor, name: str) -> int:
    until(lambda: Process(name, supervisor.state_dir).find(), f"{name} runs")
    found = Process(name, supervisor.state_dir).find()
    assert found is not None
    return found.pid


def known(supervisor: Supervisor, name: str) -> Supervised:
    return supervisor.programs()[name]


def test_a_program_that_is_killed_runs_again_and_its_end_is_known(supervisor: Supervisor) -> None:
    supervisor.run("one", python(STEADY))
    first = pid(supervisor, "one")
    os.kill(first, signal.SIGKILL)
    until(lambda: (now := known(supervisor, "one")).pid not in (None, first) and now.restarts, "it runs again")
    after = known(supervisor, "one")
    assert (after.state, after.restarts, after.last_end) == (Kept.RUNNING, 1, "terminated by SIGKILL")
    assert known(supervisor, "three").state is Kept.STOPPED


def test_a_program_that_ends_at_every_start_is_given_up_with_its_exit_code(supervisor: Supervisor) -> None:
    supervisor.run("one", python("raise SystemExit(3)"))
    until(lambda: known(supervisor, "one").state is Kept.GIVEN_UP, "it is given up")
    given_up = known(supervisor, "one")
    assert (given_up.pid, given_up.restarts, given_up.last_end) == (None, 1, "exit code 3")
    supervisor.run("one", python(STEADY))  # corrected
    until(lambda: known(supervisor, "one").state is Kept.RUNNING, "it runs")


def test_a_program_keeps_running_unless_its_settings_changed(supervisor: Supervisor) -> None:
    supervisor.run("one", python(STEADY, CLAIMWRIGHT_LOG_LEVEL="INFO"))
    first = pid(supervisor, "one")
    supervisor.run("one", python(STEADY, CLAIMWRIGHT_LOG_LEVEL="INFO"))
    assert pid(supervisor, "one") == first
    supervisor.run("one", python(STEADY, CLAIMWRIGHT_LOG_LEVEL="ERROR"))
    until(lambda: pid(supervisor, "one") != first, "it was restarted")
    until(lambda: "CLAIMWRIGHT_LOG_LEVEL" in psutil.Process(pid(supervisor, "one")).environ(), "it has its settings")
    assert psutil.Process(pid(supervisor, "one")).environ()["CLAIMWRIGHT_LOG_LEVEL"] == "ERROR"


def test_a_running_supervisor_learns_the_programs_of_a_newer_version(supervisor: Supervisor) -> None:
    supervisor.run("one", python(STEADY))
    supervisor.run("three", python(STEADY))
    kept = pid(supervisor, "one"), pid(supervisor, "three")
    newer = Supervisor(
        supervisor.state_dir, {**GROUPS, "second": ("three", "four"), "third": ("five",)}, supervisor.signals, 1
    )
    newer.start(silent)
    for name in ("three", "four", "five"):
        newer.run(name, python(STEADY))
    assert len({pid(newer, name) for name in ("one", "three", "four", "five")}) == 4
    assert pid(newer, "one") == kept[0]
    newer.down(silent)
    assert not any(psutil.pid_exists(each) for each in kept)


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_killed_or_hanging_supervisor_is_replaced_and_its_programs_run_once(
    supervisor: Supervisor, fault: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.processes.supervision.SECONDS", 1.0)
    for name in ("one", "two"):
        supervisor.run(name, python(STEADY))
    before = {name: pid(supervisor, name) for name in ("one", "two")}
    os.kill(before["two"], signal.SIGKILL) if fault is signal.SIGSTOP else None
    Process("supervisor", supervisor.state_dir).send(fault)
    until(lambda: supervised(supervisor.state_dir) is None, "no supervisor answers")
    assert psutil.pid_exists(before["one"])  # it goes on without its supervisor
    supervisor.start(silent)
    assert not psutil.pid_exists(before["one"])
    supervisor.run("one", python(STEADY))
    assert pid(supervisor, "one") != before["one"]
    assert known(supervisor, "one").restarts == 0


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the time of a start does not change with the clock")
@pytest.mark.parametrize("seconds", [-90, 3])
def test_programs_are_found_again_after_the_clock_was_set(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """The clock of this machine is left alone: psutil reads the time of the boot, which changes with it, from a file of ours."""
    supervisor.run("one", python(STEADY))
    before = {name: pid(supervisor, name) for name in ("one", "supervisor")}
    kernel, boot = tmp_path / "proc", psutil.boot_time()
    kernel.mkdir()
    kernel.joinpath("stat").write_text(f"btime {int(boot) + seconds}\n")
    for each in before.values():
        kernel.joinpath(str(each)).symlink_to(f"/proc/{each}")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(kernel))
    assert psutil.boot_time() == boot + seconds
    found = {name: Process(name, supervisor.state_dir).find() for name in before}
    assert {name: each and each.pid for name, each in found.items()} == before


def test_down_stops_what_ignores_the_request(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.supervisor.STOP_SECONDS", 1)
    supervisor.down(silent)
    supervisor.start(silent)
    supervisor.run("two", python(STUBBORN.replace("SIGTERM", "SIGINT")))
    supervisor.run("three", python(STUBBORN))
    running = [pid(supervisor, "two"), pid(supervisor, "three")]
    supervisor.down(silent)
    assert [each for each in running if psutil.pid_exists(each)] == []


def test_what_a_program_writes_and_how_it_is_started_is_private(supervisor: Supervisor) -> None:
    supervisor.run("one", python("print('hello', flush=True); " + STEADY, CLAIMWRIGHT_API_PORT="8123"))
    log = Process("one", supervisor.state_dir).log
    until(lambda: log.exists() and "hello" in log.read_text(), "it wrote to its log")
    for file in (log, supervisor.state_dir / "run" / "one.program"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_a_state_folder_too_deep_for_a_socket_is_refused_with_the_remedy(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    with pytest.raises(StackError, match="shorter CLAIMWRIGHT_STATE_DIR"):
        Supervisor(deep, GROUPS, {}).start(silent)
