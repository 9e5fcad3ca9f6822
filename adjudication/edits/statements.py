"""Statements of a claim that make its payment doubtful: a death before the service, who is to be paid, and what is not covered.

Each is a question for a person. A reading may be dated some days after its study, and so after a death. Medicaid and
Medicare Advantage pay no provider who does not accept assignment (42 CFR 447.15, 422.214). A commercial benefit that is not
assigned is the member's, unless all billers of a plan have contracts, which have the plan pay them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from adjudication.edits.context import EditContext, LineView, pends
from adjudication.model import outcomes
from adjudication.model.components import PROFESSIONAL_MODIFIER
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import ProductLine

_DEATH: Final = Citation("x12-code-lists-2024-06", "CARC 13: the date of death precedes the date of service")
_ASSIGNMENT: Final = Citation("claims-practice", "837 CLM07, assignment or plan participation")
_NOT_COVERED: Final = Citation("claims-practice", "837I SV207, charges that the hospital holds to be not covered")
_BILLED_FOR_DENIAL: Final = Citation(
    "claims-practice", "condition codes 20 and 21: billed on request, or for a denial notice"
)
_FOR_DENIAL: Final = frozenset({"20", "21"})
_BENEFITS: Final = Citation("claims-practice", "837 CLM08, assignment of benefits")


def check_statements(context: EditContext) -> Iterator[Finding]:
    """Find services after a death, payment that was not agreed to, and charges that the hospital itself holds to be not covered."""
    claim = context.claim
    for view in context.views:
        yield from _after_death(view, context)
        yield from _not_covered(view, context)
        if view.plan is not None and claim.assignment_accepted is False and _public(view.plan):
            yield pends(outcomes.ASSIGNMENT_REFUSED, EDIT_PEND, view.line, _ASSIGNMENT)
        elif view.plan is not None and claim.benefits_assigned is False and _paid_to_member(view.plan):
            yield pends(outcomes.BENEFITS_NOT_ASSIGNED, EDIT_PEND, view.line, _BENEFITS)


def _after_death(view: LineView, context: EditContext) -> Iterator[Finding]:
    died = context.claim.member.died_on
    late = context.reference.reading.days if PROFESSIONAL_MODIFIER in view.line.modifiers else 0
    if died is not None and view.line.service_date > died + timedelta(days=late):
        yield pends(outcomes.AFTER_DEATH, EDIT_PEND, view.line, _DEATH, Evidence("died_on", died.isoformat()))


def _not_covered(view: LineView, context: EditContext) -> Iterator[Finding]:
    accident = context.claim.accident
    codes = frozenset() if accident is None else _FOR_DENIAL & accident.conditions
    if view.plan is None:
        return
    if view.line.not_covered:
        shown = Evidence("not_covered", str(view.line.not_covered))
        yield pends(outcomes.STATED_EXCLUDED, EDIT_PEND, view.line, _NOT_COVERED, shown)
    elif codes:
        shown = Evidence("condition", min(codes))
        yield pends(outcomes.STATED_EXCLUDED, EDIT_PEND, view.line, _BILLED_FOR_DENIAL, shown)


def _public(plan: Plan) -> bool:
    return plan.product_line.is_medicare or plan.product_line is ProductLine.MEDICAID


def _paid_to_member(plan: Plan) -> bool:
    return not _public(plan) and plan.contracted_billers is None
