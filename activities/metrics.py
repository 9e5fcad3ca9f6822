"""Counters of the worker. Labels are results and pend codes; never anything of a claim."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Histogram

from adjudication.model.determination import Pended
from contracts.records.decisions import Publication

ADJUDICATIONS = Counter("claimwright_adjudications_total", "Adjudications committed, by result", ["result"])
PENDS = Counter(
    "claimwright_pends_total", "Claims that pended when an adjudication was committed, by pend code", ["code"]
)
DECISION_SECONDS = Histogram(
    "claimwright_decision_seconds",
    "From the receipt of a claim at the broker to a determination at the first try",
    buckets=(0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0),
)


def committed(publications: Iterable[Publication], now: datetime) -> None:
    """Count what was committed; a step that runs again after its own commit has nothing left to count."""
    for each in publications:
        if isinstance(each.decision, Pended):
            ADJUDICATIONS.labels("pended").inc()
            for code in {pend.code for pend in each.decision.pends}:
                PENDS.labels(code).inc()
        else:
            ADJUDICATIONS.labels("determined").inc()
            if each.round == 0:
                waited = (now - each.stored.claim.received_at).total_seconds()
                DECISION_SECONDS.observe(max(0.0, waited))
