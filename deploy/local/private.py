"""Keeps the files of the local stack private: they hold names, claims and passwords, and the host may have other users.

Where root starts the stack, PostgreSQL runs as another user, who must pass through the folders above its data. All
users may traverse such folders, but not list them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

UMASK: Final = 0o077
"""The umask of every process of the local stack: files are for its user only."""

FOLDER: Final = 0o700
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PASS_THROUGH: Final = stat.S_IXGRP | stat.S_IXOTH


@contextmanager
def private_files() -> Iterator[None]:
    """Make every file that this process creates meanwhile one for its user only."""
    before = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(before)


def private_folder(folder: Path) -> None:
    """Create a folder, with those above it that are missing, for its user only."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=FOLDER, exist_ok=True)


def allow_passage(path: Path) -> None:
    """Let other users pass through the folders above a path, as far as they cannot yet; no user may list more than before."""
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & _PASS_THROUGH != _PASS_THROUGH:
            folder.chmod(mode | _PASS_THROUGH)


def close_to_others(state_dir: Path, apart_from: Path) -> None:
    """Remove rights that an earlier version gave other users below a state folder, except for downloads, which are public."""
    for path in (state_dir, *_below(state_dir, apart_from)):
        with suppress(FileNotFoundError):  # a running server removes its own files
            mode = stat.S_IMODE(path.lstat().st_mode)
            closed = mode & ~_OTHERS | (mode & _PASS_THROUGH if path == state_dir else 0)
            if closed != mode:
                path.chmod(closed)


def _below(folder: Path, apart_from: Path) -> Iterator[Path]:
    """Yield every file and folder below a folder; links are not followed."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_symlink() or path == apart_from:
            continue
        yield path
        if entry.is_dir():
            yield from _below(path, apart_from)
