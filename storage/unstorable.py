"""Distinguishes data that the database can never store from temporary errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import orjson
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from contracts.unstorable import UnstorableError

_CLASSES: Final = ("22", "23", "54")
"""SQLSTATE classes: data exception, integrity constraint violation, program limit exceeded."""
_CONVERSION: Final = (ValueError, OverflowError, orjson.JSONEncodeError)


@contextmanager
def unstorable_data() -> Iterator[None]:
    """Raise UnstorableError for errors of the data; every other error passes unchanged and may be tried again."""
    try:
        yield
    except StatementError as error:
        code = _code(error)
        if code is None:
            raise
        raise UnstorableError(code) from error
    except _CONVERSION as error:
        raise UnstorableError(type(error).__name__) from error


def _code(error: StatementError) -> str | None:
    cause = error.orig
    state = getattr(cause, "sqlstate", None) if isinstance(error, DBAPIError) else None
    if state is not None:
        return str(state) if str(state).startswith(_CLASSES) else None
    if isinstance(error, DataError | IntegrityError) or isinstance(cause, _CONVERSION):
        return type(cause).__name__
    return None
