"""Accident and employment: where a claim says that its services are due to one, another payer may be first (B1 step 6).

An automobile insurer, a workers' compensation carrier or a liable party pays before health coverage does. Which applies is
found out by the coordination unit: the line pends (P-COB). A claim that states nothing is not due to an accident, as the form says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Cause, Claim, ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import COORDINATION_PEND
from adjudication.model.reference import CoordinationRules
from adjudication.model.vocabulary import Step, Verdict

_OUTCOMES: Final = {
    Cause.EMPLOYMENT: outcomes.DUE_TO_EMPLOYMENT,
    Cause.AUTO: outcomes.DUE_TO_AUTO_ACCIDENT,
    Cause.OTHER: outcomes.DUE_TO_OTHER_ACCIDENT,
}


def causes_of(claim: Claim, rules: CoordinationRules) -> frozenset[Cause]:
    """Return the causes that the claim names, also by the codes of an institutional claim."""
    accident = claim.accident
    if accident is None:
        return frozenset()
    by_code = (rules.occurrences.get(code) for code in accident.occurrences)
    by_condition = (rules.conditions.get(code) for code in accident.conditions)
    return accident.causes | {cause for cause in (*by_code, *by_condition) if cause is not None}


def due_to_accident(line: ClaimLine, causes: frozenset[Cause], rules: CoordinationRules) -> Iterator[Finding]:
    """Pend a line for each cause that the claim names."""
    for cause in sorted(causes):
        shown = (Evidence("due_to", cause.value),)
        outcome, step = _OUTCOMES[cause], Step.COORDINATION
        yield Finding(step, outcome, Verdict.PENDS, rules.order, line.number, shown, COORDINATION_PEND)
