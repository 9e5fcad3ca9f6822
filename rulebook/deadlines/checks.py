"""Checks of the deadline rules at load, so that the author of the data learns of an error before a deadline passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adjudication.deadlines.calendar import Holidays
from adjudication.deadlines.interest import InterestRule
from adjudication.deadlines.periods import Unit
from adjudication.deadlines.rules import AtExpiry, DeadlineRule
from adjudication.deadlines.scope import ambiguous
from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.people import Role
from rulebook.checks import refuse_overlaps, refuse_unknown
from rulebook.deadlines.schema import DeadlineEntry, DeadlineVersionEntry, WarningEntry
from rulebook.errors import PolicyDataError

__all__ = [
    "refuse_ambiguous",
    "refuse_bad_days",
    "refuse_bad_entry",
    "refuse_bad_version",
    "refuse_bad_warnings",
    "refuse_dangling",
    "refuse_gaps",
    "refuse_repeated_names",
    "refuse_unknown",
    "refuse_unknown_zone",
]

_OWNER: Final = "owner"
_NOTIFIABLE: Final = frozenset({_OWNER, *(role.value for role in Role)})


def refuse_bad_entry(where: str, entry: DeadlineEntry) -> None:
    """Refuse a deadline that would end as it starts, or whose consequence and interest do not belong together."""
    both = sorted(set(entry.starts_on) & set(entry.ends_on))
    if both:
        raise PolicyDataError(where, f"starts and ends on {both[0]}", "take the event out of one of the two lists")
    owes = entry.at_expiry is AtExpiry.INTEREST_AND_ESCALATION
    if owes and entry.interest is None:
        raise PolicyDataError(
            where, "owes interest at expiry and names none", "add interest: with a name of law/interest/"
        )
    if entry.interest is not None and not owes:
        raise PolicyDataError(
            where, "names an interest it never owes", "remove it, or set at_expiry: interest-and-escalation"
        )
    if entry.time_zone is not None:
        refuse_unknown_zone(where, entry.time_zone)


def refuse_bad_version(where: str, version: DeadlineVersionEntry) -> None:
    """Refuse arithmetic without an agreed meaning: parts of months, or two units in one deadline that stops."""
    tolling, longer, unit = version.tolling, version.extension, version.period.unit
    if tolling is not None and not unit.stoppable:
        raise PolicyDataError(
            where, f"stops a deadline counted in {unit}", "count it in days or hours, or remove tolling"
        )
    if tolling is not None and tolling.stops_on is tolling.resumes_on:
        raise PolicyDataError(where, f"stops and resumes on {tolling.stops_on}", "name two events")
    if tolling is not None and tolling.needs_extension and longer is None:
        raise PolicyDataError(
            where, "stops only with an extension and allows none", "add extension, or remove needs_extension"
        )
    if tolling is not None and longer is not None and longer.period.unit is not unit:
        raise PolicyDataError(
            where,
            f"can stop, counts in {unit} and is extended in {longer.period.unit}",
            "give the extension in the unit of the deadline, or remove tolling",
        )


def refuse_bad_warnings(where: str, warnings: Sequence[WarningEntry], escalates_to: str) -> None:
    """Refuse warnings out of order (the longest before comes first) and unknown roles."""
    for warning in warnings:
        if warning.before.unit is not Unit.HOURS:
            raise PolicyDataError(
                where, f"warns {warning.before} before", "give the time in hours, for example 72 hours"
            )
    hours = [warning.before.length for warning in warnings]
    if hours != sorted(set(hours), reverse=True):
        raise PolicyDataError(
            where,
            f"its warnings are at {hours} hours before",
            "list each once, the earliest warning (most hours) first",
        )
    for role in (*(warning.notify for warning in warnings), escalates_to):
        if role not in _NOTIFIABLE or (role == _OWNER and role == escalates_to):
            raise PolicyDataError(
                where,
                f"notifies {role!r}, which is not a role{' to escalate to' if role == _OWNER else ''}",
                f"use one of: {', '.join(sorted(_NOTIFIABLE - {_OWNER}))}",
            )


def refuse_gaps(where: str, ranges: Sequence[DateRange]) -> None:
    """Refuse versions of one deadline that overlap or leave days between them uncovered."""
    refuse_overlaps(where, "the deadline", ranges)
    for earlier, later in pairwise(sorted(ranges, key=lambda r: r.starts)):
        if earlier.ends is not None and earlier.ends < later.starts:
            raise PolicyDataError(
                where,
                f"no version is in force from {earlier.ends} until {later.starts}",
                f"end the earlier one with ends: {later.starts}, or give the deadline after the gap another name",
            )


def refuse_repeated_names(where: str, rules: Sequence[DeadlineRule]) -> None:
    """Refuse one name for two deadlines: a recorded deadline could not be traced to its rule."""
    seen: dict[str, DeadlineRule] = {}
    for rule in rules:
        other = seen.setdefault(rule.rule_id, rule)
        # Versions of one entry differ in dates and lengths only.
        if other.scope != rule.scope or other.kind is not rule.kind:
            raise PolicyDataError(where, f"two deadlines are called {rule.rule_id}", "give one of them another name")
    for name in seen:
        refuse_overlaps(where, name, [rule.in_force for rule in rules if rule.rule_id == name])


def refuse_ambiguous(where: str, rules: Sequence[DeadlineRule]) -> None:
    """Refuse two deadlines of one kind that may both apply on one day while neither is the more specific."""
    for one, other in combinations(rules, 2):
        comparable = one.kind is other.kind and one.rule_id != other.rule_id
        if comparable and _share_a_day(one.in_force, other.in_force) and ambiguous(one.scope, other.scope):
            day = max(one.in_force.starts, other.in_force.starts)
            raise PolicyDataError(
                where,
                f"{one.rule_id} and {other.rule_id} can both apply on {day}, and neither is the more specific",
                "narrow applies_to of one until it lies within the other, or until they share no claim",
            )


def refuse_dangling(
    where: str,
    rule: DeadlineRule,
    holidays: Mapping[str, Holidays],
    interest: Mapping[str, InterestRule],
    plans: frozenset[PlanId],
) -> None:
    """Refuse a deadline that names an unknown calendar, interest rule or plan."""
    at = f"{where}, {rule.rule_id}"
    if rule.calendar is not None:
        refuse_unknown(at, "the calendar", {rule.calendar}, holidays, "add it under law/holidays/")
    if rule.interest is not None:
        refuse_unknown(at, "the interest", {rule.interest}, interest, "add it under law/interest/")
    refuse_unknown(at, "the plan", rule.scope.plans or (), plans, "add it under plans/ or correct it")


def refuse_bad_days(where: str, year: int, days: Iterable[date]) -> None:
    """Refuse a holiday of another year, or one given twice."""
    seen: set[date] = set()
    for day in days:
        if day.year != year:
            raise PolicyDataError(where, f"lists {day}, a day of another year", f"move it to the year {day.year}")
        if day in seen:
            raise PolicyDataError(where, f"lists {day} twice", "keep one of the two entries")
        seen.add(day)


def refuse_unknown_zone(where: str, time_zone: str) -> None:
    """Refuse a time zone that is not in the zone database."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PolicyDataError(
            where, f"the time zone {time_zone!r} is not known", "use a name such as America/New_York"
        ) from error


def _share_a_day(one: DateRange, other: DateRange) -> bool:
    return (one.ends is None or other.starts < one.ends) and (other.ends is None or one.starts < other.ends)
