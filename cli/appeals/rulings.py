"""Reads rulings from the command line."""

from __future__ import annotations

from typing import Any

import typer

from adjudication.appeals.independence import Ruling
from contracts.scalars import read_whole


def rulings_of(entries: list[str]) -> list[dict[str, Any]]:
    """Read entries LINE=RULING; a number as the ruling means the granted units of the line."""
    found: list[dict[str, Any]] = []
    for each in entries:
        line, _, ruling = each.partition("=")
        number = read_whole(line)
        if number is None or not ruling:
            msg = f"{each} is not LINE=RULING; write for example 1=upheld, 2=overturned or 3=0.5"
            raise typer.BadParameter(msg)
        partly = ruling not in {known.value for known in Ruling}
        entry: dict[str, Any] = {"line": number, "ruling": Ruling.PARTLY.value if partly else ruling}
        found.append(entry | {"units": ruling} if partly else entry)
    return found
