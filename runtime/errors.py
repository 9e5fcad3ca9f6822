"""The errors of the local servers; every text says what, why and what to do."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """A local server could not be prepared, started or reached."""


def died(name: str, log: Path) -> StackError:
    """Say that a server ended while starting, with the end of its log."""
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else "(no log)"
    return StackError(
        f"{name} ended while starting. The end of its log {log}:\n{tail}\nFix that, then run `claimwright up` again."
    )
