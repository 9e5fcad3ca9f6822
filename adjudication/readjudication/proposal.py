"""The changes that adjudicating a decided claim again would make: line by line, in money, with the reason for each line that stays.

Decisions of people stay. A line under appeal is left to its appeal, and a line that an appeal ruled on is never changed
for the worse. A signed denial is kept with its signature, because no clinical denial can be built without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from adjudication.appeals.superseding import Before
from adjudication.model.determination import LineDetermination
from adjudication.model.findings import authorization_number
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import GroupCode, LineNumber
from adjudication.readjudication.raised import Raised
from adjudication.readjudication.shadow import Shadow

_ZERO = Decimal(0)


class Result(StrEnum):
    """The result of adjudicating a reopened claim again."""

    CORRECTS = "corrects"
    UNCHANGED = "unchanged"
    WAITS = "waits"
    UNDER_APPEAL = "under-appeal"


class Kept(StrEnum):
    """Why a line stays as it was although today's result differs or is unknown."""

    CHANGED = ""
    SAME = "same"
    WAITS = "waits"
    UNDER_APPEAL = "under-appeal"
    APPEAL_RULED = "appeal-ruled"


@dataclass(frozen=True, slots=True)
class Case:
    """A decided claim and why it is reopened. `appealed`: lines under an open appeal; `ruled`: lines an appeal ruled on.

    `pended`: other lines of the claim are not decided yet; nothing is corrected until they are, so that no version is lost.
    `deciders`: who settled or signed a line, or ruled on it in an appeal; they do not approve the correction of it.
    `raised`: what a person stated who raised the reopening; None where an event or a campaign raised it.
    """

    reason: str
    cause: str
    raised_at: datetime
    before: Before
    first_decided_at: datetime
    appealed: frozenset[LineNumber] = frozenset()
    ruled: frozenset[LineNumber] = frozenset()
    pended: bool = False
    deciders: frozenset[str] = frozenset()
    raised: Raised | None = None

    @property
    def ordered(self) -> bool:
        """Return whether an order of a court, regulator or independent reviewer reopened the claim."""
        return self.raised is not None and self.raised.order is not None


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line: as decided, and as it would be. `waits`: the pend codes of a line that a person would have to decide."""

    before: LineDetermination
    after: LineDetermination
    kept: Kept
    waits: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Return whether the line has another result."""
        return self.kept is Kept.CHANGED

    @property
    def more(self) -> Decimal:
        """Return the additional payment; below zero: the amount taken back."""
        return self.after.paid - self.before.paid

    @property
    def to_member(self) -> Decimal:
        """Return by how much the amount for which the member is liable grows."""
        return _members(self.after) - _members(self.before)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed decision on the whole claim. `plans`: of the lines, as found today, else those of the decision."""

    result: Result
    lines: tuple[LineChange, ...]
    plans: Mapping[LineNumber, Plan]

    @property
    def changes(self) -> tuple[LineChange, ...]:
        """Return the lines with another result."""
        return tuple(line for line in self.lines if line.changed)

    @property
    def adds(self) -> Decimal:
        """Return the additional payment on lines that gain, in US dollars."""
        return sum((line.more for line in self.changes if line.more > 0), _ZERO)

    @property
    def takes(self) -> Decimal:
        """Return the amount taken back on lines that lose, in US dollars."""
        return -sum((line.more for line in self.changes if line.more < 0), _ZERO)

    @property
    def adverse(self) -> bool:
        """Return whether a party is worse off: money is taken back, or a member becomes liable for more."""
        return any(line.more < 0 or line.to_member > 0 for line in self.changes)


def propose(case: Case, shadow: Shadow) -> Proposal:
    """Compare a decided claim with its result today."""
    lines = tuple(_line(line, case, shadow) for line in case.before.lines)
    plans = {**case.before.plans, **shadow.plans}
    return Proposal(_result(lines), lines, plans)


def _result(lines: tuple[LineChange, ...]) -> Result:
    kept = {line.kept for line in lines}
    if Kept.CHANGED in kept:
        return Result.CORRECTS
    if Kept.UNDER_APPEAL in kept:
        return Result.UNDER_APPEAL
    return Result.WAITS if Kept.WAITS in kept else Result.UNCHANGED


def _line(before: LineDetermination, case: Case, shadow: Shadow) -> LineChange:
    waits = shadow.waits.get(before.line, ())
    after = shadow.lines.get(before.line)
    if after is None:
        held = before.line in case.appealed
        return LineChange(before, before, Kept.UNDER_APPEAL if held else Kept.WAITS, waits)
    if same(before, after):
        return LineChange(before, before, Kept.SAME)
    if before.line in case.appealed:
        return LineChange(before, before, Kept.UNDER_APPEAL)
    if case.pended:
        return LineChange(before, before, Kept.WAITS)
    if before.line in case.ruled and (after.paid <= before.paid or _members(after) > _members(before)):
        return LineChange(before, before, Kept.APPEAL_RULED)
    return LineChange(before, after, Kept.CHANGED)


def same(before: LineDetermination, after: LineDetermination) -> bool:
    """Return whether two decisions on a line are the same for their recipients; their other findings may differ."""
    return _said(before) == _said(after)


def _said(line: LineDetermination) -> tuple[object, ...]:
    adjustments = sorted((a.group, a.carc, a.amount, a.rarcs) for a in line.adjustments)
    return line.disposition, line.charge, line.paid, adjustments, line.reason, authorization_number(line.findings)


def _members(line: LineDetermination) -> Decimal:
    return sum((a.amount for a in line.adjustments if a.group is GroupCode.PATIENT), _ZERO)
