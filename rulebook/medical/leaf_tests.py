"""The leaf tests of a policy file as tests of the pure core, with names resolved and errors refused."""

from __future__ import annotations

from adjudication.policy.leaves import (
    Age,
    Choice,
    CodeIn,
    Dated,
    Earlier,
    Elapsed,
    Flag,
    Judgment,
    LeafTest,
    Measure,
)
from rulebook.medical.names import Loc, Names
from rulebook.medical.schema import (
    AgeTest,
    ChoiceTest,
    CodeTest,
    DatedTest,
    EarlierTest,
    ElapsedTest,
    MeasureTest,
    NodeRecord,
)


def leaf_test(loc: Loc, record: NodeRecord, names: Names) -> LeafTest:  # noqa: PLR0911 - one return a kind of test
    """Build the one test a record holds."""
    if record.flag is not None:
        names.fact((*loc, "flag"), record.flag, "flag")
        return Flag(record.flag)
    if record.choice is not None:
        return _choice((*loc, "choice"), record.choice, names)
    if record.measure is not None:
        return _measure((*loc, "measure"), record.measure, names)
    if record.dated is not None:
        return _dated((*loc, "dated"), record.dated, names)
    if record.elapsed is not None:
        return _elapsed((*loc, "elapsed"), record.elapsed, names)
    if record.code_in is not None:
        return _code_in((*loc, "code_in"), record.code_in, names)
    if record.earlier is not None:
        return _earlier((*loc, "earlier"), record.earlier, names)
    if record.age is not None:
        return _age((*loc, "age"), record.age, names)
    return _judgment((*loc, "judgement"), str(record.judgement), names)


def _judgment(loc: Loc, fact: str, names: Names) -> Judgment:
    if not names.fact(loc, fact, "flag").judgement:
        what = f"{fact} is not marked as a reviewer's judgment"
        names.text.refuse(loc, what, "use flag, or mark it judgement: true in facts.yaml")
    return Judgment(fact)


def _choice(loc: Loc, test: ChoiceTest, names: Names) -> Choice:
    entry = names.fact((*loc, "fact"), test.fact, "code")
    for code in test.one_of:
        if code not in entry.choices:
            choices = ", ".join(entry.choices)
            names.text.refuse((*loc, "one_of"), f"{code} is not a choice of {test.fact}", f"choose of: {choices}")
    return Choice(test.fact, frozenset(test.one_of), frozenset(entry.choices), test.several)


def _measure(loc: Loc, test: MeasureTest, names: Names) -> Measure:
    entry = names.fact((*loc, "fact"), test.fact, "number")
    if entry.unit != test.unit:
        what = f"{test.fact} is counted in {entry.unit}, not in {test.unit}"
        names.text.refuse((*loc, "unit"), what, f"write unit: {entry.unit} and convert the number")
    low = names.bound((*loc, "at_least"), test.at_least, test.unit)
    return Measure(test.fact, low, names.bound((*loc, "at_most"), test.at_most, test.unit))


def _dated(loc: Loc, test: DatedTest, names: Names) -> Dated:
    names.fact((*loc, "fact"), test.fact, "date")
    if test.not_before is not None:
        names.fact((*loc, "not_before"), test.not_before, "date")
    if test.unsaid_within_days is not None and test.not_before is None:
        what = "unsaid_within_days is for a chart that does not give the day of not_before"
        names.text.refuse((*loc, "unsaid_within_days"), what, "name the fact in not_before, or take this away")
    within = names.bound((*loc, "within_days"), test.within_days, "days")
    unsaid = names.bound((*loc, "unsaid_within_days"), test.unsaid_within_days, "days")
    several, months = test.any_of_several, test.within_months
    return Dated(test.fact, test.not_before, within, test.may_follow_service, several, months, unsaid)


def _elapsed(loc: Loc, test: ElapsedTest, names: Names) -> Elapsed:
    names.fact((*loc, "since"), test.since, "date")
    names.fact((*loc, "until"), test.until, "date")
    return Elapsed(test.since, test.until, names.number((*loc, "at_least_days"), test.at_least_days, "days"))


def _code_in(loc: Loc, test: CodeTest, names: Names) -> CodeIn:
    codes = frozenset(test.codes)
    if test.code_set is not None:
        codes |= names.procedures((*loc, "code_set"), (test.code_set,))
    prefixes = test.prefixes
    if test.group is not None:
        prefixes += names.group((*loc, "group"), test.group)
    return CodeIn(test.of, codes, prefixes)


def _earlier(loc: Loc, test: EarlierTest, names: Names) -> Earlier:
    listed = (*test.codes, *(() if test.code_set is None else (test.code_set,)))
    if not listed:
        names.text.refuse(loc, "counts no codes", "add codes or code_set")
    days = names.number((*loc, "within_days"), test.within_days, "days")
    return Earlier(names.procedures(loc, listed), days, test.at_least)


def _age(loc: Loc, test: AgeTest, names: Names) -> Age:
    if test.at_least is None and test.at_most is None:
        names.text.refuse(loc, "an age test without at_least or at_most tests nothing", "add one of them")
    low = names.bound((*loc, "at_least"), test.at_least, "years")
    return Age(low, names.bound((*loc, "at_most"), test.at_most, "years"))
