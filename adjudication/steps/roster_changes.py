"""Finds what a roster event changes for days that are past: contracts, investigations, and the kind of provider.

A provider that the roster did not list is unknown: once listed, each of its days is another. An address or a contract of
another day changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Final

from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.roster import RosteredProvider

ALWAYS: Final = DateRange(date.min)


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """The days on which one provider is not what it was.

    `contracts`: per plan, or None for any plan, days on which a contract began or ended to be in force. `investigated` and
    `cleared`: days on which an investigation is open now and was not, and the reverse. `taxonomy`: another kind of provider.
    """

    contracts: tuple[tuple[PlanId | None, DateRange], ...] = ()
    investigated: tuple[DateRange, ...] = ()
    cleared: tuple[DateRange, ...] = ()
    taxonomy: bool = False


def provider_change(before: RosteredProvider | None, now: RosteredProvider) -> ProviderChange:
    """Return what differs between two versions of a provider; None: the roster did not list it."""
    old = RosteredProvider(now.npi, 0) if before is None else before
    was, cases = _investigated(old), _investigated(now)
    contracts = _contracts(old, now) if before is not None else ((None, ALWAYS),)
    differ = _differing(was, cases)
    return ProviderChange(
        contracts,
        tuple(each for each in differ if _within(each.starts, cases)),
        tuple(each for each in differ if _within(each.starts, was)),
        old.taxonomy != now.taxonomy,
    )


def _contracts(old: RosteredProvider, now: RosteredProvider) -> tuple[tuple[PlanId | None, DateRange], ...]:
    plans = sorted({each.plan_id for each in (*old.contracts, *now.contracts)})
    return tuple((plan, days) for plan in plans for days in _differing(_with(old, plan), _with(now, plan)))


def _with(provider: RosteredProvider, plan: PlanId) -> tuple[DateRange, ...]:
    return tuple(each.span for each in provider.contracts if each.plan_id == plan)


def _investigated(provider: RosteredProvider) -> tuple[DateRange, ...]:
    return tuple(each.span for each in provider.investigations)


def _differing(before: Sequence[DateRange], now: Sequence[DateRange]) -> tuple[DateRange, ...]:
    """Return the days that are in one of two sets of ranges and not in the other."""
    edges = sorted({edge for span in (*before, *now) for edge in (span.starts, span.ends) if edge is not None})
    ranges = (DateRange(starts, ends) for starts, ends in zip_longest(edges, edges[1:]))
    return tuple(each for each in ranges if _within(each.starts, before) != _within(each.starts, now))


def _within(day: date, spans: Iterable[DateRange]) -> bool:
    return any(day in span for span in spans)
