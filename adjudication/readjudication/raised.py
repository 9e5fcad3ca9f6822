"""Reopenings that a person raises: an error that a person found, and an order of a court, a regulator or an independent reviewer.

Such a reopening may name denied lines whose reason does not hold: by the order, by a clinician who judges the denial again, or
because the person who denied the line made a clerical error. The reason is set aside, and everything else found on the line still
counts. Without named lines the claim is adjudicated again by the data of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.appeals.rules import Forum, Subject, Urgency
from adjudication.appeals.superseding import Before
from adjudication.deadlines.calendar import CalendarGapError, LegalCalendar
from adjudication.deadlines.periods import Period, Unit, last_day
from adjudication.model.determination import Determination, LineDetermination
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.outcomes import MANUAL_PRICING
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, Step, Verdict
from adjudication.people import Refusal, Role, StaffMember, forbidden, in_each_role, invalid
from adjudication.readjudication.rules import Naming, RaisingRule
from adjudication.readjudication.shadow import Shadow
from adjudication.review.settlements import Resolution, Settlement
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import EligibilityResult


class Authority(StrEnum):
    """The kind of office that gave an order."""

    COURT = "court"
    REGULATOR = "regulator"
    INDEPENDENT_REVIEWER = "independent-reviewer"


FORUMS: Final[Mapping[Authority, frozenset[Forum]]] = {
    Authority.COURT: frozenset({Forum.COURT, Forum.COUNCIL, Forum.LAW_JUDGE}),
    Authority.REGULATOR: frozenset({Forum.STATE}),
    Authority.INDEPENDENT_REVIEWER: frozenset({Forum.INDEPENDENT_REVIEW, Forum.EXTERNAL_REVIEW}),
}
"""The forums of appeals whose time to carry out a reversal also binds for an order of each authority."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order. `effect_by`: the last day that the order itself sets to carry it out."""

    authority: Authority
    number: str
    dated: date
    effect_by: date | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """What a person stated when they raised a reopening.

    `allowed`: US dollars per unit for named lines that no schedule prices; approved together with the correction.
    """

    reason: str
    person_id: str
    lines: frozenset[LineNumber]
    order: Order | None = None
    role: str = ""
    allowed: tuple[tuple[LineNumber, Decimal], ...] = ()

    def prices(self, at: datetime) -> tuple[Settlement, ...]:
        """Return the prices as settlements of pends for a price."""
        return tuple(
            Settlement(line, MANUAL_PRICING, Resolution.PRICED, self.person_id, self.role, at, allowed=allowed)
            for line, allowed in self.allowed
        )


@dataclass(frozen=True, slots=True)
class EffectDay:
    """The last day to carry out an order, with its source; `citation` None: the order sets it."""

    day: date
    citation: Citation | None


def raise_refusal(
    person: StaffMember, raised: Raised, before: Before | None, rules: Mapping[str, RaisingRule], today: date
) -> Role | Refusal:
    """Return the role in which a person raises a reopening, or why they may not."""
    rule = rules.get(raised.reason)
    if rule is None:
        return invalid("not-by-a-person", f"a person raises one of: {', '.join(sorted(rules))}")
    role = next((role for role, each in in_each_role(person) if each.roles & rule.roles), None)
    if role is None:
        return forbidden("role-may-not", f"this is raised by: {', '.join(sorted(rule.roles))}")
    if before is None:
        return Refusal("not-decided", "this claim is not decided, or was replaced or voided; nothing can be reopened")
    if raised.order is not None and raised.order.dated > today:
        return invalid("order-date", "the order is dated after today; enter the date that it carries")
    return _lines_refusal(raised.lines, before, rule.names) or role


def _lines_refusal(named: Iterable[LineNumber], before: Before, names: Naming) -> Refusal | None:
    lines = {line.line: line for line in before.lines}
    for number in sorted(named):
        line = lines.get(number)
        if line is None:
            return invalid("no-such-line", f"line {number} is not decided on this claim")
        denial = _denial(line)
        if denial is None:
            return invalid(
                "not-denied", f"line {number} is not denied; leave it out, and the claim is adjudicated again"
            )
        if names is Naming.CLINICAL and not line.clinical:
            return invalid("not-clinical", f"line {number} was not denied by clinical judgment; raise a clerical error")
        if names is Naming.DECIDED_BY_A_PERSON and (line.clinical or not _by_a_person(denial)):
            words = (
                f"no person decided line {number} without clinical judgment; correct the data, and leave the line out"
            )
            return invalid("not-by-a-person", words)
    return None


