"""Counters of the worker. Labels are results and pend codes, never data of a claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Committed:
    """One committed adjudication; `seconds` since its receipt where it is a determination at the first try."""

    result: str
    codes: frozenset[str] = frozenset()
    seconds: float | None = None


def committed(publications: Iterable[Publication], now: datetime) -> list[Committed]:
    """Return the committed results; a step that runs again after its commit returns none, so that nothing is counted twice."""
    return [_committed(each, now) for each in publications]


def _committed(publication: Publication, now: datetime) -> Committed:
    if isinstance(publication.decision, Pended):
        return Committed("pended", frozenset(pend.code for pend in publication.decision.pends))
    waited = max(0.0, (now - publication.stored.claim.received_at).total_seconds())
    return Committed("determined", seconds=waited if publication.round == 0 else None)


def count(adjudications: Iterable[Committed]) -> None:
    """Add committed results to the counters of this process."""
    for each in adjudications:
        ADJUDICATIONS.labels(each.result).inc()
        for code in each.codes:
            PENDS.labels(code).inc()
        if each.seconds is not None:
            DECISION_SECONDS.observe(each.seconds)
