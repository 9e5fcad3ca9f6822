"""The error of the policy loaders. Its message gives the author the place, the fault and the remedy."""

from __future__ import annotations

from pathlib import Path


class PolicyDataError(Exception):
    """A file under policies/ (or a published CMS file) that may not be loaded."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        """Build the one-line message every author sees: where, what is wrong, what to do."""
        self.where = where
        self.what = what
        self.remedy = remedy
        super().__init__(f"{where}: {what}; {remedy}")


def place(path: Path | str, line: int | None = None, key: str = "") -> str:
    """Name a place in a data file the way editors do: file, line, then the path of the key."""
    parts = [str(path)]
    if line is not None:
        parts.append(f"line {line}")
    if key:
        parts.append(key)
    return ", ".join(parts)
