"""General gates of the spine imaging guideline (S4-G01 to S4-G12), as far as structured facts can answer them.

First cut: the policy engine replaces it with the guideline's own tree. Every gate is asked; none hides another.
What happened after the date of service justifies nothing that was done on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from adjudication.facts import Answer, Facts, all_of, any_of, decided

TRIAL_WEEKS = Decimal(6)  # S4-G05
TRIAL_RECENT = timedelta(weeks=12)  # S4-G05; counted from the end of the trial to the date of service
RED_FLAGS = (
    "redflag.motor_weakness",
    "redflag.cancer",
    "redflag.cauda_equina",
    "redflag.fracture",
    "redflag.infection",
    "redflag.severe_radicular",
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: its rule id, its answer, and the facts it needed and could not use."""

    rule: str
    answer: Answer
    unknown: tuple[str, ...]


def imaging_gates(facts: Facts, service_date: date, modality: str) -> tuple[Gate, ...]:
    """Answer every gate for one imaging line. CT instead of MRI needs a documented contraindication (S4-C01)."""
    flagged, ankylosed = facts.claimed(RED_FLAGS), facts.claimed(_ANKYLOSED)
    gates = [
        _flags(facts, "S4-G01", "eval.adequate", "impact.documented"),
        _flags(facts, "S4-G08", "neuro.documented"),
        _flags(facts, "S4-G10", "changes_management"),
        # a red flag waives the visit, the trial and the re-evaluation; S4-G12: the last two and the X-ray
        *_unless(flagged, _since_onset(facts, "S4-G04", "eval.in_person", service_date)),
        *_unless(ankylosed, _since_onset(facts, "S4-G03", "xray.date", service_date)),
        *_unless(flagged | ankylosed, _trial(facts, service_date)),
        *_unless(flagged | ankylosed, _reevaluation(facts, service_date)),
    ]
    if modality == "ct":
        gates.append(_flags(facts, "S4-C01", "mri.contraindicated"))
    return tuple(gates)


_ANKYLOSED = ("dx.as_or_dish",)
_OUTCOMES = frozenset({"failed", "improved"})


def _unless(waivers: Mapping[str, Answer], gate: Gate) -> tuple[Gate, ...]:
    """Drop a gate that a known fact waives; a waiver told both ways leaves a gate that is not met unknown."""
    waived = any_of(waivers.values())
    if waived is Answer.MET:
        return ()
    if waived is Answer.NOT_MET or gate.answer is Answer.MET:
        return (gate,)
    doubtful = tuple(name for name, answer in waivers.items() if answer is Answer.UNKNOWN)
    return (Gate(gate.rule, Answer.UNKNOWN, gate.unknown + doubtful),)


def _flags(facts: Facts, rule: str, *names: str) -> Gate:
    """Every one of these must be documented."""
    answers = [facts.flag(name) for name in names]
    unknown = tuple(name for name, answer in zip(names, answers, strict=True) if answer is Answer.UNKNOWN)
    return Gate(rule, all_of(answers), unknown)


def _since_onset(facts: Facts, rule: str, name: str, service_date: date) -> Gate:
    """An event must lie in the current episode, before the service."""
    return _between(facts, rule, "episode.onset_or_change_date", name, service_date)


def _reevaluation(facts: Facts, service_date: date) -> Gate:
    return _between(facts, "S4-G06", "tx.end", "reeval.date", service_date)


def _between(facts: Facts, rule: str, start: str, name: str, service_date: date) -> Gate:
    first, day = facts.day(start), facts.day(name)
    unknown = tuple(fact for fact, value in ((start, first), (name, day)) if value is None)
    if day is None:
        return Gate(rule, Answer.UNKNOWN, unknown)
    since = Answer.UNKNOWN if first is None else decided(first <= day)
    return Gate(rule, all_of((since, decided(day <= service_date))), unknown)


def _trial(facts: Facts, service_date: date) -> Gate:
    """Six weeks of provider-directed treatment, ended within twelve weeks before the service, failed."""
    weeks, end, outcome = facts.number("tx.weeks"), facts.day("tx.end"), facts.choice("tx.outcome", _OUTCOMES)
    answers = {
        "tx.weeks": Answer.UNKNOWN if weeks is None else decided(weeks >= TRIAL_WEEKS),
        "tx.end": Answer.UNKNOWN if end is None else decided(end <= service_date <= end + TRIAL_RECENT),
        "tx.outcome": Answer.UNKNOWN if outcome is None else decided(outcome == "failed"),
    }
    unknown = tuple(name for name, answer in answers.items() if answer is Answer.UNKNOWN)
    return Gate("S4-G05", all_of(answers.values()), unknown)
