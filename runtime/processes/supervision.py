"""Reads from the process supervisor of this machine (supervisord) the states of the processes it keeps running.

It is queried over its socket in the state folder. Its interface has the current state only; earlier ends of a process
are read from its log, whose format the pinned version fixes.
"""

from __future__ import annotations

import http.client
import re
import socket
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 3.0
"""The time that the supervisor may take to answer."""
_ENDED: Final = re.compile(r"^(\S+ \S+) \w+ exited: (\S+) \((.+?)(?:; (?:not )?expected)\)$", re.MULTILINE)
_STARTED: Final = "supervisord started with pid"


class Kept(StrEnum):
    """State of a process under the supervisor."""

    RUNNING = "running"
    RESTARTING = "restarting"
    GIVEN_UP = "given up"
    STOPPED = "stopped"


_STATES: Final = {
    "STARTING": Kept.RUNNING,
    "RUNNING": Kept.RUNNING,
    "STOPPING": Kept.RUNNING,
    "BACKOFF": Kept.RESTARTING,
    "EXITED": Kept.RESTARTING,
    "FATAL": Kept.GIVEN_UP,
}


@dataclass(frozen=True, slots=True)
class Supervised:
    """One process: `since` when it is in its state, how often it ended and was restarted, and how it ended last."""

    name: str
    state: Kept
    pid: int | None
    since: datetime | None
    ends: int
    restarts: int
    last_end: str | None


def socket_file(state_dir: Path) -> Path:
    """Return where the supervisor of a state folder listens."""
    return state_dir / "run" / "supervisor.sock"


def log_file(state_dir: Path) -> Path:
    """Return the file in which the supervisor of a state folder logs its processes."""
    return state_dir / "logs" / "supervisor.log"


def interface(state_dir: Path, seconds: float | None = None) -> Any:
    """Return the supervisor's methods. Calls raise OSError when it does not answer, xmlrpc.client.Fault when it refuses."""
    transport = _UnixTransport(str(socket_file(state_dir.resolve())), SECONDS if seconds is None else seconds)
    return xmlrpc.client.ServerProxy("http://supervisor", transport=transport).supervisor


def supervised(state_dir: Path) -> Mapping[str, Supervised] | None:
    """Return every process of the supervisor; None if it does not answer."""
    try:
        found = interface(state_dir).getAllProcessInfo()
    except (OSError, http.client.HTTPException, xmlrpc.client.Error):
        return None
    ends = _ends(log_file(state_dir))
    return {info["name"]: _supervised(info, ends.get(info["name"], [])) for info in found}


def _supervised(info: Mapping[str, Any], ends: list[str]) -> Supervised:
    state = _STATES.get(info["statename"], Kept.STOPPED)
    pid = int(info["pid"]) or None
    at = info["start"] if pid else info["stop"]
    since = datetime.fromtimestamp(at, UTC) if at else None
    # An unrequested end is followed by a restart, except the last one of a process given up.
    restarts = len(ends) - (1 if ends and state in (Kept.GIVEN_UP, Kept.RESTARTING) else 0)
    return Supervised(str(info["name"]), state, pid, since, len(ends), restarts, ends[-1] if ends else None)


def _ends(log: Path) -> Mapping[str, list[str]]:
    """Return each process's unrequested ends, oldest first, since the supervisor started."""
    try:
        older = log.with_name(f"{log.name}.1")
        text = "".join(part.read_text(errors="replace") for part in (older, log) if part.exists())
    except OSError:
        return {}
    found: dict[str, list[str]] = {}
    for _, name, how in _ENDED.findall(text[max(0, text.rfind(_STARTED)) :]):
        found.setdefault(name, []).append(how.replace("exit status", "exit code"))
    return found


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__()
        self._path, self._seconds = path, seconds

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ARG002 - the path replaces it
        return _UnixConnection(self._path, self._seconds)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("supervisor", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
