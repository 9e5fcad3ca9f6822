"""The effect of an appeal's result on the lines of a claim: an upheld line gets a new reason code, an overturned one is folded again.

An overturned line is not simply paid: only the finding that denied it is set aside, and the other findings on the line
still count (`would also fail`). If a line is overturned in part, the rest stays denied
and is published as denied. Pricing and the fold itself are not done here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import AppealRules, Appellant
from adjudication.model.determination import Adjustment, Disposition, LineDetermination, ReviewerSignature
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.reason_codes import Remittance, check_combination
from adjudication.model.reference import CombinationRules
from adjudication.model.vocabulary import LineNumber, Step, Verdict


@dataclass(frozen=True, slots=True)
class Ruled:
    """The ruling person or forum. `signature`: of the plan's own clinical decision; `outside`: another forum ruled."""

    appeal_id: str
    level: str
    appellant: Appellant
    decided_on: date
    outside: bool
    citation: Citation
    signature: ReviewerSignature | None = None


@dataclass(frozen=True, slots=True)
class LineAfter:
    """A line after an appeal.

    Upheld: `superseding` is its new determination. Otherwise the line is folded again from `findings`, `reverses` are the
    reversed adjustments, and `remark` names the appeal as the reason of the reversal. `granted`: the units of a partial
    reversal; `withheld`: then the denied rest, with its signature.
    """

    line: LineNumber
    ruling: Ruling
    findings: tuple[Finding, ...]
    superseding: LineDetermination | None = None
    reverses: tuple[Adjustment, ...] = ()
    remark: str | None = None
    granted: Decimal | None = None
    withheld: Adjustment | None = None
    signature: ReviewerSignature | None = None


def lines_after(
    lines: Iterable[LineDetermination],
    rulings: Iterable[LineRuling],
    ruled: Ruled,
    rules: AppealRules,
    combinations: CombinationRules,
) -> tuple[LineAfter, ...]:
    """Apply the rulings to the lines they name; lines not under appeal are left out.

    Raises CombinationError where the reason code may not be sent, and ClinicalDenialNeedsSignatureError where a
    clinical denial would stand without a signature.
    """
    by_line = {ruling.line: ruling for ruling in rulings}
    return tuple(
        _upheld(line, ruled, rules, combinations)
        if by_line[line.line].ruling is Ruling.UPHELD
        else _overturned(line, by_line[line.line], ruled, rules, combinations)
        for line in lines
        if line.line in by_line
    )


def _upheld(line: LineDetermination, ruled: Ruled, rules: AppealRules, combinations: CombinationRules) -> LineAfter:
    """Give upheld lines the reason code of appeals. The approved part of a line granted in part is not changed."""
    partly = line.disposition is Disposition.APPROVED
    adjustments = tuple(
        a if partly and a.carc not in _appeal_carcs(rules) else _maintained(a, line, ruled, rules, combinations)
        for a in line.adjustments
    )
    superseding = replace(line, adjustments=adjustments, signature=ruled.signature or line.signature)
    return LineAfter(line.line, Ruling.UPHELD, line.findings, superseding)


def _appeal_carcs(rules: AppealRules) -> frozenset[str]:
    return frozenset({rules.maintained.carc, rules.maintained_outside.carc})


def _maintained(
    original: Adjustment, line: LineDetermination, ruled: Ruled, rules: AppealRules, combinations: CombinationRules
) -> Adjustment:
    """Keep group and amount: the liable party does not change through an appeal."""
    codes = rules.maintained_outside if ruled.outside else rules.maintained
    group = codes.group or original.group
    remittance = Remittance(group, codes.carc, codes.rarcs, original.amount, line.charge, ruled.decided_on)
    check_combination(remittance, combinations)
    return Adjustment(group, codes.carc, original.amount, codes.rarcs)


def _overturned(
    line: LineDetermination, ruling: LineRuling, ruled: Ruled, rules: AppealRules, combinations: CombinationRules
) -> LineAfter:
    findings = tuple(_set_aside(finding, line, ruled, ruling) for finding in line.findings if not _price(finding))
    remark = rules.reversal_remarks[ruled.appellant]
    after = LineAfter(line.line, ruling.ruling, findings, None, line.adjustments, remark, ruling.units)
    if ruling.units is None:
        return after
    denied = next((a for a in line.adjustments if a.carc in _appeal_carcs(rules)), line.adjustments[0])
    withheld = _maintained(denied, line, ruled, rules, combinations)
    return replace(after, withheld=withheld, signature=ruled.signature or line.signature)


def _price(finding: Finding) -> bool:
    """Return whether a finding is the price of units that an earlier level granted: the line is priced again."""
    return finding.step is Step.PRICING and finding.verdict is Verdict.PASSES


def _set_aside(finding: Finding, line: LineDetermination, ruled: Ruled, ruling: LineRuling) -> Finding:
    """Set aside the finding that decided the line; a finding on the whole claim now concerns this line."""
    here = replace(finding, line=line.line)
    if finding.outcome != line.reason or finding.verdict is not Verdict.DENIES:
        return here
    units = () if ruling.units is None else (Evidence("units_granted", str(ruling.units)),)
    by = (Evidence("appeal", ruled.appeal_id), Evidence("level", ruled.level), *units)
    overturned = Evidence("overturned", f"{finding.outcome} set aside")
    return replace(here, verdict=Verdict.NOTES, evidence=(*finding.evidence, overturned, *by))
