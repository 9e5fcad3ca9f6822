"""Accident, employment, and payers that the claim's own codes name: another payer may be first (B1 step 6).

An automobile insurer, a workers' compensation carrier, a liable party or another plan may pay before this one, and original
Medicare pays some services of a member of Medicare Advantage (hospice, clinical trials). Which applies is found out by the
coordination unit: the line pends (P-COB). A claim that states nothing is not due to an accident, as the form says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Cause, Claim, ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.other_payers import PayerOrder
from adjudication.model.pends import COORDINATION_PEND
from adjudication.model.reference import CoordinationRules, Plan
from adjudication.model.vocabulary import Step, Verdict

_OUTCOMES: Final = {
    Cause.EMPLOYMENT: outcomes.DUE_TO_EMPLOYMENT,
    Cause.AUTO: outcomes.DUE_TO_AUTO_ACCIDENT,
    Cause.OTHER: outcomes.DUE_TO_OTHER_ACCIDENT,
    Cause.OTHER_PAYER: outcomes.OTHER_PAYER_STATED,
    Cause.NAMED_PAYER: outcomes.OTHER_PAYER_STATED,
    Cause.ORIGINAL_MEDICARE: outcomes.ORIGINAL_MEDICARE_PAYS,
}


def causes_of(claim: Claim, rules: CoordinationRules) -> frozenset[Cause]:
    """Return the causes that the claim names, also by other payers and by the codes of an institutional claim."""
    accident, named = claim.accident, frozenset(_by_payers(claim, rules))
    if accident is None:
        return named
    by_code = (rules.occurrences.get(code) for code in accident.occurrences)
    by_condition = (rules.conditions.get(code) for code in accident.conditions)
    by_value = (rules.values.get(code) for code in accident.values)
    return named | accident.causes | {cause for cause in (*by_code, *by_condition, *by_value) if cause is not None}


def _by_payers(claim: Claim, rules: CoordinationRules) -> Iterator[Cause]:
    """Yield the causes that follow from the patient's other payers, as the biller states them.

    An automobile insurer pays first, regardless of the stated order. A payer that decided is judged by coordination.
    """
    decided = {each.payer_id for each in claim.other_payers}
    for coverage in claim.other_coverages:
        cause = None if coverage.kind is None else rules.kinds.get(coverage.kind)
        if cause is not None:
            yield cause
        elif coverage.order is not PayerOrder.SECONDARY and coverage.payer_id not in decided:
            yield Cause.NAMED_PAYER


def another_payer_first(
    claim: Claim, line: ClaimLine, plan: Plan, causes: frozenset[Cause], rules: CoordinationRules
) -> Iterator[Finding]:
    """Pend a line for each cause that the claim or the line names; original Medicare only pays for its own members.

    A code that names another plan is answered by that plan's decision on the claim; coordination judges whether it fits the feed.
    """
    by_modifier = {rules.modifiers[each] for each in line.modifiers if each in rules.modifiers}
    by_diagnosis = {rules.diagnoses[each] for each in claim.line_diagnoses(line) if each in rules.diagnoses}
    for cause in sorted(causes | by_modifier | by_diagnosis):
        if cause is Cause.ORIGINAL_MEDICARE and not plan.product_line.is_medicare:
            continue
        if cause is Cause.OTHER_PAYER and (claim.other_payers or Cause.NAMED_PAYER in causes):
            continue
        shown = (Evidence("due_to", cause.value),)
        outcome, step = _OUTCOMES[cause], Step.COORDINATION
        yield Finding(step, outcome, Verdict.PENDS, rules.order, line.number, shown, COORDINATION_PEND)
