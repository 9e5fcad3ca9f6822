"""The errors of the local servers; every text has the fault, its cause and the remedy."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """A local server could not be prepared, started or reached."""


def died(name: str, log: Path) -> StackError:
    """Return the error for a server that ended while starting, with the end of its log."""
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else "(no log)"
    return StackError(
        f"{name} ended while starting. The end of its log {log}:\n{tail}\nFix that, then run `claimwright up` again."
    )
