"""Finds processes that connect to the database with more rights than they need."""

from __future__ import annotations

from typing import Final

import psycopg

_POWERS: Final = """
    SELECT CASE WHEN rolsuper THEN 'is a superuser'
                WHEN rolcreaterole THEN 'may create roles'
                WHEN EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = r.oid)
                THEN 'owns tables' END
    FROM pg_roles r WHERE rolname = current_user
"""


def excess(dsn: str) -> str | None:
    """Return the excess right of a connection, or None. Raises psycopg.Error."""
    with psycopg.connect(dsn, connect_timeout=3) as connection:
        row = connection.execute(_POWERS).fetchone()
    return None if row is None else row[0]
