"""Reads the short phrases of the table: a billed line, a span of days, an authorization.

| phrase | meaning |
|---|---|
| `72148-26-59 x2 $240.00 on 2025-11-11 rev 0612` | code and modifiers, units, charge, day, revenue code; all but the first part may be left out |
| `rev 0255 $85.00` | a hospital line with a revenue code only |
| `HUDSON-COMM 2024-01-01 to 2025-10-31` | coverage by a plan, both days inside; without `to` it goes on |
| `72158 x1 denied 2025-09-01 to 2025-10-31 for center` | an authorized service; approved for the autumn of 2025 unless it says otherwise |
| `72156-72158 x2 visits for center, radiologist as reading` | a range of codes, units that count visits, days or what cannot be counted (other), and named providers with their role |
| `72158 + 72157 denied` | two services of one authorization, each with its status |
"""

from __future__ import annotations

import re
from typing import Any, Final

_LINE: Final = re.compile(
    r"^(?P<code>[A-Z0-9]{5}(?:-[A-Z0-9]{2})*)?"
    r"(?: ?x(?P<units>[0-9.]+))?(?: \$(?P<charge>[0-9.]+))?(?: on (?P<day>[0-9-]{10}))?"
    r"(?: ?rev (?P<rev>[0-9]{4})(?: \$(?P<alone>[0-9.]+))?)?$"
)
_SPAN: Final = r"(?P<starts>[0-9]{4}-[0-9][0-9]-[0-9][0-9])(?: to (?P<through>[0-9]{4}-[0-9][0-9]-[0-9][0-9]))?"
_COVERED: Final = re.compile(rf"^(?P<plan>\S+) {_SPAN}$")
_DAYS: Final = re.compile(rf"^{_SPAN}$")
_AUTHORIZED: Final = re.compile(
    rf"^(?P<code>[0-9A-Z]{{5}})(?:-(?P<last>[0-9A-Z]{{5}}))?(?: x(?P<units>[0-9.]+)(?: (?P<kind>other|visits|days))?)?(?: (?P<status>denied|pended|cancelled))?(?: {_SPAN})?(?: for (?P<named>.+))?$"
)
_CHARGES: Final = {"26": "240.00", "TC": "1210.00"}
_CHARGE: Final = "1450.00"


def billed_line(phrase: str) -> dict[str, Any]:
    """Return the fields of a wire line; the claim fills those that the phrase leaves out."""
    found = _matched(_LINE, phrase, "a billed line")
    code, *modifiers = (found["code"] or "").split("-")
    usual = next((_CHARGES[each] for each in modifiers if each in _CHARGES), _CHARGE)
    line: dict[str, Any] = {"units": found["units"] or "1", "charge": found["charge"] or found["alone"] or usual}
    if code:
        line["code"] = code
    if modifiers:
        line["modifiers"] = modifiers
    if found["day"]:
        line["service_date"] = found["day"]
    if found["rev"]:
        line["revenue_code"] = found["rev"]
    return line


def covered(phrase: str) -> tuple[str, dict[str, str]]:
    """Return the plan and the span of a coverage phrase."""
    found = _matched(_COVERED, phrase, "a span of coverage")
    return str(found["plan"]), _span(found)


def days(phrase: str) -> dict[str, str]:
    """Return the span of a phrase that names days only."""
    return _span(_matched(_DAYS, phrase, "a span of days"))


def authorized(phrase: str) -> dict[str, Any]:
    """Return code, units, status, span and named providers, each with a role where one is stated, of an authorized service."""
    found = _matched(_AUTHORIZED, phrase, "an authorization")
    span = _span(found) if found["starts"] else {"starts": "2025-10-01", "through": "2025-12-31"}
    return {
        "code": found["code"],
        "units": found["units"] or "1",
        "status": found["status"] or "approved",
        "span": span,
        "named": [named.split(" as ") for named in (found["named"] or "").split(", ") if named],
        "code_through": found["last"],
        "unit_kind": found["kind"] or "studies",
    }


def _span(found: re.Match[str]) -> dict[str, str]:
    return {name: found[name] for name in ("starts", "through") if found[name]}


def _matched(pattern: re.Pattern[str], phrase: str, what: str) -> re.Match[str]:
    found = pattern.match(phrase)
    if found is None:
        msg = f"{phrase!r} does not read as {what}; the forms stand in cli/examples/phrases.py"
        raise ValueError(msg)
    return found
