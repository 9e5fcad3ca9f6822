"""The deadline rules: every rule, calendar, jurisdiction and interest rate loaded, and which rule governs a situation.

The governing rule is in force on the legal day of receipt and has the most specific scope. There is no
default: if no rule applies, the result is a NoDeadline, which pends and escalates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from adjudication.deadlines.calendar import NO_CALENDAR, Holidays, LegalCalendar
from adjudication.deadlines.interest import InterestRule
from adjudication.deadlines.periods import Unit
from adjudication.deadlines.rules import DeadlineKind, DeadlineRule, Jurisdiction, Situation
from adjudication.deadlines.scope import FLAGS, applies, completions, flags_of, narrower_or_same, unknown_flags
from adjudication.deadlines.state import DeadlineState
from adjudication.model.pends import POLICY_PEND
from adjudication.model.vocabulary import PendCode, PlanId

# The least hours per unit, so that a rule chosen for an unknown flag is never the longer one.
_SHORTEST: Final = {
    Unit.HOURS: 1,
    Unit.DAYS: 24,
    Unit.BUSINESS_DAYS: 24,
    Unit.MONTHS: 28 * 24,
    Unit.YEARS: 365 * 24,
}

_MOST_KEPT: Final = 4096
"""Size of the cache: plans times days of receipt; an entry has some dozens of bytes."""

_Asked = tuple[object, ...]


class NoDeadlineReason(StrEnum):
    """Why there is no deadline."""

    NO_JURISDICTION = "no-jurisdiction"
    NO_RULE = "no-rule"
    CALENDAR_GAP = "calendar-gap"


@dataclass(frozen=True, slots=True)
class NoDeadline:
    """Why a deadline cannot be computed. The law may set one all the same, so a person must act, under `pend`.

    `soonest`, for a calendar gap only: the deadline if the missing year had no holidays. It is the earliest possible
    time and has no legal effect.
    """

    kind: DeadlineKind
    reason: NoDeadlineReason
    words: str
    pend: PendCode = POLICY_PEND
    soonest: DeadlineState | None = None


@dataclass(frozen=True, slots=True)
class Governing:
    """The rule that governs a situation, and the days it is counted in."""

    rule: DeadlineRule
    calendar: LegalCalendar


@dataclass(frozen=True, slots=True)
class Owing:
    """The rules that owe interest on a late payment and may govern. `certain`: one of them governs for every value of
    the `unknown` flags.
    """

    rules: tuple[Governing, ...]
    certain: bool
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadlineRules:
    """Everything under policies/law/deadlines, as frozen values."""

    rules: tuple[DeadlineRule, ...] = ()
    holidays: Mapping[str, Holidays] = field(default_factory=dict)
    jurisdictions: Mapping[PlanId, tuple[Jurisdiction, ...]] = field(default_factory=dict)
    interest: Mapping[str, InterestRule] = field(default_factory=dict)
    soonest_interest: timedelta | None = field(init=False, repr=False, compare=False)
    _chosen: dict[_Asked, tuple[DeadlineRule | None, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _calendars: dict[tuple[str, str], LegalCalendar] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Compute once how soon after receipt a payment may bear interest: every claim needs it."""
        owing = (rule.period for rule in self.rules if rule.interest is not None)
        hours = min((period.length * _SHORTEST[period.unit] for period in owing), default=None)
        # One day less: a legal day may be an hour short when daylight saving time begins.
        soonest = None if hours is None else timedelta(hours=hours) - timedelta(days=1)
        object.__setattr__(self, "soonest_interest", soonest)

    def jurisdiction(self, plan_id: PlanId, received_at: datetime) -> Jurisdiction | None:
        """Return the law of a plan on the legal day of receipt, or None."""
        for found in self.jurisdictions.get(plan_id, ()):
            if self._calendar(found.time_zone, found.calendar).day_of(received_at) in found.dates:
                return found
        return None

    def calendar_of(self, plan_id: PlanId, received_at: datetime) -> LegalCalendar | None:
        """Return the time zone and holidays of a plan on the legal day of receipt; None where no jurisdiction is loaded."""
        found = self.jurisdiction(plan_id, received_at)
        return None if found is None else self._calendar(found.time_zone, found.calendar)

    def legal_day(self, plan_id: PlanId | None, at: datetime) -> date:
        """Return the day an instant falls on in the time zone of a plan; in UTC without a plan or its jurisdiction."""
        calendar = None if plan_id is None else self.calendar_of(plan_id, at)
        return (calendar or NO_CALENDAR).day_of(at)

    def govern(self, kind: DeadlineKind, situation: Situation) -> Governing | NoDeadline:
        """Return the governing rule with its calendar (its own zone and days where the law fixes them, else the plan's).

        Of an unknown flag, the strictest rule that may apply is taken; its `assumption` names the flag.
        """
        jurisdiction = self.jurisdiction(situation.plan_id, situation.received_at)
        if jurisdiction is None:
            return _no_jurisdiction(kind, situation)
        ways = self._ways(kind, situation, jurisdiction)
        found = list(dict.fromkeys(rule for rule in ways if rule is not None))
        if not found:
            received_on = self._calendar(jurisdiction.time_zone, jurisdiction.calendar).day_of(situation.received_at)
            return _no_rule(kind, situation, jurisdiction, received_on)
        rule = found[0] if len(found) == 1 else _strictest(found, situation)
        return self._with_days(rule, jurisdiction)

    def owing(self, kind: DeadlineKind, situation: Situation) -> Owing | NoDeadline:
        """Return the rules that owe interest on a late payment and may govern; NoDeadline only where no law is known."""
        jurisdiction = self.jurisdiction(situation.plan_id, situation.received_at)
        if jurisdiction is None:
            return _no_jurisdiction(kind, situation)
        ways = self._ways(kind, situation, jurisdiction)
        named = {flag for rule in ways if rule is not None for flag in FLAGS if getattr(rule.scope, flag) is not None}
        rules = dict.fromkeys(rule for rule in ways if rule is not None and rule.interest is not None)
        return Owing(
            tuple(self._with_days(rule, jurisdiction) for rule in rules),
            certain=all(rule is not None and rule.interest is not None for rule in ways),
            unknown=tuple(flag for flag in unknown_flags(situation) if flag in named),
        )

    def _ways(
        self, kind: DeadlineKind, situation: Situation, jurisdiction: Jurisdiction
    ) -> tuple[DeadlineRule | None, ...]:
        """Return the most specific rule for each combination of the unknown flags; None if no rule would govern.

        Cached, because every claim of a plan and a day needs the same.
        """
        received_on = self._calendar(jurisdiction.time_zone, jurisdiction.calendar).day_of(situation.received_at)
        asked = (kind, received_on, jurisdiction.state, situation.plan_id, situation.product, *flags_of(situation))
        ways = self._chosen.get(asked)
        if ways is None:
            candidates = [rule for rule in self.rules if rule.kind is kind and received_on in rule.in_force]
            ways = tuple(_narrowest(candidates, situation, jurisdiction, flags) for flags in completions(situation))
            if len(self._chosen) >= _MOST_KEPT:
                self._chosen.clear()
            self._chosen[asked] = ways
        return ways

    def _with_days(self, rule: DeadlineRule, jurisdiction: Jurisdiction) -> Governing:
        calendar = self._calendar(rule.time_zone or jurisdiction.time_zone, rule.calendar or jurisdiction.calendar)
        return Governing(rule, calendar)

    def _calendar(self, time_zone: str, name: str) -> LegalCalendar:
        found = self._calendars.get((time_zone, name))
        if found is None:
            found = self._calendars[time_zone, name] = LegalCalendar(time_zone, self.holidays.get(name, Holidays(name)))
        return found


