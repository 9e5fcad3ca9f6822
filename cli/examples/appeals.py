"""The appeal that is open against a denial of a row, the last day for its first level, and the result for the line."""

from __future__ import annotations

from typing import Final

from adjudication.appeals.filing_window import FilingDates, filing_window
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.outcome import Ruled, lines_after
from adjudication.appeals.rules import Appellant, Matter
from adjudication.deadlines.calendar import NO_CALENDAR
from adjudication.model.determination import Determination, Disposition, LineDetermination
from adjudication.model.findings import Citation, PlanDetail
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PlanId
from cli.examples.rows import Appeal

_RESULT: Final = Citation("synthetic-payers", "result of an appeal in the examples")


def open_appeal(decision: Determination, appellant: Appellant, reference: ReferenceData) -> tuple[str, ...]:
    """Return the words of the answer for the first denied line; the notice is dated the day of the decision."""
    rules, notice_on = reference.appeals, decision.decided_at.date()
    line = next((line for line in decision.lines if line.disposition is Disposition.DENIED), None)
    plan = rules.default_plan if line is None else _plan(line) or rules.default_plan
    if line is None or plan is None:
        return ("appeal", appellant, "none")
    matter = Matter.CLINICAL if line.clinical else Matter.ADMINISTRATIVE
    paths = rules.paths_of(reference.plans[plan][0].product_line, plan, matter, notice_on)
    path = next((path for path in paths if path.standing_of(appellant) is not None), None)
    window = None if path is None else path.levels[0].window(appellant)
    if path is None or window is None:
        return ("appeal", appellant, "none")
    calendar = reference.deadlines.calendar_of(plan, decision.decided_at) or NO_CALENDAR
    last = filing_window(window, FilingDates(decision.decided_at, notice_on=notice_on), calendar).last_day
    return ("appeal", appellant, path.name, "until", str(last))


def after_appeal(decision: Determination, appeal: Appeal, reference: ReferenceData) -> tuple[str, ...]:
    """Return the words of the first denied line after the result: its new codes, or the remark of a line that is taken back."""
    line = next(line for line in decision.lines if line.disposition is Disposition.DENIED)
    upheld, outside = appeal.result != "overturned", appeal.result == "upheld-outside"
    ruling = LineRuling(line.line, Ruling.UPHELD if upheld else Ruling.OVERTURNED)
    ruled = Ruled("SYN-APPEAL", "first", appeal.by, decision.decided_at.date(), outside, _RESULT, line.signature)
    [after] = lines_after([line], [ruling], ruled, reference.appeals, reference.combinations)
    if after.superseding is None:
        return ("overturned", str(after.remark))
    [standing] = after.superseding.adjustments
    return ("upheld", f"{standing.group}-{standing.carc}", *standing.rarcs)


def _plan(line: LineDetermination) -> PlanId | None:
    """Return the plan that covers the line or to which the member's request belongs."""
    return next((f.detail.plan_id for f in line.findings if isinstance(f.detail, PlanDetail)), None)
