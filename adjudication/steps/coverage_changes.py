"""Finds the days of service whose coverage changed after a decision relied on it.

It compares the plans that cover the patient on a day, and the other payers that the coverage names for that day. A span that
grows or shrinks elsewhere, or that is sent again with the same content, changes no day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from adjudication.model.persons import Person
from adjudication.steps.eligibility import CoverageSpan, own_spans


def days_covered_otherwise(
    patient: Person, days: Iterable[date], before: Sequence[CoverageSpan], now: Sequence[CoverageSpan]
) -> tuple[date, ...]:
    """Return those of the days of service on which other coverage is in force than before, in order."""
    old, new = own_spans(patient, before), own_spans(patient, now)
    return tuple(day for day in sorted(set(days)) if _in_force(day, old) != _in_force(day, new))


def _in_force(day: date, spans: Sequence[CoverageSpan]) -> frozenset[object]:
    """Return the coverage of a day. Unknown other payers and none are different values."""
    return frozenset(
        (span.plan_id, None if span.others is None else frozenset(other for other in span.others if day in other.span))
        for span in spans
        if day in span.span
    )
