"""Other users of the software can read and list nothing of a running pipeline: topics, ledger, histories, logs, keys."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.builders.pipeline.pipeline import RunningPipeline

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
_READ_OR_WRITE = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


def _found(state_dir: Path) -> dict[str, int]:
    """Return the permissions of the state folder and of everything below it."""
    found = {".": stat.S_IMODE(state_dir.stat().st_mode)}
    for folder, folders, files in os.walk(state_dir):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.exists() and not path.is_symlink():
                found[path.relative_to(state_dir).as_posix()] = stat.S_IMODE(path.stat().st_mode)
    return found


def test_other_users_read_nothing_of_a_running_pipeline(pipeline: RunningPipeline) -> None:
    found = _found(pipeline.state_dir)
    for part in ("kafka", "temporal", "postgres", "logs", "health", "run", "stack.json", "payload.key"):
        assert part in found, f"{part} is part of a running pipeline"
    assert len([name for name in found if name.startswith("kafka/log/")]) > 20
    assert {name: oct(mode) for name, mode in found.items() if mode & _READ_OR_WRITE} == {}
