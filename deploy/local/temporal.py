"""The Temporal development server on a file, with the settings that make it durable and quick on one shard.

The dev server has one history shard whose queues poll at most 20 times a second by default; the two
MaxPollRPS values lift that floor. One matching
partition is enough for one machine, and no task waits in a partition without a polling worker. `synchronous=FULL` keeps acknowledged starts through a power cut.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from deploy.local.private import private_folder
from deploy.local.processes import Command
from runtime.addresses import Ports
from runtime.errors import StackError

DYNAMIC_CONFIG = (
    "history.transferProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollRPS=1000",
    "frontend.namespaceRPS=20000",
    "frontend.rps=20000",
    "matching.rps=20000",
    "history.rps=20000",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)


def find_temporal() -> str:
    """Return the Temporal command-line tool that came with this environment, else the one on the path."""
    installed = Path(sys.executable).parent / "temporal"
    found = str(installed) if installed.exists() else shutil.which("temporal")
    if found is None:
        raise StackError("no `temporal` command; run `make setup`, or set CLAIMWRIGHT_TEMPORAL_ADDRESS")
    return found


def command(state_dir: Path, ports: Ports) -> Command:
    """Return how to start the server on its file."""
    data = state_dir / "temporal"
    private_folder(data)
    arguments = [
        find_temporal(), "server", "start-dev", "--headless",
        "--ip", "127.0.0.1", "--port", str(ports.temporal),
        "--db-filename", str(data / "temporal.db"), "--log-level", "warn",
        "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL",
    ]  # fmt: skip
    for value in DYNAMIC_CONFIG:
        arguments += ["--dynamic-config-value", value]
    return Command(arguments)
