"""Writes the demand of a criterion and the value found: "at least 6 weeks", "3 weeks (a record, November 3, 2025)".

Every number, day and choice is read from the policy and from the recorded facts; no clinical content is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from adjudication.letters.dates import in_words
from adjudication.letters.deciding import DecidingCriterion
from adjudication.model.claim import SupportingFact, Value
from adjudication.model.facts import Answer
from adjudication.policy.leaves import Age, Choice, Dated, DatedValue, Elapsed, LeafTest, Measure
from adjudication.policy.trace import TraceNode

Units = Mapping[str, str]
"""The unit of each fact that is a number, such as weeks."""

_FROM: Final = {
    "claim": "the claim",
    "document": "a record",
    "reviewer": "our reviewer",
    "authorization": "the approval on file",
    "history": "earlier claims",
}


def asked(each: DecidingCriterion, served_on: date, units: Units) -> str:
    """Return the value that would have met the criterion; empty if the criterion text is enough."""
    return asked_of(each.leaf, each.wanted, served_on, units)


def asked_of(leaf: TraceNode, wanted: Answer, served_on: date, units: Units) -> str:
    """Return the demand of a criterion without children; `wanted`: the answer that favors the line."""
    test = leaf.test
    if test is None or not test.facts:
        return ""
    words = _of_test(test, leaf.facts, served_on, units)
    if not words:
        return "yes" if wanted is Answer.MET else "no"
    return words if wanted is Answer.MET else f"not {words}"


def found(each: DecidingCriterion, units: Units) -> str:
    """Return the value on record, with its source and day; empty where the claim itself answers the criterion."""
    return found_of(each.leaf, units)


def found_of(leaf: TraceNode, units: Units) -> str:
    """Return the value on record for a criterion without children, with its source and day."""
    test = leaf.test
    if test is None or not test.facts:
        return ""
    named = [fact for fact in leaf.facts if fact.legible]
    settled = [fact for fact in named if fact.settles][-1:]
    several = len(test.facts) > 1
    texts = [_fact(fact, units, named_by_day=several) for fact in settled or named]
    return "; ".join(dict.fromkeys(texts))


def _of_test(test: LeafTest, facts: tuple[SupportingFact, ...], served_on: date, units: Units) -> str:
    match test:
        case Measure():
            return _bounds(test.at_least, test.at_most, served_on, units.get(test.fact, ""))
        case Age():
            return _bounds(test.at_least, test.at_most, served_on, "years")
        case Choice():
            return " or ".join(_code(code) for code in sorted(test.one_of))
        case Dated():
            return _days(test, facts, served_on)
        case Elapsed():
            return f"at least {_number(test.at_least_days.on(served_on))} days between the two dates"
        case _:
            return ""


def _bounds(low: DatedValue | None, high: DatedValue | None, served_on: date, unit: str) -> str:
    after = f" {unit}" if unit else ""
    texts = [f"at least {_number(low.on(served_on))}{after}"] if low is not None else []
    texts += [f"at most {_number(high.on(served_on))}{after}"] if high is not None else []
    return " and ".join(texts)


def _days(test: Dated, facts: tuple[SupportingFact, ...], served_on: date) -> str:
    first = None
    if test.within_days is not None:
        first = served_on - timedelta(days=int(test.within_days.on(served_on)))
    onset = next((f.value for f in facts if f.fact == test.not_before and isinstance(f.value, date)), None)
    if onset is not None and (first is None or onset > first):
        first = onset
    texts = [f"a date on or after {in_words(first)}"] if first is not None else ["a date"]
    texts += [f"no later than the service on {in_words(served_on)}"] if not test.may_follow else []
    return ", ".join(texts)


def _fact(fact: SupportingFact, units: Units, *, named_by_day: bool) -> str:
    value = _value(fact.value, units.get(fact.fact, ""))
    if named_by_day and not isinstance(fact.value, date):
        value = f"{_code(fact.fact)} {value}"
    return f"{value} ({_FROM.get(fact.source, 'a record')}, {in_words(fact.recorded_on)})"


def _value(value: Value, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, Decimal):
        return f"{_number(value)} {unit}".strip()
    return _code(value)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _code(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").replace(".", " ")
