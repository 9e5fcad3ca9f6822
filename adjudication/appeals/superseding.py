"""Builds the determination after an appeal: upheld lines are repeated, overturned lines folded again, all others kept.

A line overturned in part is priced for the units granted, with their share of the charge; the rest stays denied.

If one line cannot be determined yet (it needs a price, or a finding pends it), no determination is published: a part of one
never is. Pure; the earlier determination, the plans and the settlements are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from adjudication.appeals.independence import LineRuling
from adjudication.appeals.outcome import LineAfter, Ruled, lines_after
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.determination import Determination, LineDetermination, Pended
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.people import Refusal, invalid
from adjudication.review.settlements import Settlement
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import EligibilityResult
from adjudication.steps.pricing import CENT


@dataclass(frozen=True, slots=True)
class Before:
    """A claim as last determined, with the plan that governed each line. `superseded_by`: the claim that took it back.

    `pending`: lines that are not decided yet; they are not lines of `claim` here.
    """

    claim: Claim
    lines: tuple[LineDetermination, ...]
    plans: Mapping[LineNumber, Plan]
    version: int
    decided_at: datetime
    superseded_by: ClaimId | None = None
    pending: tuple[LineNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class After:
    """A claim after an appeal: its new determination, or the reason why there is none yet; and the lines that changed."""

    decision: Determination | Pended
    lines: tuple[LineAfter, ...]

    @property
    def determination(self) -> Determination | None:
        """The new determination where there is one."""
        return self.decision if isinstance(self.decision, Determination) else None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The rulings of one level, and who ruled."""

    ruled: Ruled
    rulings: tuple[LineRuling, ...]


def supersede(
    before: Before,
    verdicts: Sequence[Verdicts],
    decided_at: datetime,
    reference: ReferenceData,
    settlements: Sequence[Settlement] = (),
    more: Sequence[Finding] = (),
) -> After:
    """Apply the rulings not yet published to the claim, with people's resolutions of the overturned lines.

    The last level that ruled on a line decides it. `more`: new findings on overturned lines. Raises
    CombinationError for a reason code that may not be sent, and an error for an unsigned clinical denial.
    """
    changed = tuple(after for verdict in _last_words(verdicts) for after in _changed(before, verdict, reference))
    fell = [line for line in changed if line.superseding is None]
    folded = _folded(before, _with_found_since(fell, more), decided_at, reference, settlements)
    if isinstance(folded, Pended):
        return After(folded, changed)
    again = {line.line: line for line in folded}
    again |= {line.line: line.superseding for line in changed if line.superseding is not None}
    lines = tuple(again.get(line.line, line) for line in before.lines)
    remarks = tuple(sorted({line.remark for line in fell if line.remark is not None}))
    return After(
        Determination(
            before.claim.claim_id,
            decided_at,
            lines,
            reference.content_hash,
            version=before.version + 1,
            remarks=remarks,
            pending=before.pending,
        ),
        changed,
    )


def units_refusal(before: Before | None, rulings: Sequence[LineRuling]) -> Refusal | None:
    """Return a refusal if a partial ruling grants all billed units or more: that would be a reversal of the whole line."""
    billed = {} if before is None else {line.number: line.units for line in before.claim.lines}
    for ruling in rulings:
        most = billed.get(ruling.line)
        if ruling.units is not None and most is not None and ruling.units >= most:
            words = f"line {ruling.line} was billed for {most.normalize():f} units; grant fewer, or overturn the line"
            return invalid("units", words)
    return None


def _last_words(verdicts: Sequence[Verdicts]) -> list[Verdicts]:
    last = {ruling.line: place for place, verdict in enumerate(verdicts) for ruling in verdict.rulings}
    return [
        replace(verdict, rulings=tuple(r for r in verdict.rulings if last[r.line] == place))
        for place, verdict in enumerate(verdicts)
    ]


def _changed(before: Before, verdict: Verdicts, reference: ReferenceData) -> tuple[LineAfter, ...]:
    return lines_after(before.lines, verdict.rulings, verdict.ruled, reference.appeals, reference.combinations)


def _with_found_since(fell: Sequence[LineAfter], more: Sequence[Finding]) -> list[LineAfter]:
    return [
        replace(line, findings=(*line.findings, *(found for found in more if found.line == line.line))) for line in fell
    ]


def _folded(
    before: Before,
    fell: Sequence[LineAfter],
    decided_at: datetime,
    reference: ReferenceData,
    settlements: Sequence[Settlement],
) -> tuple[LineDetermination, ...] | Pended:
    """Fold only the overturned lines, from their other findings, each for its granted units."""
    findings: list[Finding] = [finding for line in fell for finding in line.findings]
    if not fell:
        return ()
    after = {line.line: line for line in fell}
    lines = tuple(_granted(line, after[line.number]) for line in before.claim.lines if line.number in after)
    claim = replace(before.claim, lines=lines)
    decision = determine(
        claim, EligibilityResult((), before.plans), findings, decided_at, reference, Earlier(settlements)
    )
    if isinstance(decision, Pended):
        return decision
    billed = {line.number: line.charge for line in before.claim.lines}
    return tuple(_whole(line, billed[line.line], after[line.line]) for line in decision.lines)


def _granted(line: ClaimLine, after: LineAfter) -> ClaimLine:
    """Return the granted part of a line, with its share of the charge; the whole line if it was overturned in full."""
    if after.granted is None:
        return line
    share = (line.charge * after.granted / line.units).quantize(CENT, ROUND_HALF_UP)
    return replace(line, units=after.granted, charge=share)


def _whole(decided: LineDetermination, charge: Decimal, after: LineAfter) -> LineDetermination:
    """Add the denied rest of a line granted in part to the decision on the granted part."""
    if after.withheld is None:
        return decided
    rest = replace(after.withheld, amount=charge - decided.charge)
    return replace(
        decided,
        charge=charge,
        adjustments=(*decided.adjustments, rest),
        clinical=decided.clinical or after.signature is not None,
        signature=decided.signature or after.signature,
    )
