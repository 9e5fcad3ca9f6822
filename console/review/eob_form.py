"""Reads the form in which a reviewer enters another payer's explanation of benefits, line by line.

The core checks afterwards whether the amounts balance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from contracts.scalars import read_whole

_MONEY: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_ADJUSTMENT: Final = re.compile(r"(CO|CR|OA|PI|PR)-([0-9A-Z]{1,5})\s+(-?[0-9]{1,9}(?:\.[0-9]{1,2})?)")
_PAID: Final = "paid:"
_WHY: Final = "why:"


def read_explained(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the action's content and its errors by field; the total is the sum of the lines."""
    errors = {
        name: words
        for name, words in (
            ("payer_id", "say which payer"),
            ("adjudicated_on", "say when it decided"),
            ("source", "say where you read it"),
        )
        if not typed.get(name, "").strip()
    }
    lines = []
    for name in typed:
        if name.startswith(_PAID):
            number = name.removeprefix(_PAID)
            line, wrong = _line(number, typed[name].strip(), typed.get(_WHY + number, ""))
            errors |= wrong
            lines.append(line)
    content = {
        "payer_id": typed.get("payer_id", "").strip(),
        "adjudicated_on": typed.get("adjudicated_on", ""),
        "paid": str(sum((Decimal(line["paid"]) for line in lines), Decimal(0))),
        "lines": lines,
    }
    return {"source": typed.get("source", "").strip(), "adjudication": content}, errors


def _line(number: str, paid: str, why: str) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    if not _MONEY.fullmatch(paid):
        errors[_PAID + number], paid = "what it paid, in dollars and cents; 0 if nothing", "0"
    parts = [part.strip() for part in why.split(",") if part.strip()]
    found = [_ADJUSTMENT.fullmatch(part) for part in parts]
    if not all(found):
        errors[_WHY + number] = "group, code and amount of each, as CO-45 150.00, PR-2 50.00"
    adjustments = list(_adjustments(found))
    return {"number": read_whole(number) or 0, "paid": paid, "adjustments": adjustments}, errors


def _adjustments(found: list[re.Match[str] | None]) -> Iterator[dict[str, str]]:
    for each in found:
        if each is not None:
            yield {"group": each[1], "carc": each[2], "amount": each[3]}
