"""The leaf tests of the policy grammar: a closed list. A new kind needs a decision record; using one is data.

Every test answers MET, NOT_MET or UNKNOWN from values already at hand; none raises on a value of the wrong kind.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Protocol

from adjudication.model.claim import Value
from adjudication.policy.evidence import Subject

NOT_MET: Final = 0
MET: Final = 1
UNKNOWN: Final = 2
"""Answers as small numbers inside the evaluator; outside of it they are adjudication.model.facts.Answer."""

Known = Mapping[str, Value]
SAME_DAY: Final = "same-day"


class LeafTest(Protocol):
    """One question about the evidence or the line."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the test reads; empty if the claim itself answers it."""
        ...

    def answer(self, known: Known, subject: Subject) -> int:
        """Answer it."""
        ...


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A named number that changes over time; each value governs from its day on."""

    name: str
    values: tuple[tuple[date, Decimal], ...]

    def on(self, day: date) -> Decimal:
        """Return the value in force; the loader made sure that there is one for every day the policy governs."""
        found = self.values[0][1]
        for starts, value in self.values:
            if starts <= day:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes-or-no fact is true."""

    fact: str

    @property
    def facts(self) -> tuple[str, ...]:
        """The fact."""
        return (self.fact,)

    def answer(self, known: Known, subject: Subject) -> int:  # noqa: ARG002
        """Answer it."""
        value = known.get(self.fact)
        if value is True:
            return MET
        return NOT_MET if value is False else UNKNOWN


@dataclass(frozen=True, slots=True)
class Choice:
    """A coded fact is one of some codes; a code the dictionary does not know is unknown, not wrong.

    `several`: where a chart gives several codes that are all true, whether `any` of them is enough, or whether it must be
    the `sole` one.
    """

    fact: str
    one_of: frozenset[str]
    choices: frozenset[str]
    several: str | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """The fact."""
        return (self.fact,)

    def answer(self, known: Known, subject: Subject) -> int:  # noqa: ARG002
        """Answer it."""
        value = known.get(self.fact)
        if not isinstance(value, str) or value not in self.choices:
            return UNKNOWN
        return MET if value in self.one_of else NOT_MET


@dataclass(frozen=True, slots=True)
class Measure:
    """A number lies within bounds (both inclusive)."""

    fact: str
    at_least: DatedValue | None = None
    at_most: DatedValue | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """The fact."""
        return (self.fact,)

    def answer(self, known: Known, subject: Subject) -> int:
        """Answer it."""
        value = known.get(self.fact)
        if not isinstance(value, Decimal):
            return UNKNOWN
        return _within(value, self.at_least, self.at_most, subject.service_date)


@dataclass(frozen=True, slots=True)
class Dated:
    """An event lies between two days: other dated facts, the date of service, or a number of days before it.

    `not_before` names a fact. `within_days` and `within_months` (of the calendar) count back from the date of service. An event after the date
    of service never justifies it, so the event may not lie later unless `may_follow`. `any_of_several`: where a chart
    gives several days, one that fits is enough. `unsaid_within_days`: how old the event may be where the chart never mentions
    `not_before`; an older one leaves the question open.
    """

    fact: str
    not_before: str | None = None
    within_days: DatedValue | None = None
    may_follow: bool = False
    any_of_several: bool = False
    within_months: int | None = None
    unsaid_within_days: DatedValue | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """The event, and the day it may not precede."""
        return (self.fact,) if self.not_before is None else (self.fact, self.not_before)

    def answer(self, known: Known, subject: Subject) -> int:
        """Answer it; one bound known to be broken settles it, whatever the other is."""
        day = known.get(self.fact)
        if not isinstance(day, date):
            return UNKNOWN
        if day > subject.service_date and not self.may_follow:
            return NOT_MET
        if self._too_long_ago(day, subject.service_date):
            return NOT_MET
        if self.not_before is None:
            return MET
        first = known.get(self.not_before)
        if not isinstance(first, date):
            return MET if first is None and self._recent_enough(day, subject.service_date) else UNKNOWN
        return MET if first <= day else NOT_MET

    def _recent_enough(self, day: date, service: date) -> bool:
        """Return whether the event counts although the chart never mentions when it may have happened at the earliest."""
        within = self.unsaid_within_days
        return within is not None and day >= service - timedelta(days=int(within.on(service)))

    def _too_long_ago(self, day: date, service: date) -> bool:
        if self.within_days is not None and day < service - timedelta(days=int(self.within_days.on(service))):
            return True
        return self.within_months is not None and day < months_before(service, self.within_months)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """At least a number of days lies between two dated facts."""

    since: str
    until: str
    at_least_days: DatedValue

    @property
    def facts(self) -> tuple[str, ...]:
        """Both days."""
        return (self.since, self.until)

    def answer(self, known: Known, subject: Subject) -> int:
        """Answer it."""
        first, last = known.get(self.since), known.get(self.until)
        if not isinstance(first, date) or not isinstance(last, date):
            return UNKNOWN
        return MET if (last - first).days >= self.at_least_days.on(subject.service_date) else NOT_MET


