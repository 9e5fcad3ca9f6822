"""A person's resolution of a pended finding: it passes, it is denied, or it has a price.

A settlement resolves exactly one finding (line and outcome); the line is then folded again with everything
found, so that findings which the person did not review still count. A denial on clinical grounds carries a signature; without
one the determination cannot be built (adjudication/model/determination.py) nor stored (migration 0001).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from adjudication.model.determination import ReviewerSignature
from adjudication.model.findings import Evidence, Finding
from adjudication.model.outcomes import HOLDS
from adjudication.model.vocabulary import LineNumber, OutcomeCode, Verdict


class Resolution(StrEnum):
    """The ways in which a person resolves a pend."""

    PASSES = "passes"
    DENIES = "denies"
    PRICED = "priced"


@dataclass(frozen=True, slots=True)
class Settlement:
    """One finding settled by one person. `denies_as` is the outcome a denial is issued as; `allowed` in US dollars per unit.

    `about` is the subject of a check before release: the amount approved, or the decision passed; empty for other pends.
    """

    line: LineNumber | None
    outcome: OutcomeCode
    resolution: Resolution
    person_id: str
    role: str
    settled_at: datetime
    denies_as: OutcomeCode | None = None
    signature: ReviewerSignature | None = None
    allowed: Decimal | None = None
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse half a settlement: a denial without its outcome, a price without an amount."""
        if (self.resolution is Resolution.DENIES) != (self.denies_as is not None):
            msg = "a settlement that denies names the outcome it denies with, and no other does"
            raise ValueError(msg)
        if (self.resolution is Resolution.PRICED) != (self.allowed is not None):
            msg = "a settlement that prices names the allowed amount, and no other does"
            raise ValueError(msg)
        if self.allowed is not None and self.allowed <= 0:
            msg = "an allowed amount is above zero: a line that is paid nothing is denied, with its reason"
            raise ValueError(msg)
        if (self.outcome in HOLDS) != bool(self.about):
            msg = "a settlement of a pre-release hold names the subject that was checked, and no other settlement does"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Settled:
    """Findings with people's resolutions in place, and the signatures and prices that their determination also needs.

    A signature is valid only for its line (None: all) and outcome, and for no other denial.
    """

    findings: tuple[Finding, ...]
    signatures: Mapping[tuple[LineNumber | None, OutcomeCode], ReviewerSignature]
    prices: Mapping[LineNumber, Settlement]


def settle(findings: Sequence[Finding], settlements: Iterable[Settlement]) -> Settled:
    """Replace each pended finding by its newest settlement; a finding without one stays."""
    newest: dict[tuple[LineNumber | None, OutcomeCode], Settlement] = {}
    for settlement in sorted(settlements, key=lambda s: s.settled_at):
        newest[settlement.line, settlement.outcome] = settlement
    signatures: dict[tuple[LineNumber | None, OutcomeCode], ReviewerSignature] = {}
    settled = []
    for finding in findings:
        answer = newest.get((finding.line, finding.outcome)) if finding.verdict is Verdict.PENDS else None
        if answer is None or answer.resolution is Resolution.PRICED:
            settled.append(finding)
            continue
        resolved = _resolved(finding, answer)
        settled.append(resolved)
        if answer.signature is not None:
            signatures[resolved.line, resolved.outcome] = answer.signature
    prices = {s.line: s for s in newest.values() if s.line is not None and s.resolution is Resolution.PRICED}
    return Settled(tuple(settled), signatures, prices)


def _resolved(finding: Finding, settlement: Settlement) -> Finding:
    by = (Evidence("settled_by", settlement.person_id), Evidence("role", settlement.role))
    if settlement.resolution is Resolution.PASSES:
        passed = Evidence("settled", f"{finding.outcome} passes")
        return replace(finding, verdict=Verdict.NOTES, evidence=(*finding.evidence, passed, *by), pend=None)
    outcome = settlement.denies_as or finding.outcome
    return replace(finding, outcome=outcome, verdict=Verdict.DENIES, evidence=(*finding.evidence, *by), pend=None)
