"""The errors of the database's roles and privileges."""

from __future__ import annotations


class PrivilegesError(RuntimeError):
    """The roles or the list of grants differ from the database; the text says what to do."""
