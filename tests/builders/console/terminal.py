"""The command line against a separate application, as different people."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from tests.builders.console.office import Office, token
from tests.builders.pipeline.command_line import CommandLine


class Terminal:
    """Runs commands against the application and its database; Kafka and Temporal are not there."""

    def __init__(self, office: Office, address: str, database: str, folder: Path) -> None:
        self._office, self._folder = office, folder
        self._settings = {
            "CLAIMWRIGHT_API_URL": address,
            "CLAIMWRIGHT_POSTGRES_DSN": database,
            "CLAIMWRIGHT_KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "CLAIMWRIGHT_TEMPORAL_ADDRESS": "127.0.0.1:1",
        }

    async def __call__(self, who: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        given = {} if who is None else {"CLAIMWRIGHT_API_TOKEN": token(who, self._office.now)}
        return await asyncio.to_thread(CommandLine(self._folder, **self._settings, **given), *arguments)
