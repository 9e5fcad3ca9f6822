"""The parts of the policy data that changed between two loads, as the subjects of campaigns about decided claims. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.model.edit_tables import EditRelease
from adjudication.model.reference import ReferenceData
from adjudication.policy.tree import Policy, PolicyVersion, differing_codes
from adjudication.readjudication.campaigns import Kind

_ANY: Final = None
"""Any procedure code: the change is not about certain codes."""


@dataclass(frozen=True, slots=True)
class DataChange:
    """One kind of change. `codes` None: any code; `plans` empty: any plan; `first`: the first day of service that it concerns, None: any."""

    kind: Kind
    codes: frozenset[str] | None
    plans: frozenset[str]
    first: date | None
    what: str


@dataclass(frozen=True, slots=True)
class _Part:
    codes: frozenset[str] | None
    first: date | None
    plans: frozenset[str] = frozenset()


def changed_data(now: ReferenceData, then: ReferenceData) -> tuple[DataChange, ...]:
    """Return the changes between two loads, at most one of each kind of campaign."""
    found = (
        (Kind.RATE, "contract rates or modifier prices", tuple(_rates(now, then))),
        (Kind.POLICY, "medical policies", tuple(_policies(now, then))),
        (Kind.EDITS, "edit tables", tuple(_edits(now, then))),
        (Kind.PLAN, "the data of plans", tuple(_plans(now, then))),
    )
    return tuple(_joined(kind, what, parts) for kind, what, parts in found if parts)


def _joined(kind: Kind, what: str, parts: Iterable[_Part]) -> DataChange:
    parts = tuple(parts)
    codes: frozenset[str] | None = frozenset()
    for part in parts:
        codes = None if codes is None or part.codes is None else codes | part.codes
    days = [part.first for part in parts]
    first = None if None in days else min(day for day in days if day is not None)
    everywhere = any(not part.plans for part in parts)
    plans = frozenset[str]() if everywhere else frozenset().union(*(part.plans for part in parts))
    return DataChange(kind, codes, plans, first, what)


def _rates(now: ReferenceData, then: ReferenceData) -> Iterator[_Part]:
    for key in sorted(now.rates.keys() | then.rates.keys()):
        other = set(now.rates.get(key, ())) ^ set(then.rates.get(key, ()))
        if other:
            schedule, code = key
            plans = frozenset(
                str(plan_id)
                for plan_id, versions in now.plans.items()
                if any(schedule in (each.rate_schedule, each.facility_schedule) for each in versions)
            )
            yield _Part(frozenset({code}), min(rate.dates.starts for rate in other), plans)
    if now.modifier_prices != then.modifier_prices:
        yield _Part(_ANY, None)


def _policies(now: ReferenceData, then: ReferenceData) -> Iterator[_Part]:
    ours, theirs = now.catalog.policies, then.catalog.policies
    for name in sorted(ours.keys() | theirs.keys()):
        yield from _versions(_by_version(ours.get(name)), _by_version(theirs.get(name)))
    if _shared(now) != _shared(then):
        yield _Part(_ANY, None)


def _shared(data: ReferenceData) -> tuple[object, ...]:
    """Return what every version reads: the order of authorities, presumptions, screens, facts, parameters and lists."""
    catalog = data.catalog
    return catalog.precedences, catalog.presumptions, catalog.screens, catalog.shared_release


def _by_version(policy: Policy | None) -> dict[str, PolicyVersion]:
    return {} if policy is None else {each.version: each for each in policy.versions}


def _versions(ours: dict[str, PolicyVersion], theirs: dict[str, PolicyVersion]) -> Iterator[_Part]:
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        either = one or other
        if either is None:
            continue
        if one is None or other is None or one.in_force != other.in_force:
            codes = either.codes
        else:
            codes = frozenset() if one.content_hash == other.content_hash else differing_codes(one, other)
        if codes:
            yield _Part(codes, either.in_force.starts)


def _edits(now: ReferenceData, then: ReferenceData) -> Iterator[_Part]:
    ours, theirs = _by_days(now.edit_releases), _by_days(then.edit_releases)
    for key in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(key), theirs.get(key)
        if one is None or other is None:
            yield _Part(_ANY, key[2])
        elif (one.pairs, one.units, one.complete_for, one.dates) != (
            other.pairs, other.units, other.complete_for, other.dates,
        ):  # fmt: skip
            yield _Part(_edited(one, other), key[2])
    if now.family != then.family:
        yield _Part(_ANY, None)


def _by_days(releases: Iterable[EditRelease]) -> dict[tuple[str, str, date], EditRelease]:
    return {(each.form.value, each.program.value, each.dates.starts): each for each in releases}


def _edited(one: EditRelease, other: EditRelease) -> frozenset[str] | None:
    if (one.complete_for, one.dates) != (other.complete_for, other.dates):
        return _ANY
    pairs = (key for key in one.pairs.keys() | other.pairs.keys() if one.pairs.get(key) != other.pairs.get(key))
    units = (code for code in one.units.keys() | other.units.keys() if one.units.get(code) != other.units.get(code))
    return frozenset(code for pair in pairs for code in pair) | frozenset(units)


def _plans(now: ReferenceData, then: ReferenceData) -> Iterator[_Part]:
    for plan_id in sorted(now.plans.keys() | then.plans.keys()):
        ours, theirs = now.plans.get(plan_id, ()), then.plans.get(plan_id, ())
        other = [each for each in ours if each not in theirs] + [each for each in theirs if each not in ours]
        if other:
            yield _Part(_ANY, min(each.dates.starts for each in other), frozenset({str(plan_id)}))
    if (now.coordination, now.filing, now.liability) != (then.coordination, then.filing, then.liability):
        yield _Part(_ANY, None)
