"""Facts of timely filing besides the limits themselves, which are deadline rules (provider-filing)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from adjudication.deadlines.periods import Period
from adjudication.model.findings import Citation


@dataclass(frozen=True, slots=True)
class FilingRules:
    """The payer's rules. `sure_days`: the shortest limit of all rules, so that a claim filed earlier is in time under each.

    `corrections`: how long after the receipt of its original a replacement may come. `delay_reasons`: what a biller may
    state about its delay, by code (837 CLM20); a person judges each. `relied_on`: the submitters whose statement of
    the first filing day counts.
    """

    sure_days: int
    corrections: Period
    delay_reasons: Mapping[str, str]
    relied_on: frozenset[str]
    citation: Citation

    def surely_in_time(self, service_date: date, received_on: date) -> bool:
        """Return whether a claim is in time under every limit; one day is subtracted because of time zones."""
        return (received_on - service_date).days < self.sure_days
