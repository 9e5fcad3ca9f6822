"""General gates of the spine imaging guideline (S4-G01 to S4-G12), as far as structured facts can answer them.

First cut: the policy engine replaces it with the guideline's own tree. Every gate is asked; none hides another.
"""

from __future__ import annotations

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
    """One gate: its rule id, its answer, and the facts it read."""

    rule: str
    answer: Answer
    facts: tuple[str, ...]


def imaging_gates(facts: Facts, service_date: date, modality: str) -> tuple[Gate, ...]:
    """Answer every gate for one imaging line. CT instead of MRI needs a documented contraindication (S4-C01)."""
    # A red flag that nobody mentioned is not a reason to ask: only a known one waives anything.
    flagged = any_of(facts.flag(name) for name in RED_FLAGS) is Answer.MET
    ankylosing = facts.flag("dx.as_or_dish") is Answer.MET
    gates = [
        Gate("S4-G01", all_of(map(facts.flag, _EVALUATED)), _EVALUATED),
        Gate("S4-G08", facts.flag("neuro.documented"), ("neuro.documented",)),
        Gate("S4-G10", facts.flag("changes_management"), ("changes_management",)),
    ]
    if not flagged:  # a red flag waives the visit, the trial and the re-evaluation
        gates.append(_since_onset(facts, "S4-G04", "eval.in_person"))
    if not ankylosing:  # S4-G12
        gates.append(_since_onset(facts, "S4-G03", "xray.date"))
    if not flagged and not ankylosing:
        gates += [_trial(facts, service_date), _reevaluation(facts)]
    if modality == "ct":
        gates.append(Gate("S4-C01", facts.flag("mri.contraindicated"), ("mri.contraindicated",)))
    return tuple(gates)


_EVALUATED = ("eval.adequate", "impact.documented")
_TRIAL = ("tx.weeks", "tx.end", "tx.outcome")


def _since_onset(facts: Facts, rule: str, name: str) -> Gate:
    """An event must lie in the current episode."""
    onset, day = facts.day("episode.onset_or_change_date"), facts.day(name)
    answer = Answer.UNKNOWN if onset is None or day is None else decided(day >= onset)
    return Gate(rule, answer, ("episode.onset_or_change_date", name))


def _trial(facts: Facts, service_date: date) -> Gate:
    """Six weeks of provider-directed treatment, ended within twelve weeks, failed."""
    weeks, end, outcome = facts.number("tx.weeks"), facts.day("tx.end"), facts.value("tx.outcome")
    answers = (
        Answer.UNKNOWN if weeks is None else decided(weeks >= TRIAL_WEEKS),
        Answer.UNKNOWN if end is None else decided(service_date - end <= TRIAL_RECENT),
        Answer.UNKNOWN if outcome is None else decided(outcome == "failed"),
    )
    return Gate("S4-G05", all_of(answers), _TRIAL)


def _reevaluation(facts: Facts) -> Gate:
    end, day = facts.day("tx.end"), facts.day("reeval.date")
    answer = Answer.UNKNOWN if end is None or day is None else decided(day >= end)
    return Gate("S4-G06", answer, ("tx.end", "reeval.date"))