@dataclass(frozen=True, slots=True)
class CodeIn:
    """A code of the line is in a list. `of` is procedure, diagnosis, modifier, place-of-service or same-day."""

    of: str
    codes: frozenset[str]
    prefixes: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """None: the claim answers it."""
        return ()

    def answer(self, known: Known, subject: Subject) -> int:  # noqa: ARG002
        """Answer it; a claim without the field has no such code."""
        if self.of == SAME_DAY and not self.prefixes:
            # A claim may have hundreds of codes on one day: look through the smaller of the two sets.
            few: Collection[str] = subject.same_day
            many: Collection[str] = self.codes
            if len(few) > len(many):
                few, many = many, few
            for code in few:
                if code in many:
                    return MET
            return NOT_MET
        return MET if any(self.has(code) for code in _codes_of(self.of, subject)) else NOT_MET

    def has(self, code: str) -> bool:
        """Say whether a code is in the list."""
        return code in self.codes or (bool(self.prefixes) and code.startswith(self.prefixes))


@dataclass(frozen=True, slots=True)
class Earlier:
    """At least a number of services with a code in a list lies within some days before the date of service.

    A service on the same day is not earlier; it is covered by `code_in` same-day, or is a duplicate.
    """

    codes: frozenset[str]
    within_days: DatedValue
    at_least: int = 1

    @property
    def facts(self) -> tuple[str, ...]:
        """None: the claim history answers it."""
        return ()

    def answer(self, known: Known, subject: Subject) -> int:  # noqa: ARG002
        """Answer it."""
        by_code = subject.history.days
        listed = [code for code in by_code if code in self.codes]  # a member has few codes, a list may have hundreds
        if not listed:
            return MET if self.at_least <= 0 else NOT_MET
        last = subject.service_date
        first = last - timedelta(days=int(self.within_days.on(last)))
        count = sum(bisect_left(by_code[code], last) - bisect_left(by_code[code], first) for code in listed)
        return MET if count >= self.at_least else NOT_MET


@dataclass(frozen=True, slots=True)
class Age:
    """The member's age on the date of service lies within bounds, in whole years (both inclusive)."""

    at_least: DatedValue | None = None
    at_most: DatedValue | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """None: the claim answers it."""
        return ()

    def answer(self, known: Known, subject: Subject) -> int:  # noqa: ARG002
        """Answer it."""
        if subject.age_years is None:
            return UNKNOWN
        return _within(Decimal(subject.age_years), self.at_least, self.at_most, subject.service_date)


@dataclass(frozen=True, slots=True)
class Judgment:
    """Only a reviewer can say; recorded as a yes-or-no fact of this name."""

    fact: str

    @property
    def facts(self) -> tuple[str, ...]:
        """The finding."""
        return (self.fact,)

    def answer(self, known: Known, subject: Subject) -> int:  # noqa: ARG002
        """Answer it."""
        value = known.get(self.fact)
        if value is True:
            return MET
        return NOT_MET if value is False else UNKNOWN


def months_before(day: date, months: int) -> date:
    """Return the same day a number of calendar months earlier, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _within(value: Decimal, at_least: DatedValue | None, at_most: DatedValue | None, day: date) -> int:
    low = at_least is None or value >= at_least.on(day)
    high = at_most is None or value <= at_most.on(day)
    return MET if low and high else NOT_MET


def _codes_of(of: str, subject: Subject) -> Collection[str]:
    if of == "diagnosis":
        return subject.diagnoses
    if of == SAME_DAY:
        return subject.same_day
    if of == "procedure":
        return (subject.code,)
    if of == "modifier":
        return subject.modifiers
    return () if subject.place_of_service is None else (subject.place_of_service,)
