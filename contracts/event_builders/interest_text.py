"""Interest on a late payment in a sentence, as the command line, the console and letters to providers show it.

Interest that was not computed is shown as such: no sentence may read as if nothing were owed.
"""

from __future__ import annotations

from adjudication.letters.dates import in_words as day_in_words
from contracts.events.determinations import InterestV1


def in_words(interest: InterestV1) -> str:
    """Return the amount of interest, its base, its days, and the amount of one more day."""
    late = "" if interest.on is None else f" on ${interest.on:,.2f}"
    since = ""
    if interest.due_on is not None:
        since = f" (due {day_in_words(interest.due_on)}, decided {day_in_words(interest.through)})"
    if interest.amount is None:
        return f"interest{late}{since} is not computed, which does not mean that none is owed"
    if not interest.amount:
        return f"interest{late}{since} is under ${interest.least or 0:.2f} so far and need not be paid yet{_goes_on(interest)}"
    condition = ", if it is owed" if interest.standing == "may-be-owed" else ""
    return f"${interest.amount:,.2f} of interest{late}{since}{condition}{_goes_on(interest)}"


def _goes_on(interest: InterestV1) -> str:
    return f"; each day until it is paid adds ${interest.daily:.4f}"
