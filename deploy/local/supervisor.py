"""Runs the process supervisor (supervisord) of one state folder (docs/decisions/0026).

Each program is described by a file in the state folder's `run/`; the supervisor's configuration only names them. The
supervisor restarts a program that ends: at once when it ran for a while, else after 1, 2, 3 ... seconds. After `retries` such
failures in a row it gives up.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import shlex
import signal
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from deploy.local import launch
from deploy.local.processes import Command, Process, Report
from runtime.errors import StackError, died
from runtime.processes.supervision import Kept, Supervised, interface, log_file, socket_file, supervised

NAME: Final = "supervisor"
STEADY_SECONDS: Final = 5
"""A program that ends sooner after its start is restarted with a growing delay."""
RETRIES: Final = 60
"""Failed starts in a row, half an hour with the delays between them, after which the supervisor gives up."""
STOP_SECONDS: Final = 30
"""Longer than the grace period of processes (CLAIMWRIGHT_GRACE_SECONDS), which end themselves by then."""
_LONGEST_SOCKET: Final = 100
"""The most bytes of a local socket's address; systems allow about 104."""
_SILENCE: Final = (OSError, http.client.HTTPException, xmlrpc.client.Error)


class Supervisor:
    """The supervisor of one state folder and the programs it knows."""

    def __init__(
        self,
        state_dir: Path,
        groups: Mapping[str, tuple[str, ...]],
        signals: Mapping[str, signal.Signals],
        retries: int = RETRIES,
    ) -> None:
        """Take the programs by group. A whole group stops together, the last group first. `signals` stop programs that ignore TERM."""
        self.state_dir, self.groups, self.signals, self.retries = state_dir.resolve(), groups, signals, retries

    @contextmanager
    def alone(self, report: Report) -> Iterator[None]:
        """Hold the lock of this state folder, so that one command at a time starts and stops programs."""
        folder = self.state_dir / "run"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:

            def locked() -> bool:
                with suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
                return False

            if not _within(180, locked, lambda: report(NAME, "waiting for another `up` or `down`")):
                raise StackError(
                    "another `claimwright up` or `down` is still at work here; wait for it, then try again"
                )
            yield

    def start(self, report: Report) -> None:
        """Start the supervisor unless it answers; first stop the programs that a killed one left behind."""
        if self.answers():
            self._add_missing_programs()
            return
        self.recover(report)
        self._write_configuration()
        arguments = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._configuration)]
        # Its log, which we read, has local time without a zone; the programs inherit the zone.
        self._process.spawn(Command(arguments, environment={"TZ": "UTC"}))

        def answers() -> bool:
            if self._process.find() is None:
                raise died(NAME, self._process.log)
            return self.answers()

        if not _within(60, answers, lambda: report(NAME, "starting")):
            raise StackError(f"the process supervisor did not answer within 60 s; see {self._process.log}")

    def answers(self) -> bool:
        """Return whether the supervisor runs and answers."""
        try:
            return self._process.find() is not None and bool(interface(self.state_dir).getState())
        except _SILENCE:
            return False

    def programs(self) -> Mapping[str, Supervised]:
        """Return the supervisor's state of each program; nothing when it does not answer."""
        return supervised(self.state_dir) or {}

    def run(self, name: str, command: Command) -> None:
        """Start a program under the supervisor; one that runs with another command or other settings is restarted."""
        file, text = self._specification(name), json.dumps(self._described(name, command))
        same = file.exists() and file.read_text() == text
        now = self.programs().get(name)
        if now is not None and (now.state is Kept.RESTARTING or (now.state is Kept.RUNNING and not same)):
            self.stop(name)
        if not same:
            file.touch(mode=0o600)
            file.write_text(text)
        # A fault means that it runs already, or ended at once: then it is restarted, and `programs` shows it.
        with suppress(xmlrpc.client.Fault):
            interface(self.state_dir).startProcess(self._address(name), False)

    def stop(self, name: str) -> None:
        """Stop a program and leave it stopped; do nothing if no supervisor runs."""
        with suppress(xmlrpc.client.Fault, FileNotFoundError, ConnectionRefusedError):
            interface(self.state_dir, seconds=3.0 * STOP_SECONDS).stopProcess(self._address(name))

    def down(self, report: Report) -> None:
        """Stop every program, then the supervisor; also when it was killed or hangs."""
        if self.answers():
            interface(self.state_dir).shutdown()
            _within(6.0 * STOP_SECONDS, lambda: self._process.find() is None, lambda: report(NAME, self._stopping()))
        self.recover(report)

    def recover(self, report: Report) -> None:
        """Stop programs that run without an answering supervisor: the supervisor itself, then the programs it left behind."""
        self._process.send(signal.SIGKILL)  # only the supervisor: its programs get separate signals and time to end
        _within(10, lambda: self._process.find() is None, lambda: None)
        for name in (name for group in reversed(list(self.groups.values())) for name in group):
            process = Process(name, self.state_dir)
            if process.find() is not None:
                report(name, "stopping; its supervisor is gone")
                process.stop(STOP_SECONDS, self.signals.get(name, signal.SIGTERM))
        socket_file(self.state_dir).unlink(missing_ok=True)

    @property
    def _process(self) -> Process:
        return Process(NAME, self.state_dir)

    @property
    def _configuration(self) -> Path:
        return self.state_dir / "run" / "supervisor.conf"

    def _specification(self, name: str) -> Path:
        return self.state_dir / "run" / f"{name}.program"

    def _address(self, name: str) -> str:
        group = next(group for group, names in self.groups.items() if name in names)
        return f"{group}:{name}"

    def _stopping(self) -> str:
        left = [each.name for each in self.programs().values() if each.pid is not None]
        return f"stopping {', '.join(left) or 'itself'}"

    def _add_missing_programs(self) -> None:
        """Add programs that this version has and the running supervisor does not know; a group with new ones is stopped."""
        if {name for names in self.groups.values() for name in names} <= set(self.programs()):
            return
        self._write_configuration()
        supervisor = interface(self.state_dir, seconds=3.0 * STOP_SECONDS)
        [[added, changed, _removed]] = supervisor.reloadConfig()
        for group in changed:
            supervisor.stopProcessGroup(group)
            supervisor.removeProcessGroup(group)
        for group in (*changed, *added):
            supervisor.addProcessGroup(group)

    def _described(self, name: str, command: Command) -> dict[str, Any]:
        process = Process(name, self.state_dir)
        return {
            "arguments": list(command.arguments),
            "environment": dict(command.environment or {}),
            "user": command.user,
            "directory": "/" if command.user else str(process.log.parent),
            "log": str(process.log),
            "record": str(process.record),
        }

    def _write_configuration(self) -> None:
        if len(str(socket_file(self.state_dir)).encode()) > _LONGEST_SOCKET:
            raise StackError(
                f"the path {socket_file(self.state_dir)} is too long for a local socket; choose a shorter CLAIMWRIGHT_STATE_DIR"
            )
        for file in (log_file(self.state_dir), self._configuration):
            file.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text("\n".join(self._sections()))

    def _sections(self) -> Iterator[str]:
        run = _escaped(self.state_dir / "run")
        yield f"[supervisord]\nlogfile={_escaped(log_file(self.state_dir))}\nlogfile_maxbytes=1MB\nlogfile_backups=1"
        if os.geteuid() == 0:
            yield "user=root"
        yield f"pidfile={run}/supervisor.pid\nchildlogdir={run}\nsilent=true\nnocleanup=true\nminfds=256"
        yield f"[unix_http_server]\nfile={_escaped(socket_file(self.state_dir))}\nchmod=0700"
        yield "[rpcinterface:supervisor]"
        yield "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface"
        for order, (group, names) in enumerate(self.groups.items(), 1):
            yield f"[group:{group}]\nprograms={','.join(names)}\npriority={order}"
            for name in names:
                stop = self.signals.get(name, signal.SIGTERM).name.removeprefix("SIG")
                parts = (sys.executable, "-P", launch.__file__, str(self._specification(name)))
                yield f"[program:{name}]\ncommand={_escaped(shlex.join(parts))}\nautostart=false\nautorestart=true\nstopsignal={stop}"
                yield f"startsecs={STEADY_SECONDS}\nstartretries={self.retries}\nstopwaitsecs={STOP_SECONDS}"
                yield "killasgroup=true\numask=077\nstdout_logfile=NONE\nstderr_logfile=NONE"


def _escaped(path: object) -> str:
    """Escape a path for the configuration file."""
    return str(path).replace("%", "%%")


def _within(seconds: float, holds: Callable[[], bool], waiting: Callable[[], None]) -> bool:
    """Poll until `holds` returns true or the seconds are over; call `waiting` every two seconds."""
    begin = said = time.monotonic()
    while not holds():
        now = time.monotonic()
        if now - begin > seconds:
            return False
        if now - said >= 2:
            waiting()
            said = now
        time.sleep(0.05)
    return True
