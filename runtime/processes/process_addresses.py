"""The addresses of processes that serve people, in files for the commands of the same machine. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

API: Final = "api"
"""The name of the process that serves the console and its API, as `claimwright up` and `status` show it."""

LOCAL_PROVIDER: Final = "identity"
"""The process that is the identity provider where no other is set."""

POSTGRES: Final = "postgres"
TEMPORAL: Final = "temporal"
KAFKA: Final = "kafka"
"""The servers, as `claimwright up` and `status` show them."""


def address_file(state_dir: Path, name: str) -> Path:
    """Return the file that holds the address of a process."""
    return state_dir / "health" / f"{name}.address"
