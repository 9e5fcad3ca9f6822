"""The same service by the same provider, billed again on another claim or twice on this one (B3 row 2: OA 18).

A replacement bills the same lines on purpose and is no duplicate of the claim it changes: that claim is not in its
history. Of any other claim it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.history import HistoryLine

_CITATION = Citation("claims-practice", "B1 step 3: duplicate")
_REPEATS = frozenset({"59", "76", "77", "91", "XE", "XP", "XS", "XU"})
"""Modifiers that say the service was rendered again or separately on the same day."""


def check_duplicates(context: EditContext) -> Iterator[Finding]:
    """Find lines that an earlier claim, or an earlier line of this claim, already bills."""
    seen: dict[tuple[object, ...], ClaimLine] = {}
    earlier = context.earlier() if context.history else ()
    for view in context.views:
        line = view.line
        first = seen.setdefault((line.code, tuple(sorted(line.modifiers)), line.service_date), line)
        if first is not line and not _REPEATS.intersection(line.modifiers):
            yield denies(outcomes.DUPLICATE, line, _CITATION, Evidence("line", str(first.number)))
            continue
        for past in earlier:
            if is_duplicate(line, past, context.claim):
                yield denies(outcomes.DUPLICATE, line, _CITATION, Evidence("claim", past.claim_id))
                break


def is_duplicate(line: ClaimLine, past: HistoryLine, claim: Claim) -> bool:
    """Say whether another claim's line is the same service, provider, date, units and charge."""
    return (
        past.billing_npi == claim.billing.npi
        and past.code == line.code
        and past.service_date == line.service_date
        and past.units == line.units
        and past.charge == line.charge
        and sorted(past.modifiers) == sorted(line.modifiers)
    )
