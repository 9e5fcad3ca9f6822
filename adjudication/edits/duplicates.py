"""The same service by the same provider, billed again on another claim or twice on this one (B3 row 2: OA 18).

A replacement bills the same lines on purpose and is not a duplicate of the claim it changes: that claim is not in its
history. A replacement may be a duplicate of any other claim. The same service on another claim in another place of service is no exact duplicate, and a coder looks
(adjudication/edits/components.py; CMS Claims Processing Manual, chapter 1, 120).
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies
from adjudication.edits.same_day import BilledService, billed_service, past_service
from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.history import HistoryLine
from adjudication.model.vocabulary import LineNumber

_CITATION = Citation("claims-practice", "B1 step 3: duplicate")
REPEATS = frozenset({"59", "76", "77", "91", "XE", "XP", "XS", "XU"})
"""Modifiers that say the service was rendered again or separately on the same day."""


def check_duplicates(context: EditContext) -> Iterator[Finding]:
    """Find lines that an earlier claim, or an earlier line of this claim, already bills."""
    repeats = _repeats(context)
    billed: dict[BilledService, HistoryLine] = {}
    for past in context.earlier:
        if past.billing_npi == context.claim.billing.npi:
            billed.setdefault(past_service(past, context.claim), past)
    for view in context.views:
        line = view.line
        first = repeats.get(line.number)
        if first is not None:
            yield denies(outcomes.DUPLICATE, line, _CITATION, Evidence("line", str(first.number)))
            continue
        again = billed.get(billed_service(context.claim, line)) if billed else None
        if again is not None:
            yield denies(outcomes.DUPLICATE, line, _CITATION, Evidence("claim", again.claim_id))


def repeated_lines(context: EditContext) -> frozenset[LineNumber]:
    """Return the lines that repeat an earlier line of this claim."""
    return frozenset(_repeats(context))


def _repeats(context: EditContext) -> dict[LineNumber, ClaimLine]:
    """Return for each repeated line the line that it repeats."""
    seen: dict[tuple[object, ...], ClaimLine] = {}
    found: dict[LineNumber, ClaimLine] = {}
    for view in context.views:
        line = view.line
        first = seen.setdefault((line.code, tuple(sorted(line.modifiers)), line.service_date), line)
        if first is not line and not line.revenue_only and not REPEATS.intersection(line.modifiers):
            found[line.number] = first
    return found
