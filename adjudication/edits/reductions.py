"""Several imaging studies of one session: Medicare pays less for each after the first (multiple procedure indicator 4).

This product computes no such reduction. The plan
says what happens: the line is paid in full and marked, or a person prices it. The study with the highest rate keeps its
price. Institutional claims have their own contract schedule (adjudication/steps/pricing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from adjudication.edits.context import EditContext, LineView, notes
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.prices import ReductionHandling
from adjudication.model.vocabulary import ClaimForm, LineNumber

_REDUCED: Final = Citation("cms-rvu-2024-07", "multiple procedure indicator 4: diagnostic imaging")
_WHY: Final = "another imaging study of the session: a reduction may apply"


def check_reductions(context: EditContext, not_payable: frozenset[LineNumber]) -> Iterator[Finding]:
    """Note each line whose payment this product does not reduce; `not_payable` lines are not counted."""
    if context.claim.form is ClaimForm.INSTITUTIONAL:
        return
    payable = [view for view in context.views if view.line.number not in not_payable and _reducible(view)]
    if not payable or (len(payable) == 1 and not context.earlier):
        return
    first: dict[date, LineView] = {}
    for view in payable:
        day = view.line.service_date
        first[day] = min((first.get(day, view), view), key=lambda each: (-_rate(each, context), each.line.code))
    before = _studied_before(context)
    for view in payable:
        others = before.get(view.line.service_date, set()) - {view.line.code}
        if others or first[view.line.service_date].line.code != view.line.code:  # two parts, one study
            yield _reduced(view)


def unreduced(findings: Iterable[Finding]) -> str | None:
    """Return why a person prices a line for a reduction, from its findings; None where none is due."""
    return _WHY if any(finding.outcome == outcomes.REDUCTION_BY_HAND for finding in findings) else None


def _studied_before(context: EditContext) -> dict[date, set[str]]:
    """Return the reducible codes that the biller's earlier claims bill, by day."""
    found: dict[date, set[str]] = {}
    for past in context.earlier:
        procedure = context.reference.procedure(past.code, past.service_date)
        if past.billing_npi == context.claim.billing.npi and procedure is not None and procedure.reduced_with_others:
            found.setdefault(past.service_date, set()).add(past.code)
    return found


def _reducible(view: LineView) -> bool:
    return view.plan is not None and view.procedure is not None and view.procedure.reduced_with_others


def _rate(view: LineView, context: EditContext) -> Decimal:
    schedule = None if view.plan is None else view.plan.schedule(context.claim.form)
    rate = None if schedule is None else context.reference.rate(schedule, view.line.code, view.line.service_date)
    return Decimal(0) if rate is None else rate.amount


def _reduced(view: LineView) -> Finding:
    plan = view.plan
    stated = None if plan is None else plan.multiple_imaging
    if stated is not None and stated.handling is ReductionHandling.NOT_APPLIED:
        shown = Evidence("not_applied", "reduction for several imaging studies of one session")
        return notes(outcomes.REDUCTION_NOT_APPLIED, view.line, stated.citation, shown)
    citation = _REDUCED if stated is None else stated.citation
    return notes(outcomes.REDUCTION_BY_HAND, view.line, citation, Evidence("multiple_procedure", "4"))