def _strictest(found: list[DeadlineRule], situation: Situation) -> DeadlineRule:
    names = ", ".join(flag.replace("_", " ") for flag in unknown_flags(situation))
    strictest = min(found, key=lambda rule: (rule.period.length * _SHORTEST[rule.period.unit], rule.rule_id))
    return replace(strictest, assumption=f"not known yet: {names}; the strictest rule that may apply is used")


def _narrowest(
    candidates: list[DeadlineRule], situation: Situation, jurisdiction: Jurisdiction, flags: dict[str, bool | None]
) -> DeadlineRule | None:
    matching = [rule for rule in candidates if applies(rule.scope, situation, jurisdiction, flags)]
    # The loader refuses rules that overlap with neither narrower, so those that match form a chain.
    return next((r for r in matching if all(narrower_or_same(r.scope, other.scope) for other in matching)), None)


def _no_jurisdiction(kind: DeadlineKind, situation: Situation) -> NoDeadline:
    words = (
        f"no state, time zone and calendar are loaded for the plan {situation.plan_id} on the day of receipt, so no "
        f"{kind} deadline can be chosen; add the plan to jurisdiction.yaml of its payer and set the deadline by hand until then"
    )
    return NoDeadline(kind, NoDeadlineReason.NO_JURISDICTION, words)


def _no_rule(kind: DeadlineKind, situation: Situation, jurisdiction: Jurisdiction, received_on: date) -> NoDeadline:
    words = (
        f"no {kind} deadline in force on {received_on} applies to {situation.product} "
        f"({jurisdiction.state or 'no state law'}), plan {situation.plan_id}; add the rule under law/deadlines/ and set the "
        f"deadline by hand until then"
    )
    return NoDeadline(kind, NoDeadlineReason.NO_RULE, words)


NO_DEADLINE_RULES: Final = DeadlineRules()
"""An empty rule book: every lookup returns NoDeadline."""
