"""Reads the form of a staff record, and shows a record as that form again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from pydantic import ValidationError
from starlette.datastructures import FormData

from console.web.problems import invalid
from contracts.actions.people import PersonV1

LICENSE_FIELDS: Final = ("number", "state", "profession", "expertise", "starts", "ends")
SPARE: Final = 1
"""Empty rows of licenses that the form offers besides those on record."""


def person_of(sent: FormData) -> PersonV1:
    """Return the record that a form describes; raises Problem, which names the fields."""
    words = {name: _text(sent, name) for name in ("person_id", "reports_to", "conflicts")}
    record: dict[str, Any] = {
        "person_id": words["person_id"],
        "roles": [str(each) for each in sent.getlist("role")],
        "reports_to": words["reports_to"] or None,
        "conflicts": words["conflicts"].replace(",", " ").split(),
        "active": _text(sent, "active") == "yes",
        "licenses": list(_licenses(sent)),
    }
    try:
        return PersonV1.model_validate_json(orjson.dumps(record))
    except ValidationError as error:
        raise invalid(error) from None


def typed(sent: FormData) -> dict[str, Any]:
    """Return the input, to show it again with its errors."""
    return {
        "person_id": _text(sent, "person_id"),
        "roles": frozenset(str(each) for each in sent.getlist("role")),
        "reports_to": _text(sent, "reports_to"),
        "conflicts": _text(sent, "conflicts"),
        "active": _text(sent, "active") == "yes",
        "licenses": [*({**each, "expertise": ", ".join(each["expertise"])} for each in _licenses(sent)), *[{}] * SPARE],
        "reason": _text(sent, "reason"),
    }


def shown(person: PersonV1 | None) -> dict[str, Any]:
    """Return a record as the form's values; None is an empty form for a new person."""
    if person is None:
        return {
            "person_id": "", "roles": frozenset(), "reports_to": "", "conflicts": "", "active": True,
            "licenses": [{}] * SPARE, "reason": "",
        }  # fmt: skip
    record = person.model_dump(mode="json")
    licenses = [{**each, "expertise": ", ".join(each["expertise"])} for each in record["licenses"]]
    return {
        "person_id": person.person_id,
        "roles": frozenset(record["roles"]),
        "reports_to": person.reports_to or "",
        "conflicts": " ".join(person.conflicts),
        "active": person.active,
        "licenses": [*licenses, *[{}] * SPARE],
        "reason": "",
    }


def differences(now: PersonV1 | None, then: PersonV1) -> tuple[tuple[str, str, str], ...]:
    """Return the changed fields, each with its present and its proposed value."""
    if now is None:
        before: Mapping[str, str] = dict.fromkeys(_as_words(then), "nothing")
    else:
        before = _as_words(now)
    return tuple((what, before[what], words) for what, words in _as_words(then).items() if before[what] != words)


def _as_words(person: PersonV1) -> dict[str, str]:
    return {
        "Works here": "yes" if person.active else "no",
        "Roles": ", ".join(sorted(role.value for role in person.roles)),
        "Licenses": "; ".join(_license_words(person)) or "none",
        "Reports to": person.reports_to or "no one on record",
        "Interests in providers (NPI)": ", ".join(person.conflicts) or "none",
    }


def _license_words(person: PersonV1) -> Iterator[str]:
    for each in person.licenses:
        until = "" if each.ends is None else f", not valid from {each.ends.isoformat()}"
        restricted = ", restricted" if each.restricted else ""
        yield f"{each.profession} {each.state} {each.number} ({', '.join(each.expertise)}){until}{restricted}"


def _licenses(sent: FormData) -> Iterator[dict[str, Any]]:
    """Yield the rows of licenses that hold a number; an emptied row removes its license."""
    for row in range(len(sent.getlist("license-number"))):
        words = {name: _at(sent, f"license-{name}", row) for name in LICENSE_FIELDS}
        if words["number"]:
            expertise = [each.strip() for each in words["expertise"].split(",") if each.strip()]
            restricted = _at(sent, "license-restricted", row) == "yes"
            ends = words["ends"] or None
            yield {**words, "expertise": expertise, "ends": ends, "restricted": restricted}


def _at(sent: FormData, name: str, row: int) -> str:
    values = sent.getlist(name)
    return str(values[row]).strip() if row < len(values) else ""


def _text(sent: FormData, name: str) -> str:
    return str(sent.get(name) or "").strip()
