"""The report of a process about itself at its health endpoint, found through the port file it wrote."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PID_HEADER: Final = "Claimwright-Pid"
"""Header of every answer, so that another process on a reused port is not mistaken for the intended one."""


@dataclass(frozen=True, slots=True)
class Health:
    """`says` is "ready", or the reason why the process waits."""

    port: int
    pid: int | None
    ready: bool
    says: str


def port_file(state_dir: Path, name: str) -> Path:
    """Return the file that holds the port where a process answers about its health."""
    return state_dir / "health" / f"{name}.port"


def ask(state_dir: Path, name: str, seconds: float = 2.0) -> Health | None:
    """Request the report of a process; None if it does not answer."""
    try:
        port = int(port_file(state_dir, name).read_text())
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=seconds)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            pid = answer.headers.get(PID_HEADER, "")
            says = answer.read(500).decode("ascii", "replace").strip()
            return Health(port, int(pid) if pid.isdigit() else None, answer.status == 200, says)
    except (OSError, ValueError):
        return None
