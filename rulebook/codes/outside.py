"""Codes outside this product's scope: the schema of codes/outside_scope.yaml, and its checks."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from adjudication.model.scope import OutsideCodes
from rulebook.checks import Citations, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, Procedure, Slug

OUTSIDE_SCOPE: Final = "codes/outside_scope.yaml"


class OutsideEntry(Cited):
    """One range of codes; first and last are inside."""

    kind: Slug
    first: Procedure
    last: Procedure
    valid: Dates


class OutsideFile(Cited):
    """codes/outside_scope.yaml."""

    outside: Annotated[tuple[OutsideEntry, ...], Field(min_length=1)]


def outside_codes(label: str, file: OutsideFile, citations: Citations) -> tuple[OutsideCodes, ...]:
    """Build the ranges; a range that holds not even its own ends is refused."""
    rows = []
    for index, entry in enumerate(file.outside):
        where = place(label, key=f"outside[{index}] {entry.first}")
        dates, cited = date_range(where, entry.valid), citations.of(where, entry, file)
        row = OutsideCodes(entry.kind, entry.first, entry.last, dates, cited)
        if not (row.holds(entry.first) and row.holds(entry.last)):
            raise PolicyDataError(
                where, f"{entry.first} to {entry.last} is not a range", "give two codes of one letter"
            )
        rows.append(row)
    return tuple(rows)
