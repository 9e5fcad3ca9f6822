"""Finds the line and column of a value in a JSON text, so that an error can be looked up in an editor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

_SPACE: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()


def place_of(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Return the line and column (both from 1) of the value at a path, or of the deepest part of it that is there."""
    at = _skip(text, 0)
    for part in path:
        inner = _member(text, at, part) if isinstance(part, str) and text[at] == "{" else None
        if isinstance(part, int) and text[at] == "[":
            inner = _item(text, at, part)
        if inner is None:
            break
        at = inner
    return line_and_column(text, at)


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Return the line and column (both from 1) of a character."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _member(text: str, at: int, name: str) -> int | None:
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, end = _DECODER.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)
        if key == name:
            return value
        at = _next(text, value)
    return None


def _item(text: str, at: int, index: int) -> int | None:
    at = _skip(text, at + 1)
    for _ in range(index):
        if text[at] == "]":
            return None
        at = _next(text, at)
    return None if text[at] == "]" else at


def _next(text: str, value: int) -> int:
    """Return the start of the text after a value and its comma, or of the closing bracket."""
    _, end = _DECODER.raw_decode(text, value)
    end = _skip(text, end)
    return _skip(text, end + 1) if text[end] == "," else end


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
