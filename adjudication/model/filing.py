"""Facts of timely filing besides the limits themselves, which are deadline rules (provider-filing)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from adjudication.deadlines.periods import Period
from adjudication.model.findings import Citation


@dataclass(frozen=True, slots=True)
class FilingRules:
    """`sure_days`: no limit is shorter, so that a claim that young is in time under any.

    `corrections`: how long after the receipt of its original a replacement may come. `delay_reasons`: what a biller may
    state about its delay, by code (837 CLM20); a person judges each. `relied_on`: the submitters whose word counts for the
    day on which a claim was first filed.
    """

    sure_days: int
    corrections: Period
    delay_reasons: Mapping[str, str]
    relied_on: frozenset[str]
    citation: Citation

    def surely_in_time(self, service_date: date, received_on: date) -> bool:
        """Say so without looking for the limit; a day is taken off for the time zones between the two."""
        return (received_on - service_date).days < self.sure_days
