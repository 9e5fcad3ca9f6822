"""Headers of a Kafka record, unchanged: names and bytes, in order, repeated names included."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Final

Headers = tuple[tuple[str, bytes | None], ...]

LARGEST_HEADERS: Final = 65_536
"""Bytes of names and values that are kept of one record. In JSON small headers grow to several times their size, and a
dead letter that did not fit its topic would hold back everything behind it."""
MOST_HEADERS: Final = 500

Pairs = list[list[str | None]]


def too_many(headers: Headers) -> bool:
    """Return whether there are more headers than are kept."""
    return len(headers) > MOST_HEADERS or size(headers) > LARGEST_HEADERS


def size(headers: Headers) -> int:
    """Count bytes of names and values."""
    return sum(len(name.encode()) + len(value or b"") for name, value in headers)


def to_pairs(headers: Headers) -> Pairs:
    """Return headers as JSON holds them: name, and value in base64."""
    return [[name, None if value is None else base64.b64encode(value).decode()] for name, value in headers]


def from_pairs(pairs: Iterable[Sequence[str | None]] | None) -> Headers:
    """Return headers from their JSON form."""
    return tuple(
        (name or "", None if value is None else base64.b64decode(value, validate=True)) for name, value in pairs or ()
    )
