"""policies/workflow/reopenings.yaml: the rules of reopening, and their checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from adjudication.model.reference import Plan
from adjudication.model.vocabulary import DateRange, PlanId, ProductLine
from adjudication.people import Role
from adjudication.readjudication.rules import (
    Ground,
    Limit,
    Naming,
    RaisingRule,
    Recovery,
    ReopeningRule,
    ReopeningRules,
)
from contracts.events.reopenings import BY_A_PERSON, Reason
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, RemarkCode, Slug, TimePeriod

REOPENINGS: Final = "workflow/reopenings.yaml"
_Grounds = dict[Ground, TimePeriod | Literal["any time"]]
_Roles = Annotated[tuple[Role, ...], Field(min_length=1)]


class RecoveryEntry(Cited):
    """The legal requirements before money is recovered."""

    notice: TimePeriod
    dispute: TimePeriod


class ReopeningEntry(Cited, Dates):
    """One rule."""

    name: Slug
    product_lines: tuple[ProductLine, ...] = ()
    plans: tuple[str, ...] = ()
    more: _Grounds
    less: _Grounds
    needs: dict[Reason, tuple[Ground, ...]] = Field(default_factory=dict)
    approves: _Roles
    takes_back: _Roles
    automatic: tuple[Reason, ...] = ()
    recovery: RecoveryEntry


class RemarksEntry(Cited):
    """The remark of a superseded version, by the reason of the reopening. `favorable`: where neither member nor provider is worse off."""

    codes: dict[Reason, RemarkCode]
    favorable: dict[Reason, RemarkCode] = Field(default_factory=dict)


class RaisingEntry(Cited):
    """A reason that a person raises: the roles, and the lines that may be named."""

    roles: _Roles
    names: Naming


class ReopeningsFile(Cited):
    """workflow/reopenings.yaml."""

    remarks: RemarksEntry
    answered: tuple[Reason, ...]
    payable_since: tuple[Reason, ...]
    raising: dict[Reason, RaisingEntry]
    rules: Annotated[tuple[ReopeningEntry, ...], Field(min_length=1)]


def reopening_rules(label: str, file: ReopeningsFile, citations: Citations) -> ReopeningRules:
    """Build the rules; each needs its own name, and a product line or plans."""
    citations.of(place(label, key="remarks"), file.remarks, file)
    rules: list[ReopeningRule] = []
    for index, entry in enumerate(file.rules):
        where = place(label, key=f"rules[{index}] {entry.name}")
        if not (entry.product_lines or entry.plans):
            raise PolicyDataError(where, "governs no plan", "name product_lines or plans")
        if entry.name in {rule.name for rule in rules}:
            raise PolicyDataError(where, "this name is used twice", "give each rule another name")
        rules.append(_rule(where, entry, file, citations))
    codes = {reason.value: code for reason, code in file.remarks.codes.items()}
    favorable = {reason.value: code for reason, code in file.remarks.favorable.items()}
    remarks = {False: codes | favorable, True: codes}
    raising = _raising(label, file, citations)
    return ReopeningRules(tuple(rules), remarks, _names(file.answered), _names(file.payable_since), raising)


def _raising(label: str, file: ReopeningsFile, citations: Citations) -> dict[str, RaisingRule]:
    where = place(label, key="raising")
    if set(file.raising) != set(BY_A_PERSON):
        names = ", ".join(sorted(reason.value for reason in BY_A_PERSON))
        raise PolicyDataError(
            where, "the reasons are not those that a person raises", f"give one entry to each of: {names}"
        )
    return {
        reason.value: RaisingRule(frozenset(entry.roles), entry.names, citations.of(f"{where} {reason}", entry, file))
        for reason, entry in file.raising.items()
    }


def _rule(where: str, entry: ReopeningEntry, file: ReopeningsFile, citations: Citations) -> ReopeningRule:
    recovery = entry.recovery
    law = citations.of(f"{where} recovery", recovery, entry, file)
    return ReopeningRule(
        name=entry.name,
        product_lines=frozenset(entry.product_lines),
        plans=frozenset(PlanId(plan) for plan in entry.plans),
        dates=DateRange(entry.starts, entry.ends),
        more=_limit(entry.more),
        less=_limit(entry.less),
        recovery=Recovery(recovery.notice, recovery.dispute, law),
        approves=frozenset(entry.approves),
        takes_back=frozenset(entry.takes_back),
        citation=citations.of(where, entry, file),
        automatic=_names(entry.automatic),
        needs={reason.value: frozenset(grounds) for reason, grounds in entry.needs.items()},
    )


def _limit(grounds: _Grounds) -> Limit:
    return Limit({ground: None if period == "any time" else period for ground, period in grounds.items()})


def _names(reasons: Sequence[Reason]) -> frozenset[str]:
    return frozenset(reason.value for reason in reasons)


def refuse_ungoverned(rules: ReopeningRules, plans: Mapping[PlanId, Sequence[Plan]]) -> None:
    """Refuse a plan without a rule, or with two that govern it equally, on the first day of each of its versions."""
    for plan_id, versions in plans.items():
        for plan in versions:
            found = [rule for rule in rules.rules if rule.governs(plan_id, plan.product_line, plan.dates.starts)]
            named = [rule for rule in found if plan_id in rule.plans] or found
            if len(named) != 1:
                many = ", ".join(rule.name for rule in named) or "no rule"
                where = place(REOPENINGS, key=f"rules for {plan_id}")
                raise PolicyDataError(where, f"{many} govern its reopenings", "let exactly one rule govern each plan")
