"""An acquisition whose records state fewer discs than its code asks for (S1-01). Unknown is never fewer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Final

from adjudication.edits.context import EditContext, pends
from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import NURSE_PEND
from adjudication.model.reference import FamilyRules
from adjudication.model.vocabulary import LineNumber

_MEASURED: Final = "mrs.discs_measured"


def check_discs(context: EditContext) -> Iterator[Finding]:
    """Find acquisitions of which every stated count of discs is too small; a nurse reads the report."""
    family = context.reference.family
    claim = context.claim
    study = {line.number for line in claim.lines if line.code in family.codes}
    counts = [
        fact.value for fact in claim.supporting if fact.fact == _MEASURED and fact.legible and _of(fact, study, family)
    ]
    if not counts or not all(isinstance(count, Decimal) and count < family.least_discs for count in counts):
        return
    shown = (Evidence("discs", str(counts[-1])), Evidence("least", str(family.least_discs)))
    for view in context.views:
        if view.line.code in family.acquisition:
            yield pends(outcomes.REDUCED_ACQUISITION, NURSE_PEND, view.line, family.discs_cited, *shown)


def _of(fact: SupportingFact, study: Collection[LineNumber], family: FamilyRules) -> bool:
    """Return whether a count of discs is about the spectroscopy, even if its statement names another line."""
    about = fact.about
    if about is None:
        return True
    return (about.line is None or about.line in study) and (about.study is None or about.study in family.codes)
