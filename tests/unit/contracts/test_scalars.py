"""One way to write dates, times, numbers and identifiers, for every model that something comes in by."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

import console
import contracts.actions
import contracts.events
import rulebook
from contracts.scalars import Day, Moment, Money, Npi, PlausibleDate, Reader, SignedMoney, Whole, ascii_text
from tools.asyncapi import generate

ROOT = Path(__file__).parents[3]
ARABIC_NPI = "1234567893".translate({ord("0") + digit: chr(0x0660 + digit) for digit in range(10)})


def _json(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_json(orjson.dumps(value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((PlausibleDate, text) for text in ("00000000", "0", "-86400", "20251103", "2025-W45-1", "2025-1-3")),
        *((PlausibleDate, text) for text in ("2025-02-29", "2025-11-03T00:00:00", " 2025-11-03", "٢٠٢٥-١١-٠٣", "")),
        *((PlausibleDate, value) for value in (0, 86400, 20251103, 1.5, True, None, ["2025-11-03"])),
        *((PlausibleDate, text) for text in ("0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31")),
        (Day, "1989-12-31"),
        (Day, "2201-01-01"),
        *((Moment, text) for text in ("0001-01-01T00:00:00+14:00", "1989-12-31T23:59:59Z", "9999-12-31T23:59:59Z")),
        *((Moment, text) for text in ("2025-11-03T09:00:00+23:59", "2025-11-03T09:00:00-12:15")),
        *((Moment, text) for text in ("2025-11-03T09:00:00+14:15", "2025-11-03T09:00:00+05:17")),
        *((Moment, text) for text in ("2025-11-03T09:00:00", "2025-11-03 09:00:00Z", "2025-11-03T09:00Z")),
        *((Moment, text) for text in ("2025-11-03", "1700000000", "2025-11-03T09:00:00-0500", "2025-11-03T24:00:00Z")),
        *((Moment, text) for text in ("2025-11-03T09:00:00,5Z", "٢٠٢٥-11-03T09:00:00Z", "20251103T090000Z", 0)),
        *((Money, text) for text in ("1_450.00", " 1450.00 ", "-0.00", "-0", "+5", "1e3", "1,450.00", "٥.٠٠")),
        *((Money, text) for text in ("", ".5", "1.", "007", "NaN", "Infinity", "0x10", "12.345", "-1", "$5")),
        *((Money, value) for value in (-0.0, 1e22, True, None, [1])),
        (SignedMoney, "-0.00"),
        (Npi, ARABIC_NPI),
        (Npi, "1234567893\n"),
        *((Whole, text) for text in ("٥", "1_0", " 5", "+5", "5.0", "1e3", "")),
    ],
)
def test_what_is_not_written_as_the_contract_says_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        _json(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "means"),
    [
        (Day, "1990-01-01", date(1990, 1, 1)),
        (Day, "2200-12-31", date(2200, 12, 31)),
        (PlausibleDate, "1900-01-01", date(1900, 1, 1)),
        (PlausibleDate, "2024-02-29", date(2024, 2, 29)),
        (Moment, "2025-11-03T14:30:00Z", datetime(2025, 11, 3, 14, 30, tzinfo=UTC)),
        (Moment, "2025-11-03t14:30:00z", datetime(2025, 11, 3, 14, 30, tzinfo=UTC)),
        (Moment, "2025-11-03T09:30:00-05:00", datetime(2025, 11, 3, 14, 30, tzinfo=UTC)),
        (Moment, "2025-11-04T04:30:00.250+14:00", datetime(2025, 11, 3, 14, 30, 0, 250_000, tzinfo=UTC)),
        (Moment, "2025-11-03T20:15:00+05:45", datetime(2025, 11, 3, 14, 30, tzinfo=UTC)),
        (Moment, "1989-12-31T19:00:00-05:00", datetime(1990, 1, 1, tzinfo=UTC)),
        (Moment, "2200-12-31T23:59:59Z", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (Money, "0.00", Decimal(0)),
        (Money, "1450.00", Decimal("1450.00")),
        (Money, 1450, Decimal(1450)),
        (Money, 412.5, Decimal("412.5")),
        (SignedMoney, "-12.30", Decimal("-12.30")),
        (Whole, "25", 25),
        (Whole, 25, 25),
    ],
)
def test_what_is_written_as_the_contract_says_is_read_as_it_means(kind: Any, value: object, means: object) -> None:
    assert _json(kind, value) == means


@pytest.mark.parametrize("pattern", [r"^\d{2}$", r"^\w+$", "^[^ ]+$", "^.+$", "^[0-9]{2}", "^[a-zé]$"])
def test_the_form_of_an_identifier_names_its_ascii_characters(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"anchor|ASCII"):
        ascii_text(pattern)


def _models() -> Iterator[type[BaseModel]]:
    """Every model of the events, the actions, the API and the files of policies/."""
    for package in (contracts.events, contracts.actions, console, rulebook):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name in vars(importlib.import_module(module.name)).values():
                if isinstance(name, type) and issubclass(name, BaseModel) and name.__module__ == module.name:
                    yield name


def _bare(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[str]:
    """Name the types within an annotation that do not say how they are written."""
    own = (*getattr(annotation, "__metadata__", ()), *metadata)
    if annotation in {date, datetime, Decimal} and not any(isinstance(each, Reader) for each in own):
        yield annotation.__name__
    for part in get_args(annotation):
        first = hasattr(annotation, "__metadata__") and part is get_args(annotation)[0]
        if first or not isinstance(part, (FieldInfo, Reader)):
            yield from _bare(part, own if first else ())


def test_every_model_says_how_its_dates_times_and_numbers_are_written() -> None:
    models = list(_models())
    bare = [
        f"{model.__module__}.{model.__name__}.{name}: {kind}"
        for model in models
        for name, field in model.model_fields.items()
        for kind in _bare(field.annotation, tuple(field.metadata))
    ]
    assert len(models) > 200
    assert bare == []


def test_the_search_for_bare_types_finds_them_wherever_they_stand() -> None:
    class Bare(BaseModel):
        on: date
        at: tuple[datetime, ...] | None = None
        by_day: dict[str, Decimal]
        fine: tuple[Day, ...] | None = None

    found = [kind for field in Bare.model_fields.values() for kind in _bare(field.annotation, tuple(field.metadata))]
    assert found == ["date", "datetime", "Decimal"]


_WORDS_FOR_PEOPLE = {
    "Words",
    "Text",
    "FreeText",
    "Remark",
    "Description",
    "Paragraph",
    "Locator",
    "ShortText",
    "Sentence",
    "seed:",
}
_OTHER_WAYS = (
    "isdigit(",
    "isdecimal(",
    "isnumeric(",
    "strptime(",
    "fromisoformat(",
    "AwareDatetime",
    "formats=[",
    "\\d",
)
_OURS = {
    "contracts/scalars.py": _OTHER_WAYS,
    # What was written by us: cursors, stored documents, our own scenarios.
    "console/web/cursors.py": ("fromisoformat(",),
    "console/review/hold_view.py": ("fromisoformat(",),
    "console/appeals/list.py": ("fromisoformat(",),
    "contracts/records/decision_json.py": ("fromisoformat(",),
    "cli/demo/maker.py": ("fromisoformat(",),
    "cli/demo/scenarios/before_release.py": ("fromisoformat(",),
    "console/access/guard.py": ("isdigit(",),  # bytes, which know ASCII digits only
}


def _sources(*folders: str) -> Iterator[tuple[str, int, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                yield path.relative_to(ROOT).as_posix(), number, line


def test_every_identifier_takes_its_form_from_the_one_module() -> None:
    own = [
        f"{path}:{number}"
        for path, number, line in _sources("contracts", "console", "rulebook")
        if "Field(" in line
        and "pattern=" in line
        and path != "contracts/scalars.py"
        and line.split()[0] not in _WORDS_FOR_PEOPLE
    ]
    assert own == []


def test_nothing_typed_or_sent_is_read_in_another_way() -> None:
    folders = ("contracts", "console", "rulebook", "cli", "streams", "adjudication", "letters")
    others = [
        f"{path}:{number}: {way}"
        for path, number, line in _sources(*folders)
        for way in _OTHER_WAYS
        if way in line and way not in _OURS.get(path, ())
    ]
    assert others == []


def test_the_published_document_states_each_form() -> None:
    schemas = orjson.loads(generate())["components"]["schemas"]
    line = schemas["ClaimLineV1"]["properties"]
    assert line["service_date"]["pattern"] == "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    assert "1900-2200" in line["service_date"]["description"]
    assert {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"} in line["charge"]["anyOf"]
    time = schemas["ClaimSubmitted"]["properties"]["time"]
    assert time["format"] == "date-time"
    assert "1990-2200" in time["description"]
    assert "-12:00 to +14:00" in time["description"]
    assert b"\\\\d" not in generate()
