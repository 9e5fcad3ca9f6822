"""Run the component edits on a claim as the step does, and read what they found."""

from __future__ import annotations

from datetime import datetime, timedelta

from adjudication.edits.component_edits import EditResult, apply_component_edits
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode, Verdict
from tests.builders.activities.claims import RECEIVED
from tests.builders.coverage import plans_of

SOON = RECEIVED + timedelta(hours=1)
SEQUENCE = 7
"""Between a_past_line's claims (3) and whatever a test places later."""


def edit(
    claim: Claim,
    reference: ReferenceData,
    *history: HistoryLine,
    plan: str = "HUDSON-COMM",
    as_of: datetime = SOON,
    sequence: int = SEQUENCE,
) -> EditResult:
    """Edit a claim whose lines are all under one plan."""
    plans = plans_of(claim, reference, plan)
    return apply_component_edits(claim, plans, history, as_of, reference, sequence=sequence)


def edit_uncovered(claim: Claim, reference: ReferenceData) -> EditResult:
    """Edit a claim for which eligibility found no plan."""
    return apply_component_edits(claim, {}, (), SOON, reference, sequence=SEQUENCE)


def found(result: EditResult, line: int = 1) -> list[OutcomeCode]:
    """Outcomes on a line, in the order the edits ran."""
    return [finding.outcome for finding in result.findings if finding.line == line]


def by_line(result: EditResult, claim: Claim) -> list[list[OutcomeCode]]:
    """Outcomes of each line."""
    return [found(result, line.number) for line in claim.lines]


def one(result: EditResult, outcome: OutcomeCode) -> Finding:
    """The single finding with an outcome; fails if there is none or more."""
    (finding,) = (finding for finding in result.findings if finding.outcome == outcome)
    return finding


def evidence(finding: Finding) -> dict[str, str]:
    return {item.name: item.value for item in finding.evidence}


def verdict_and_pend(finding: Finding) -> tuple[Verdict, str | None]:
    """Verdict, and the pend code of a finding that waits."""
    return finding.verdict, finding.pend