def _denial(line: LineDetermination) -> Finding | None:
    """Return the finding that denied a line; None where the line is not denied."""
    denied = (each for each in line.findings if each.verdict is Verdict.DENIES and each.outcome == line.reason)
    return next(denied, None)


def _by_a_person(denial: Finding) -> bool:
    return any(each.name == "settled_by" for each in denial.evidence)


def set_aside(
    before: Before, raised: Raised, settlements: Sequence[Settlement], now: datetime, reference: ReferenceData
) -> Shadow:
    """Fold the named lines again without the finding that denied each; all other lines keep their decision.

    A line that another finding denies stays denied for that one, and one that no schedule prices waits if no price was stated.
    """
    lines: dict[LineNumber, LineDetermination] = {}
    waits: dict[LineNumber, tuple[str, ...]] = {}
    found: list[Finding] = []
    billed = {line.number: line for line in before.claim.lines}
    for line in before.lines:
        found.extend(line.findings)
        if line.line not in raised.lines:
            lines[line.line] = line
            continue
        alone = replace(before.claim, lines=(billed[line.line],))
        findings = [_without_denial(each, line, raised) for each in line.findings if not _price(each)]
        eligibility = EligibilityResult((), before.plans)
        decision = determine(alone, eligibility, findings, now, reference, Earlier((*settlements, *raised.prices(now))))
        if isinstance(decision, Determination):
            lines[line.line] = decision.lines[0]
        else:
            waits[line.line] = tuple(sorted({pend.code for pend in decision.pends}))
    return Shadow(lines, waits, before.plans, findings=tuple(found))


def _price(finding: Finding) -> bool:
    return finding.step is Step.PRICING and finding.verdict is Verdict.PASSES


def _without_denial(finding: Finding, line: LineDetermination, raised: Raised) -> Finding:
    here = replace(finding, line=line.line)
    if finding.outcome != line.reason or finding.verdict is not Verdict.DENIES:
        return here
    evidence = (*finding.evidence, Evidence("overturned", f"{finding.outcome} set aside"))
    return replace(here, verdict=Verdict.NOTES, evidence=(*evidence, Evidence("reopening", raised.reason)))


def effect_day(order: Order, plans: Iterable[Plan], reference: ReferenceData, at: datetime) -> EffectDay | None:
    """Return the last day to carry out an order: the earliest of the day it sets and those of the plans' laws.

    None where neither is known. The law's time counts from the date of the order.
    """
    found = [] if order.effect_by is None else [EffectDay(order.effect_by, None)]
    for plan in plans:
        found.extend(_days_by_law(order, plan, reference, at))
    return min(found, key=lambda each: each.day, default=None)


def _days_by_law(order: Order, plan: Plan, reference: ReferenceData, at: datetime) -> Iterator[EffectDay]:
    calendar = reference.deadlines.calendar_of(plan.plan_id, at)
    if calendar is None:
        return
    paths = reference.appeals.paths
    of_plan = (path for path in paths if plan.plan_id in path.plans or plan.product_line in path.product_lines)
    for level in (level for path in of_plan if order.dated in path.dates for level in path.levels):
        rule = level.effectuation_rule(Subject.PAYMENT, Urgency.STANDARD)
        if level.forum in FORUMS[order.authority] and rule is not None and rule.period.unit is not Unit.HOURS:
            yield EffectDay(_last_day(order.dated, rule.period, calendar), rule.citation)


def _last_day(dated: date, period: Period, calendar: LegalCalendar) -> date:
    """Return the last day; where a year of holidays is not loaded, the earliest that it can be."""
    try:
        return last_day(dated, period, calendar)
    except CalendarGapError:
        return last_day(dated, period, calendar.earliest())
