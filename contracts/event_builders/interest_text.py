"""Interest on a late payment in a sentence, as the command line, the console and letters to providers tell it.

What is not reckoned is said not to be reckoned; no sentence here may read as if nothing were owed.
"""

from __future__ import annotations

from typing import Any

import orjson

from contracts.events.determinations import InterestV1


def interest_of(told: dict[str, Any]) -> tuple[InterestV1, ...]:
    """Read the interest of a determination as its event told it; events of money paid in time tell none."""
    return tuple(InterestV1.model_validate_json(orjson.dumps(entry)) for entry in told.get("interest", ()))


def in_words(interest: InterestV1) -> str:
    """Say how much interest there is, on what, for how long, and what another day adds."""
    late = "" if interest.on is None else f" on ${interest.on:,.2f}"
    since = "" if interest.due_on is None else f" (due {interest.due_on}, decided {interest.through})"
    if interest.amount is None:
        return f"interest{late}{since} is not reckoned, which does not mean that none is owed"
    if not interest.amount:
        return f"interest{late}{since} is under ${interest.least or 0:.2f} so far and need not be paid yet{_goes_on(interest)}"
    condition = ", if it is owed" if interest.standing == "may-be-owed" else ""
    return f"${interest.amount:,.2f} of interest{late}{since}{condition}{_goes_on(interest)}"


def _goes_on(interest: InterestV1) -> str:
    return f"; each day until it is paid adds ${interest.daily:.4f}"
