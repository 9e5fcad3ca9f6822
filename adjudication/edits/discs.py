"""An acquisition whose records state fewer discs than its code asks for (S1-01). Unknown is never fewer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from adjudication.edits.context import EditContext, pends
from adjudication.model import outcomes
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import NURSE_PEND

_MEASURED: Final = "mrs.discs_measured"


def check_discs(context: EditContext) -> Iterator[Finding]:
    """Find acquisitions of which every stated count of discs is too small; a nurse looks at the report."""
    family = context.reference.family
    counts = [fact.value for fact in context.claim.supporting if fact.fact == _MEASURED and fact.legible]
    if not counts or not all(isinstance(count, Decimal) and count < family.least_discs for count in counts):
        return
    shown = (Evidence("discs", str(counts[-1])), Evidence("least", str(family.least_discs)))
    for view in context.views:
        if view.line.code in family.acquisition:
            yield pends(outcomes.REDUCED_ACQUISITION, NURSE_PEND, view.line, family.discs_cited, *shown)
