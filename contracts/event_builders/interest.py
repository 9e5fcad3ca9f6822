"""Interest on late payments as a determination publishes it: plain values, absent where a value is unknown.

Nothing is computed or rounded here: the core has computed it.
"""

from __future__ import annotations

from typing import Any

from adjudication.deadlines.interest import LateInterest


def interest_json(interest: LateInterest) -> dict[str, Any]:
    """Return one entry of `interest`; a test holds that InterestV1 encodes it to the same bytes."""
    written = {
        "standing": interest.standing.value,
        "clock": interest.clock,
        "on": None if interest.on is None else f"{interest.on:.2f}",
        "due_on": None if interest.due_on is None else interest.due_on.isoformat(),
        "through": interest.through.isoformat(),
        "confidence": interest.confidence or None,
        "arithmetic": interest.arithmetic,
        "why": interest.why,
        **_computed(interest),
    }
    if interest.citation is not None:
        written["citation"] = {"source": interest.citation.source, "locator": interest.citation.locator}
    return {name: value for name, value in written.items() if value is not None}


def _computed(interest: LateInterest) -> dict[str, Any]:
    rule, found = interest.rule, interest.interest
    ruled = {} if rule is None else {"rule": rule.name, "days_in_year": rule.days_in_year, "least": f"{rule.least:.2f}"}
    if found is None:
        return ruled
    return ruled | {
        "days": found.days,
        "amount": f"{found.amount:.2f}",
        "percent": str(found.percent),
        "daily": str(found.daily),
    }
