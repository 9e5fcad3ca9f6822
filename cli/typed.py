"""Reads days and numbers typed on the command line as contracts/scalars.py writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import typer

from contracts.scalars import read_day, read_whole


def day(text: str) -> date:
    """Read a day; raises typer.BadParameter."""
    try:
        return read_day(text)
    except ValueError:
        raise typer.BadParameter("a day is written as 2025-11-03, and the calendar must have it") from None


def whole(least: int, most: int = 999_999_999) -> Callable[[str], int]:
    """Return a reader of whole numbers within limits, both inclusive."""

    def number(text: str) -> int:
        found = read_whole(str(text))  # a default comes as a number
        if found is None or not least <= found <= most:
            limits = f"from {least} to {most}" if most < 999_999_999 else f"of {least} or more"
            raise typer.BadParameter(f"a whole number {limits} is needed, in the digits 0 to 9")
        return found

    return number
