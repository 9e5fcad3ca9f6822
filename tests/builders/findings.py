"""Findings for tests of the fold."""

from __future__ import annotations

from decimal import Decimal

from adjudication.model.determination import Adjustment, Disposition, LineDetermination, ReviewerSignature
from adjudication.model.findings import Citation, Finding
from adjudication.model.vocabulary import GroupCode, LineNumber, OutcomeCode, PendCode, Step, Verdict

SYNTHETIC = Citation("synthetic-payers", "built for a test")


def denying(outcome: OutcomeCode, line: int | None = 1) -> Finding:
    return Finding(Step.EDITS, outcome, Verdict.DENIES, SYNTHETIC, None if line is None else LineNumber(line))


def pending(outcome: OutcomeCode, pend: str, line: int | None = 1) -> Finding:
    number = None if line is None else LineNumber(line)
    return Finding(Step.EDITS, outcome, Verdict.PENDS, SYNTHETIC, number, (), PendCode(pend))


def noting(outcome: OutcomeCode, line: int | None = 1) -> Finding:
    return Finding(Step.EDITS, outcome, Verdict.NOTES, SYNTHETIC, None if line is None else LineNumber(line))


def a_line_determination(
    disposition: Disposition,
    *,
    charge: str = "500.00",
    paid: str = "0.00",
    carc: str = "236",
    amount: str = "500.00",
    clinical: bool = False,
    signature: ReviewerSignature | None = None,
) -> LineDetermination:
    """A line decided by hand, with one adjustment."""
    return LineDetermination(
        line=LineNumber(1),
        code="72148",
        disposition=disposition,
        charge=Decimal(charge),
        paid=Decimal(paid),
        adjustments=(Adjustment(GroupCode.CONTRACTUAL, carc, Decimal(amount)),),
        reason=OutcomeCode("synthetic.reason"),
        would_also_fail=(),
        findings=(),
        clinical=clinical,
        signature=signature,
    )
