"""Adapters run as in production: each with the database role of the process that has it."""

from __future__ import annotations

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.privileges.roles import DatabaseRole


def in_role(engine: AsyncEngine, role: DatabaseRole) -> AsyncEngine:
    """The same pool, whose transactions have the privileges of a role and no others."""
    acting = engine.execution_options(acting_as=role.value)

    @event.listens_for(acting.sync_engine, "begin")
    def take_role(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL ROLE {role.database_name}")

    return acting
