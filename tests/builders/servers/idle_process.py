"""A process that has nothing to do, on the servers named in its settings; it looks at them often, and no trouble may last.

Run as `python -m tests.builders.servers.idle_process FOLDER`; its settings come from the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

from runtime.processes import waiting
from runtime.processes.lifecycle import Running, leave, run_service
from runtime.processes.process_addresses import KAFKA, POSTGRES, TEMPORAL
from runtime.settings import Settings
from streams.kafka import trouble


async def serve(_settings: Settings, running: Running) -> None:
    running.ready.set()
    await running.stop.wait()


if __name__ == "__main__":
    trouble.LASTS_SECONDS = 0.5  # type: ignore[misc]
    waiting.LOOKS_EVERY_SECONDS = 0.2  # type: ignore[misc]
    settings = Settings(state_dir=Path(sys.argv[1]))
    leave(run_service("intake", serve, settings, (POSTGRES, TEMPORAL, KAFKA)))
