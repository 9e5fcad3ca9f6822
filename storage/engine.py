"""Connections to PostgreSQL: one asynchronous pool per process, prepared statements, UTC."""

from __future__ import annotations

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DRIVER = "postgresql+psycopg"
Database = AsyncEngine
"""The pool of connections, for callers that pass it on and send no SQL themselves."""


def create_engine(dsn: str, pool_size: int = 8, *, pooler: bool = False) -> AsyncEngine:
    """Create the pool for a DSN such as `postgresql://user:password@host:port/database`.

    A lost connection is noticed when it is taken from the pool, so a restarted database costs one retry. Where the DSN
    leads to a `pooler` of transactions, no statement is prepared and no option sent, since both belong to a session; the
    roles' own setting gives them UTC then, which `settings check` looks at (docs/operations/connections.md).
    """
    session = {"prepare_threshold": None} if pooler else {"prepare_threshold": 3, "options": "-c timezone=UTC"}
    return create_async_engine(
        make_url(dsn).set(drivername=DRIVER),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,  # a failing statement's parameters are member data
        connect_args={"connect_timeout": 5, **session},
    )
