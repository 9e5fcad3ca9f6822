"""The command line as a newcomer runs it, on a separate stack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from runtime.settings import REPOSITORY, Settings


class CommandLine:
    """Runs `claimwright` against one state folder."""

    def __init__(self, state_dir: Path, **settings: str) -> None:
        self.state_dir = state_dir
        self.cache_dir = Settings().cache_dir or REPOSITORY / ".local" / "cache"
        self._environment = {
            **os.environ,
            "CLAIMWRIGHT_STATE_DIR": str(state_dir),
            "CLAIMWRIGHT_CACHE_DIR": str(self.cache_dir),
            "COLUMNS": "200",
            **settings,
        }

    def __call__(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli.main", *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self._environment,
            cwd=REPOSITORY,
            check=False,
        )
