"""Loads policies/law/deadlines/ into the deadline rules of the pure core, and refuses data that would fail when a claim needs it.

It refuses two deadlines that could both govern one claim, a deadline that could stop forever, and a holiday of another
year, with place and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Final

from adjudication.deadlines.calendar import Holidays
from adjudication.deadlines.interest import AfterAppeal, InterestRate, InterestRule
from adjudication.deadlines.rule_book import DeadlineRules
from adjudication.deadlines.rules import DeadlineRule, Extension, Jurisdiction, Scope, Tolling, WarningRule
from adjudication.model.vocabulary import PlanId
from rulebook.checks import Citations, by_name, date_range, refuse_overlaps
from rulebook.deadlines import checks
from rulebook.deadlines.schema import (
    DeadlineEntry,
    DeadlinesFile,
    DeadlineVersionEntry,
    HolidaysFile,
    InterestFile,
    InterestRateEntry,
    JurisdictionsFile,
    ScopeEntry,
)
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Confidence
from rulebook.yaml_files import payer_files, read_yaml

DEADLINES: Final = "law/deadlines"
HOLIDAYS: Final = "law/holidays"
INTEREST: Final = "law/interest"
DEADLINE_FOLDERS: Final = frozenset({DEADLINES, HOLIDAYS, INTEREST})


def load_deadlines(root: Path, citations: Citations, plans: Iterable[PlanId]) -> DeadlineRules:
    """Load and check everything under law/deadlines, law/holidays and law/interest; raises PolicyDataError for the first error."""
    known = frozenset(plans)
    holidays = _holidays(root, citations)
    interest = _interest(root, citations)
    rules: list[DeadlineRule] = []
    for label in _labels(root, DEADLINES):
        rules += _rules(label, read_yaml(root / label, label, DeadlinesFile), citations)
    checks.refuse_repeated_names(DEADLINES, rules)
    checks.refuse_ambiguous(DEADLINES, rules)
    for rule in rules:
        checks.refuse_dangling(DEADLINES, rule, holidays, interest, known)
    jurisdictions = _jurisdictions(root, citations, frozenset(holidays), known)
    return DeadlineRules(tuple(rules), holidays, jurisdictions, interest)


def _labels(root: Path, folder: str) -> list[str]:
    return [f"{folder}/{path.name}" for path in sorted((root / folder).glob("*.yaml"))]


def _rules(label: str, file: DeadlinesFile, citations: Citations) -> list[DeadlineRule]:
    rules = []
    for index, entry in enumerate(file.deadlines):
        where = place(label, key=f"deadlines[{index}] {entry.deadline}")
        checks.refuse_bad_entry(where, entry)
        versions = [_rule(f"{where}.versions[{n}]", file, entry, v, citations) for n, v in enumerate(entry.versions)]
        checks.refuse_gaps(where, [rule.in_force for rule in versions])
        rules += versions
    return rules


def _rule(
    where: str, file: DeadlinesFile, entry: DeadlineEntry, version: DeadlineVersionEntry, citations: Citations
) -> DeadlineRule:
    checks.refuse_bad_version(where, version)
    escalates_to = entry.escalates_to or file.escalates_to
    warnings = entry.warnings if entry.warnings is not None else file.warnings
    checks.refuse_bad_warnings(where, warnings, escalates_to)
    confidence = version.confidence or entry.confidence or file.confidence
    return DeadlineRule(
        rule_id=entry.deadline,
        kind=entry.kind,
        label=entry.label,
        scope=_scope(entry.applies_to),
        in_force=date_range(where, version.valid),
        period=version.period,
        starts_on=entry.starts_on,
        ends_on=frozenset(entry.ends_on),
        at_expiry=entry.at_expiry,
        escalates_to=escalates_to,
        citation=citations.of(where, version, entry, file),
        confidence=_word(confidence),
        warnings=tuple(WarningRule(w.before.length, w.notify) for w in warnings),
        tolling=_tolling(where, version, entry, file, citations),
        extension=_extension(version),
        interest=entry.interest,
        time_zone=entry.time_zone,
        calendar=entry.calendar,
        business_end=entry.business_end,
    )


def _scope(entry: ScopeEntry) -> Scope:
    return Scope(
        products=frozenset(entry.products) if entry.products is not None else None,
        states=frozenset(entry.states) if entry.states is not None else None,
        plans=frozenset(PlanId(plan) for plan in entry.plans) if entry.plans is not None else None,
        clean=entry.clean,
        contracted=entry.contracted,
        electronic=entry.electronic,
        prior_authorization=entry.prior_authorization,
    )


def _tolling(
    where: str, version: DeadlineVersionEntry, entry: DeadlineEntry, file: DeadlinesFile, citations: Citations
) -> Tolling | None:
    stop = version.tolling
    if stop is None:
        return None
    return Tolling(
        stop.stops_on,
        stop.resumes_on,
        stop.at_most,
        stop.times,
        stop.restarts,
        stop.needs_extension,
        citations.of(f"{where}.tolling", stop, version, entry, file),
    )


def _extension(version: DeadlineVersionEntry) -> Extension | None:
    entry = version.extension
    if entry is None:
        return None
    return Extension(entry.period, entry.notice_within)


def _holidays(root: Path, citations: Citations) -> dict[str, Holidays]:
    found: dict[str, Holidays] = {}
    for label in _labels(root, HOLIDAYS):
        file = read_yaml(root / label, label, HolidaysFile)
        if file.calendar in found:
            raise PolicyDataError(place(label), f"the calendar {file.calendar} has another file", "keep one of the two")
        citations.of(place(label), file)
        for year, entries in file.years.items():
            checks.refuse_bad_days(place(label, key=f"years.{year}"), year, [entry.day for entry in entries])
        closed = frozenset(e.day for entries in file.years.values() for e in entries if not e.open)
        found[file.calendar] = Holidays(file.calendar, frozenset(file.years), closed)
    return found


def _jurisdictions(
    root: Path, citations: Citations, calendars: frozenset[str], plans: frozenset[PlanId]
) -> dict[PlanId, tuple[Jurisdiction, ...]]:
    rows: list[Jurisdiction] = []
    for label in payer_files(root, "jurisdiction"):
        file = read_yaml(root / label, label, JurisdictionsFile)
        for index, entry in enumerate(file.plans):
            where = place(label, key=f"plans[{index}] {entry.plan}")
            checks.refuse_unknown_zone(where, entry.time_zone)
            checks.refuse_unknown(where, "the calendar", {entry.calendar}, calendars, "add it under law/holidays/")
            checks.refuse_unknown(where, "the plan", {entry.plan}, plans, "add it to plans.yaml or correct it")
            dates, citation = date_range(where, entry.valid), citations.of(where, entry, file)
            plan = PlanId(entry.plan)
            rows.append(Jurisdiction(plan, entry.state, entry.time_zone, entry.calendar, dates, citation))
    grouped = by_name("jurisdiction.yaml", rows, lambda row: row.plan_id, lambda row: row.dates)
    return {PlanId(plan): versions for plan, versions in grouped.items()}


def _interest(root: Path, citations: Citations) -> dict[str, InterestRule]:
    found: dict[str, InterestRule] = {}
    for label in _labels(root, INTEREST):
        file = read_yaml(root / label, label, InterestFile)
        where = place(label)
        if file.interest in found:
            raise PolicyDataError(where, f"the interest {file.interest} has another file", "keep one of the two")
        if file.floor_percent is None and not file.rates:
            raise PolicyDataError(where, "has neither a floor nor a rate", "give floor_percent or at least one rate")
        refuse_overlaps(where, file.interest, [date_range(where, rate.valid) for rate in file.rates])
        found[file.interest] = _interest_rule(where, file, citations)
    return found


def _interest_rule(where: str, file: InterestFile, citations: Citations) -> InterestRule:
    rates = tuple(_rate(f"{where}, rates[{n}]", rate, file, citations) for n, rate in enumerate(file.rates))
    return InterestRule(
        name=file.interest,
        floor=Decimal(file.floor_percent) if file.floor_percent is not None else None,
        published=file.published,
        rates=rates,
        days_in_year=file.days_in_year,
        least=file.least,
        citation=citations.of(where, file),
        confidence=_word(file.confidence),
        after_appeal=_after_appeal(f"{where}, after_appeal", file, citations),
    )


def _rate(where: str, rate: InterestRateEntry, file: InterestFile, citations: Citations) -> InterestRate:
    cited, confidence = citations.of(where, rate, file), rate.confidence or file.confidence
    return InterestRate(date_range(where, rate.valid), Decimal(rate.percent), cited, _word(confidence))


def _after_appeal(where: str, file: InterestFile, citations: Citations) -> AfterAppeal | None:
    entry = file.after_appeal
    if entry is None:
        return None
    return AfterAppeal(citations.of(where, entry, file), _word(entry.confidence or file.confidence))


def _word(confidence: Confidence | None) -> str:
    return confidence.value if confidence is not None else ""
