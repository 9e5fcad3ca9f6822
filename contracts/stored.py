"""Reads values of the ledger. Values that an earlier version accepted stay readable, although contracts/scalars.py now refuses some.

The result is the value that the earlier version read, with one exception: a fact's day that is not a calendar date
(such as "0") is unknown, although an earlier version read it as a day of 1970.
"""

from __future__ import annotations

import unicodedata
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from contracts.scalars import STORED

Kind = TypeVar("Kind")
Model = TypeVar("Model", bound=BaseModel)


def read_stored(model: type[Model], content: str | bytes) -> Model:
    """Read a stored model."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        return model.model_validate(_readable(content, error), strict=False, context=STORED)


def read_stored_by(adapter: TypeAdapter[Kind], content: str | bytes) -> Kind:
    """Read a value with a pydantic type adapter."""
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        return adapter.validate_python(_readable(content, error), strict=False, context=STORED)


def _readable(content: str | bytes, error: ValidationError) -> Any:
    """Return the parsed content with other scripts' digits as ASCII digits, and without facts whose day cannot be read."""
    parsed = orjson.loads(content)
    forget: list[tuple[list[Any], Any]] = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        if not problem["loc"]:  # a check of the whole model has no path
            continue
        *path, last = problem["loc"]
        holders = _holders(parsed, path)
        holder = holders[-1]
        if problem["type"] == "string_pattern_mismatch":
            holder[last] = "".join(_ascii(each) for each in holder[last])
        facts = holders[-2] if len(holders) > 1 else None
        if problem["type"] == "calendar_date" and last == "day" and isinstance(facts, list):
            forget.append((facts, holder))
    for facts, fact in forget:
        facts.remove(fact)
    return parsed


def _holders(content: Any, path: list[int | str]) -> list[Any]:
    """Return the values from the outermost to that at a path; a part that names a kind of message is not a key and is left out."""
    found = [content]
    for part in path:
        holder: Any = found[-1]
        if isinstance(part, int) or part in holder:
            found.append(holder[part])
    return found


def _ascii(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
