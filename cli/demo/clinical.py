"""Clinical records of synthetic people, as structured facts: complete ones, so that a scenario changes only its own subject."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from adjudication.model.claim import Value

Facts = dict[str, Value]

_RADICULOPATHY: Final = {
    "M54.12": ("72125", "72126", "72127", "72141", "72142", "72156"),
    "M54.14": ("72128", "72129", "72130", "72146", "72147", "72157"),
}
_LUMBAR_DISC: Final = "M51.16"


def usual_diagnosis(code: str) -> str:
    """Return a diagnosis of the region that a procedure code images; lumbar for any code without a region."""
    return next((found for found, codes in _RADICULOPATHY.items() if code in codes), _LUMBAR_DISC)


def usual_diagnoses(codes: Iterable[str]) -> tuple[list[str], list[int]]:
    """Return the diagnoses of a claim without repeats, and for each of its lines the index of its diagnosis, counted from 1."""
    of_lines = [usual_diagnosis(code) for code in codes]
    found = list(dict.fromkeys(of_lines))
    return found, [found.index(each) + 1 for each in of_lines]


def documented(service_date: date) -> Facts:
    """Return the facts that every advanced spine study needs, for a worsening complaint with a visit in person during the episode."""
    return {
        "indication": "disc-disease",
        "eval.adequate": True,
        "impact.documented": True,
        "hx.recent_detailed": True,
        "exam.since_onset": True,
        "labs": "not-relevant",
        "prior_imaging": "none",
        "changes_management": True,
        "episode.trend": "worsening",
        "episode.onset_or_change_date": service_date - timedelta(days=98),
        "eval.in_person": service_date - timedelta(days=82),
        "xray.date": service_date - timedelta(days=81),
        "xray.region": "affected-region",
        "neuro.dermatomal_sensory": True,
        "neuro.motor_myotomal": True,
        "neuro.reflexes": True,
        "neuro.root_tension": True,
    }


def failed_trial(service_date: date) -> Facts:
    """A documented record with seven weeks of treatment that failed, and a contact after it."""
    return {
        **documented(service_date),
        "tx.weeks": Decimal(7),
        "tx.end": service_date - timedelta(days=28),
        "tx.outcome": "failed",
        "reeval.date": service_date - timedelta(days=26),
        "redflag.none_found": True,
        "dx.as_or_dish": False,
    }


def on_the_wire(facts: Facts) -> dict[str, dict[str, Any]]:
    """The facts as supporting information of a claim event: each value under the key of its kind."""
    return {name: _value(value) for name, value in facts.items()}


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"flag": value}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"number": str(value)} if isinstance(value, Decimal) else {"code": value}
