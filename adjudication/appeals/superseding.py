"""The determination that takes the place of one an appeal changed: what stands, what fell folded anew, the rest kept.

What cannot be determined yet (a price, a finding that now waits) makes the whole of it wait: half a determination is
never told. Pure; the earlier determination, the plans and the settlements come in as values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adjudication.appeals.independence import LineRuling
from adjudication.appeals.outcome import LineAfter, Ruled, lines_after
from adjudication.claim import Claim
from adjudication.coverage import EligibilityResult
from adjudication.determination import Determination, LineDetermination, Pended
from adjudication.findings import Finding
from adjudication.fold import determine
from adjudication.reference import Plan, ReferenceData
from adjudication.review.settlements import Settlement
from adjudication.vocabulary import LineNumber


@dataclass(frozen=True, slots=True)
class Before:
    """A claim as last determined, with the plan that governed each line."""

    claim: Claim
    lines: tuple[LineDetermination, ...]
    plans: Mapping[LineNumber, Plan]
    version: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class After:
    """What an appeal made of a claim: its new determination, or why there is none yet; and the lines it changed."""

    decision: Determination | Pended
    lines: tuple[LineAfter, ...]

    @property
    def determination(self) -> Determination | None:
        """The new determination where there is one."""
        return self.decision if isinstance(self.decision, Determination) else None


def supersede(
    before: Before,
    rulings: Sequence[LineRuling],
    ruled: Ruled,
    decided_at: datetime,
    reference: ReferenceData,
    settlements: Sequence[Settlement] = (),
) -> After:
    """Return what the rulings make of the claim, with what people settled about the lines that fell.

    Raises what lines_after and the fold raise: a reason code that may not be sent, an unsigned clinical denial.
    """
    changed = lines_after(before.lines, rulings, ruled, reference.appeals, reference.combinations)
    fell = [line for line in changed if line.superseding is None]
    folded = _folded(before, fell, decided_at, reference, settlements)
    if isinstance(folded, Pended):
        return After(folded, changed)
    anew = {line.line: line for line in folded}
    anew |= {line.line: line.superseding for line in changed if line.superseding is not None}
    lines = tuple(anew.get(line.line, line) for line in before.lines)
    version = before.version + 1
    return After(
        Determination(before.claim.claim_id, decided_at, lines, reference.content_hash, version=version), changed
    )


def _folded(
    before: Before,
    fell: Sequence[LineAfter],
    decided_at: datetime,
    reference: ReferenceData,
    settlements: Sequence[Settlement],
) -> tuple[LineDetermination, ...] | Pended:
    """Fold the fallen lines alone from what else was found on them."""
    findings: list[Finding] = [finding for line in fell for finding in line.findings]
    numbers = {line.line for line in fell}
    if not numbers:
        return ()
    claim = replace(before.claim, lines=tuple(line for line in before.claim.lines if line.number in numbers))
    decision = determine(claim, EligibilityResult((), before.plans), findings, decided_at, reference, settlements)
    return decision.lines if isinstance(decision, Determination) else decision
