"""The cursor of a list's next page, as an opaque text in an address: a time, then the id of the last row.

A list sorted by a due date may hold rows without one; their time is None, and they come after every dated row.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Final
from uuid import UUID

from console.web.problems import Problem
from contracts.scalars import read_number

Cursor = tuple[datetime | None, str]
NO_TIME: Final = "infinity"
"""PostgreSQL's timestamp after all others; in a cursor it means that the row has no time."""


def write_cursor(at: datetime | None, row_id: str) -> str:
    """Return the cursor of the page that follows a row."""
    text = f"{NO_TIME if at is None else at.isoformat()} {row_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(sent: str | None) -> Cursor | None:
    """Return the cursor that `write_cursor` wrote, None for none; raises Problem for anything else."""
    if not sent:
        return None
    try:
        text, _, row_id = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)).decode().rpartition(" ")
        at = None if text == NO_TIME else datetime.fromisoformat(text)
        row_id = str(UUID(row_id))
    except (ValueError, binascii.Error):
        raise _not_ours() from None
    if at is not None and at.tzinfo is None:
        raise _not_ours()
    return at, row_id


def read_dated_cursor(sent: str | None) -> tuple[datetime, str] | None:
    """Return the cursor of a list in which every row has a time."""
    cursor = read_cursor(sent)
    if cursor is None:
        return None
    at, row_id = cursor
    if at is None:
        raise _not_ours()
    return at, row_id


def write_place(place: tuple[str, str]) -> str:
    """Return the cursor of the page that follows a row of a list sorted by a time or an amount."""
    return base64.urlsafe_b64encode(" ".join(place).encode()).decode().rstrip("=")


def read_place(sent: str | None, *, amount: bool) -> tuple[str, str] | None:
    """Return the place that `write_place` wrote, None for none; raises Problem for anything else, and for a list with another order."""
    if not sent:
        return None
    try:
        key, _, row_id = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)).decode().rpartition(" ")
        place = key, str(UUID(row_id))
        sound = (
            read_number(key.removeprefix("-")) is not None if amount else datetime.fromisoformat(key).tzinfo is not None
        )
    except (ValueError, binascii.Error):
        raise _not_ours() from None
    if not sound:
        raise _not_ours()
    return place


def _not_ours() -> Problem:
    return Problem(422, "cursor", "this is not a cursor of this console; start at the first page")
