"""A process that says that it is ready and then never looks up again. Run as `python -m tests.builders.servers.stuck_process FOLDER`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from runtime.processes.lifecycle import Running, leave, run_service
from runtime.settings import Settings


async def serve(_settings: Settings, running: Running) -> None:
    running.ready.set()
    await running.stop.wait()
    time.sleep(600)  # noqa: ASYNC251 - what is tested: the event loop is blocked


if __name__ == "__main__":
    leave(run_service("intake", serve, Settings(state_dir=Path(sys.argv[1]), grace_seconds=2)))
