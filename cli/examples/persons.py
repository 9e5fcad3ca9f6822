"""The people of a row under one member id: whom the coverage feed knows, and whom a claim names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from adjudication.model.persons import Person
from cli.demo import people
from cli.examples.rows import ClaimFields, Row
from contracts.scalars import read_day

BORN: Final[Mapping[str, date]] = {
    "member": read_day(people.BIRTH_DATE),
    "parent": read_day(people.BIRTH_DATE),
    "child": date(2010, 5, 5),
    "twin-a": date(2012, 6, 6),
    "twin-b": date(2012, 6, 6),
    "twin-unclear": date(2012, 6, 6),
}
_GIVEN: Final = {"child": "Childina", "twin-a": "Twinanna", "twin-b": "Twinbella", "twin-unclear": "T"}


def member_id(row: Row) -> str:
    """Return the member id of a row; all of its persons share it."""
    return f"SYN-M-{row.number:04d}"


def on_file(row: Row) -> list[tuple[str, str | None]]:
    """Return the persons of the coverage feed, each with the days of the coverage (None: as the row's)."""
    found: list[tuple[str, str | None]] = []
    for each in row.persons or ["member"]:
        found += [(each, None)] if isinstance(each, str) else list(each.items())
    return found


def covers(row: Row, name: str) -> Person | None:
    """Return whom a span states that it covers; only a family's spans state names."""
    if not row.persons:
        return None
    return Person(row.born or BORN[name], _family(row), _given(name))


def _family(row: Row) -> str:
    return f"Testcase-{row.number:04d}"


def _given(name: str) -> str:
    return _GIVEN.get(name, "Synthia")


def as_claimed(row: Row, fields: ClaimFields) -> dict[str, Any]:
    """Return the patient as the claim states them."""
    born = fields.claimed_born or fields.born or BORN[fields.person]
    stated = {
        "member_id": member_id(row),
        "birth_date": born.isoformat(),
        "family_name": _family(row),
        "given_name": _given(fields.person),
    }
    return stated if fields.sex is None else {**stated, "sex": fields.sex}
