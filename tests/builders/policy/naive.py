"""A deliberately naive reading of the policy grammar, to hold the real evaluator against.

Written from what the grammar promises, criterion by criterion: plain recursion, nothing kept, nothing shared, nothing
planned. It may not import the program or ask a test to answer itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.model.claim import Value
from adjudication.model.facts import Answer
from adjudication.policy.evidence import Evidence, Subject
from adjudication.policy.leaves import (
    Age,
    Choice,
    CodeIn,
    Dated,
    DatedValue,
    Earlier,
    Elapsed,
    Flag,
    Judgment,
    LeafTest,
    Measure,
)
from adjudication.policy.tree import Fold, Leaf, Node

OPPOSITE = {Answer.MET: Answer.NOT_MET, Answer.NOT_MET: Answer.MET, Answer.UNKNOWN: Answer.UNKNOWN}


def decided(condition: bool) -> Answer:  # noqa: FBT001 - this is where a bool becomes an answer
    return Answer.MET if condition else Answer.NOT_MET


def naive_answer(node: Node, evidence: Evidence, subject: Subject) -> Answer:
    """Answer a criterion by answering everything under it."""
    if isinstance(node, Leaf):
        return _of_each_value(node.test, evidence, subject)
    answers = [naive_answer(child, evidence, subject) for child in node.children]
    if node.fold is Fold.NOT:
        return OPPOSITE[answers[0]]
    if node.fold is Fold.IMPLIES:
        return _at_least(1, [OPPOSITE[answers[0]], answers[1]])
    return _at_least(node.at_least, answers)


def _of_each_value(test: LeafTest, evidence: Evidence, subject: Subject) -> Answer:
    """Answer a test for each way to read facts that have several values: what all ways agree on, else unknown."""
    ways = [dict(evidence.known)]
    for fact in test.facts:
        if fact in evidence.several:
            ways = [{**way, fact: value} for way in ways for value in evidence.several[fact]]
    if len(ways) > 16:
        return Answer.UNKNOWN
    answers = [_leaf(test, replace(evidence, known=way), subject) for way in ways]
    if all(answer is answers[0] for answer in answers):
        return answers[0]
    events = isinstance(test, Dated) and test.any_of_several and (test.not_before not in evidence.several)
    return Answer.MET if events and Answer.MET in answers else Answer.UNKNOWN


def _at_least(needed: int, answers: list[Answer]) -> Answer:
    sure = len([answer for answer in answers if answer is Answer.MET])
    possible = len([answer for answer in answers if answer is not Answer.NOT_MET])
    if sure >= needed:
        return Answer.MET
    return Answer.UNKNOWN if possible >= needed else Answer.NOT_MET


def _leaf(test: LeafTest, evidence: Evidence, subject: Subject) -> Answer:  # noqa: PLR0911 - one return a kind
    match test:
        case Flag(fact) | Judgment(fact):
            return _yes_or_no(evidence.known.get(fact))
        case Choice(fact, one_of, choices):
            shown = evidence.known.get(fact)
            return decided(shown in one_of) if shown in choices else Answer.UNKNOWN
        case Measure(fact, low, high):
            return _bounded(evidence.known.get(fact), low, high, subject.service_date)
        case Age(low, high):
            years = None if subject.age_years is None else Decimal(subject.age_years)
            return _bounded(years, low, high, subject.service_date)
        case Dated():
            return _dated(test, evidence, subject)
        case Elapsed(since, until, days):
            first, last = _day(evidence, since), _day(evidence, until)
            if first is None or last is None:
                return Answer.UNKNOWN
            return decided(last.toordinal() - first.toordinal() >= _value(days, subject.service_date))
        case CodeIn():
            return _code_in(test, subject)
        case Earlier():
            return _earlier(test, subject)
    raise AssertionError(test)


def _yes_or_no(value: Value | None) -> Answer:
    return decided(value) if isinstance(value, bool) else Answer.UNKNOWN


def _bounded(value: Value | None, low: DatedValue | None, high: DatedValue | None, day: date) -> Answer:
    if not isinstance(value, Decimal):
        return Answer.UNKNOWN
    too_low = low is not None and value < _value(low, day)
    too_high = high is not None and value > _value(high, day)
    return decided(not too_low and not too_high)


def _dated(test: Dated, evidence: Evidence, subject: Subject) -> Answer:
    """Each bound is a separate condition; all of them must hold."""
    event = _day(evidence, test.fact)
    if event is None:
        return Answer.UNKNOWN
    conditions = []
    if not test.may_follow:
        conditions.append(decided(event <= subject.service_date))
    if test.within_days is not None:
        ago = subject.service_date.toordinal() - event.toordinal()
        conditions.append(decided(ago <= _value(test.within_days, subject.service_date)))
    if test.not_before is not None:
        first = _day(evidence, test.not_before)
        conditions.append(_unsaid(test, event, evidence, subject) if first is None else decided(first <= event))
    return _at_least(len(conditions), conditions)


def _unsaid(test: Dated, event: date, evidence: Evidence, subject: Subject) -> Answer:
    """Silence on the first day lets a recent event count; a day that is mentioned and unusable is no silence."""
    mentioned = test.not_before in evidence.known or test.not_before in evidence.gaps
    if test.unsaid_within_days is None or mentioned:
        return Answer.UNKNOWN
    ago = subject.service_date.toordinal() - event.toordinal()
    return Answer.MET if ago <= _value(test.unsaid_within_days, subject.service_date) else Answer.UNKNOWN


def _code_in(test: CodeIn, subject: Subject) -> Answer:
    place = subject.place_of_service
    listed = {
        "procedure": [subject.code],
        "diagnosis": list(subject.diagnoses),
        "modifier": list(subject.modifiers),
        "same-day": list(subject.same_day),
        "place-of-service": [] if place is None else [place],
    }[test.of]
    return decided(any(code in test.codes or any(code.startswith(p) for p in test.prefixes) for code in listed))


def _earlier(test: Earlier, subject: Subject) -> Answer:
    days = _value(test.within_days, subject.service_date)
    served = subject.service_date.toordinal()
    ages = [served - service.service_date.toordinal() for service in subject.history if service.code in test.codes]
    return decided(len([age for age in ages if 0 < age <= days]) >= test.at_least)


def _value(dated: DatedValue, day: date) -> Decimal:
    started = [(starts, value) for starts, value in dated.values if starts <= day]
    return max(started)[1]


def _day(evidence: Evidence, fact: str) -> date | None:
    value = evidence.known.get(fact)
    return value if isinstance(value, date) else None
