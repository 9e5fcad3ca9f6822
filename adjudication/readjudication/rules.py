"""The rules of reopening: time limits for changing a decision, approvers, and the requirements for recovering money.

Dated data per product line or plan (policies/workflow/reopenings.yaml). Medicare Advantage follows 42 CFR 405.980 through
42 CFR 422.616; the other product lines follow state law on recovery and the plan's contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from adjudication.deadlines.calendar import LegalCalendar
from adjudication.deadlines.periods import Period, last_day
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, PlanId, ProductLine
from adjudication.people import Role


class Ground(StrEnum):
    """Why a decision may be changed. Good cause: new and material evidence, or an error that shows on its face."""

    ORDINARY = "ordinary"
    GOOD_CAUSE = "good-cause"
    FRAUD = "fraud"


@dataclass(frozen=True, slots=True)
class Limit:
    """The time in which a decision may be changed on each ground, from the first decision. None: at any time; absent: never."""

    within: Mapping[Ground, Period | None]

    def ends_on(self, ground: Ground, first: date, calendar: LegalCalendar) -> date | None:
        """Return the last day on a ground that the rule has; None: at any time."""
        period = self.within[ground]
        return None if period is None else last_day(first, period, calendar)


class Naming(StrEnum):
    """The denied lines that a reopening for a reason may name, so that their denial is set aside."""

    DENIED = "denied"
    CLINICAL = "clinical"
    DECIDED_BY_A_PERSON = "decided-by-a-person"


@dataclass(frozen=True, slots=True)
class RaisingRule:
    """The roles that raise a reason, and the lines that may be named."""

    roles: frozenset[Role]
    names: Naming
    citation: Citation


@dataclass(frozen=True, slots=True)
class Recovery:
    """The legal requirements before paid money is recovered: written notice, and a time in which the provider may dispute it."""

    notice: Period
    dispute: Period
    citation: Citation


@dataclass(frozen=True, slots=True)
class ReopeningRule:
    """The rule of one product line, or of named plans. `automatic`: the reasons for which more is paid without a person.

    `needs`: the grounds without which nothing is taken back for a reason (an approval binds except for fraud or good cause).
    `approves`: the roles that approve a correction; `takes_back`: the roles of which one approves when money is taken back.
    """

    name: str
    product_lines: frozenset[ProductLine]
    plans: frozenset[PlanId]
    dates: DateRange
    more: Limit
    less: Limit
    recovery: Recovery
    approves: frozenset[Role]
    takes_back: frozenset[Role]
    citation: Citation
    automatic: frozenset[str] = frozenset()
    needs: Mapping[str, frozenset[Ground]] = field(default_factory=dict)

    def governs(self, plan: PlanId, product_line: ProductLine, on: date) -> bool:
        """Return whether it may govern a plan on a day; a rule that names the plan goes before one of its product line."""
        return on in self.dates and (plan in self.plans or product_line in self.product_lines)


@dataclass(frozen=True, slots=True)
class ReopeningRules:
    """Every rule, and the meaning of each reason for a reopening.

    `remarks`: the RARC of the version that a correction supersedes, by whether a party is worse off and by reason. `answered`: the reasons that need no person
    if the new result is unchanged; the reopening is then closed. `payable_since`: the reasons that made the claim
    payable only when they arose, so that the time to pay begins then. `raising`: the reasons that a person raises.
    """

    rules: tuple[ReopeningRule, ...]
    remarks: Mapping[bool, Mapping[str, str]]
    answered: frozenset[str]
    payable_since: frozenset[str]
    raising: Mapping[str, RaisingRule] = field(default_factory=dict)

    def rule_of(self, plan: PlanId, product_line: ProductLine, on: date) -> ReopeningRule | None:
        """Return the rule of a plan on the day of the first decision; None where none is loaded."""
        found = [rule for rule in self.rules if rule.governs(plan, product_line, on)]
        return max(found, key=lambda rule: plan in rule.plans, default=None)


NO_REOPENING_RULES: Final = ReopeningRules((), {False: {}, True: {}}, frozenset(), frozenset())
