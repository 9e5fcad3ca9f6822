"""Large JSON values as one parameter of a set-wise insert.

Inside the JSON document of the other columns, PostgreSQL would parse them several times, which takes longer than
storing them; as an array, the driver would process each character.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_SEPARATOR: Final = b"\x1e"
"""The record separator of JSON text sequences (RFC 7464): no JSON contains it, since strings escape control characters."""

SEQUENCE: Final = "unnest(string_to_array(CAST(:{} AS text), chr(30)))"
"""The SQL that returns the values of such a parameter, one per row and in their order; `format` it with its name."""


def sequence(values: Iterable[bytes]) -> str:
    """Pack JSON values."""
    return _SEPARATOR.join(values).decode()
