"""Transactions that lose a race are run again; a transaction that can never succeed is an error, never a loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
_TRIES: Final = 5
UNIQUE_VIOLATION: Final = "23505"
SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK_DETECTED: Final = "40P01"


async def again_after(lost: frozenset[str], transaction: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction, again when it ends in one of these SQLSTATEs.

    Raises the last error when it loses five times in a row: that is a defect, not a race.
    """
    for _ in range(_TRIES - 1):
        try:
            return await transaction()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in lost:
                raise
    return await transaction()
