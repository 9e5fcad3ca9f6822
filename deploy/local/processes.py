"""Detached processes that outlive the command that started them, found again by pid and by when they started after the boot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local import launch
from deploy.local.private import UMASK, private_folder
from runtime.errors import StackError, died

Report = Callable[[str, str], None]
"""Called with (service, event) whenever something takes time."""


@dataclass(frozen=True, slots=True)
class Command:
    """The command to run: arguments, extra environment, and the system user when started as root."""

    arguments: Sequence[str]
    environment: Mapping[str, str] | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A named detached process with its pid file and log."""

    name: str
    state_dir: Path

    @property
    def log(self) -> Path:
        """Return the file of its output."""
        return self.state_dir / "logs" / f"{self.name}.log"

    @property
    def record(self) -> Path:
        """Return the file of its pid and start time."""
        return self.state_dir / "run" / f"{self.name}.json"

    def spawn(self, command: Command) -> None:
        """Start it in a separate session, with its output in the log and its pid in a file."""
        for folder in (self.log.parent, self.record.parent):
            private_folder(folder)
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                list(command.arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(command.environment or {})},
                user=command.user,
                umask=UMASK,
                cwd=self.log.parent if command.user is None else "/",
            )
        started = launch.since_boot(psutil.Process(child.pid))
        self.record.write_text(json.dumps({"pid": child.pid, "since_boot": started}))

    def find(self) -> psutil.Process | None:
        """Return the running process, or None; a stranger that got the same pid is not it."""
        try:
            record = json.loads(self.record.read_text())
            process = psutil.Process(record["pid"])
            if _is_of(record, process) and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except (OSError, ValueError, psutil.NoSuchProcess):
            pass
        return None

    def send(self, sign: signal.Signals) -> None:
        """Send a signal to the process if it runs."""
        process = self.find()
        if process is not None:
            process.send_signal(sign)

    def stop(self, max_wait: float = 15.0, sign: signal.Signals = signal.SIGTERM) -> None:
        """Ask the process to end, wait, and kill it with its children when it does not."""
        process = self.find()
        if process is None:
            return
        family = [process, *process.children(recursive=True)]
        process.send_signal(sign)
        _, alive = psutil.wait_procs(family, timeout=max_wait)
        for stubborn in alive:
            with suppress(psutil.NoSuchProcess):
                stubborn.kill()
        psutil.wait_procs(alive, timeout=5)
        self.record.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill the process at once, as a power cut would, and wait until it is gone."""
        process = self.find()
        if process is None:
            return
        family = [process, *process.children(recursive=True)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(family, timeout=10)

    def await_ready(self, ready: Callable[[], bool], report: Report, max_wait: float = 60.0) -> None:
        """Wait until `ready` returns true, reporting every two seconds; raise when it died or took too long."""
        begin = reported = time.monotonic()
        while not ready():
            if self.find() is None:
                raise died(self.name, self.log)
            now = time.monotonic()
            if now - begin > max_wait:
                raise StackError(f"{self.name} was not ready after {max_wait:.0f} s; see {self.log} and try again")
            if now - reported >= 2:
                report(self.name, f"starting ({now - begin:.0f} s)")
                reported = now
            time.sleep(0.05)


def _is_of(record: Mapping[str, float], process: psutil.Process) -> bool:
    """Return whether the process that has the pid now is the one of the record."""
    if "started" in record:  # written by an earlier version, which compared times of day
        return abs(process.create_time() - record["started"]) < 1
    return abs(launch.since_boot(process) - record["since_boot"]) < 1
