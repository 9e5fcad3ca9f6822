"""What must hold of interest as determinations told it: it follows from its own figures, and doubts are before a person."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FOLLOWS: Final = "interest is told on money paid late, and is what its own figures make"
ASKED: Final = "interest that is not sure is before a person"

_RAISED: Final = text("SELECT cause FROM reopenings WHERE reason = 'interest-unsettled'")


async def raised_for_interest(connection: AsyncConnection) -> frozenset[str]:
    """Return the ids of the determination events whose interest somebody was asked to settle."""
    return frozenset((await connection.scalars(_RAISED)).all())


def interest_follows(told: dict[str, Any]) -> bool:
    """Say whether the interest of a determination event is on no more than it pays, and reckoned as it says."""
    entries = told.get("interest", ())
    if entries and told.get("superseded_by") is not None:
        return False
    most = sum((Decimal(line["paid"]) for line in told["lines"]), Decimal(0))
    return all(_follows(entry, most) for entry in entries)


def unsure(told: dict[str, Any]) -> bool:
    """Say whether a determination event tells interest that somebody has to settle."""
    return any(entry["why"] for entry in told.get("interest", ()))


def _follows(entry: dict[str, Any], most: Decimal) -> bool:
    reckoned = entry["standing"] != "not-reckoned"
    if not reckoned or "amount" not in entry:
        return not reckoned and "amount" not in entry and bool(entry["why"])
    on, days = Decimal(entry["on"]), (date.fromisoformat(entry["through"]) - date.fromisoformat(entry["due_on"])).days
    exact = on * Decimal(entry["percent"]) * days / 100 / entry["days_in_year"]
    owed = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    due = Decimal(0) if owed < Decimal(entry["least"]) else owed
    return 0 < on <= most and entry["days"] == days > 0 and Decimal(entry["amount"]) == due
