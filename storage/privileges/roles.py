"""The roles of the database: one that owns the tables, and one for each process, which may not change the schema."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

OWNER: Final = "claimwright_owner"
"""Owns every table and function, and runs migrations. No process connects as this role."""


class DatabaseRole(StrEnum):
    """The database role of each process, and of the command line."""

    INTAKE = "intake"
    STREAMS = "streams"
    WORKER = "worker"
    PUBLISHER = "publisher"
    RECONCILER = "reconciler"
    CONSOLE = "console"
    IDENTITY = "identity"
    READER = "reader"
    """Commands that read the ledger, such as `explain` and `verify`."""
    STAFFING = "staffing"
    """The command `people load`."""

    @property
    def database_name(self) -> str:
        """Return the role's name in PostgreSQL."""
        return f"claimwright_{self.value}"


ALL_ROLES: Final = (OWNER, *(role.database_name for role in DatabaseRole))
