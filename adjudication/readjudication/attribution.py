"""Attributes the differences that a campaign finds to its own change, or to other data that changed since the decision. Pure.

A claim is adjudicated a second time with the present policy data, except that the part under campaign is as of the
decision. A difference from this result is caused by the change; a difference without the change has other causes. These
are found by taking each source of data, one at a time, as of the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.reference import ReferenceData
from adjudication.readjudication.campaigns import Kind
from adjudication.readjudication.proposal import Kept, LineChange, same


class Cause(StrEnum):
    """Why a line has another result. Unknown: the policy data of its decision are not kept, or cannot be read today,
    and the feeds as of the decision do not explain it.
    """

    THIS_CHANGE = "this-change"
    BOTH = "both"
    OTHER_CHANGES = "other-changes"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Data other than the change under campaign that change the result of a line.

    Policy data: those that are not under campaign. Other facts: data without kept versions, such as documents, reviewers'
    entries and other claims of the member.
    """

    COVERAGE = "coverage"
    AUTHORIZATIONS = "authorizations"
    PROVIDERS = "providers"
    POLICY_DATA = "policy-data"
    OTHER_FACTS = "other-facts"


FEEDS: Final = (Source.COVERAGE, Source.AUTHORIZATIONS, Source.PROVIDERS)

OTHER_CHANGES: Final = "other-changes"
"""The result of a claim without a line that the change affects: the campaign shows it and does not correct it."""

_PARTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.RATE: ("rates", "modifier_prices"),
    Kind.POLICY: ("catalog",),
    Kind.EDITS: ("edit_releases", "family"),
    Kind.PLAN: ("plans", "coordination", "filing", "liability"),
}
"""The parts of the policy data that are under campaign, by its kind."""


def attributes(kind: Kind) -> bool:
    """Return whether a kind of campaign is about one change; a query is about every line with another result now."""
    return kind in _PARTS


def with_part_as_it_was(kind: Kind, now: ReferenceData, then: ReferenceData) -> ReferenceData:
    """Return the present policy data with the part under campaign as of the decision."""
    return replace(now, **{name: getattr(then, name) for name in _PARTS[kind]})


def with_rest_as_it_was(kind: Kind, now: ReferenceData, then: ReferenceData) -> ReferenceData:
    """Return the policy data of the decision with the present part under campaign; for a query, all as of the decision."""
    return replace(then, **{name: getattr(now, name) for name in _PARTS.get(kind, ())})


@dataclass(frozen=True, slots=True)
class Again:
    """The results of one line with the present data, and with earlier data.

    `without`: without the change under campaign, None where the policy data of the decision are unknown. `flipped`: with one
    source as of the decision and all others as now. `feeds_then`: with all feeds as of the decision, None if none changed since.
    `then`: with all data as of the decision, None if its policy data are unknown.
    """

    now: LineChange
    without: LineChange | None
    flipped: Mapping[Source, LineChange] = field(default_factory=dict)
    feeds_then: LineChange | None = None
    then: LineChange | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The cause of a line's new result, the part of the difference in US dollars that the change causes, and the other causes."""

    cause: Cause
    own: Decimal
    sources: tuple[Source, ...] = ()


def attributed(line: Again) -> Attribution:
    """Return the attribution of a line whose result differs from its decision."""
    now, without = line.now, line.without
    if without is None:
        # If the feeds as of the decision explain it with present policies, the policies are not a cause.
        explained = line.feeds_then is not None and line.feeds_then.kept is Kept.SAME
        return Attribution(Cause.OTHER_CHANGES if explained else Cause.UNKNOWN, Decimal(0), sources_of(line))
    own = _paid(now) - _paid(without)
    if without.kept is Kept.SAME:
        return Attribution(Cause.THIS_CHANGE, own)
    return Attribution(Cause.OTHER_CHANGES if _alike(now, without) else Cause.BOTH, own, sources_of(line))


def sources_of(line: Again) -> tuple[Source, ...]:
    """Name the data that matter besides the change under campaign: the sources that change the result one by one; if none does, those that do so together."""
    found = [source for source in Source if source in line.flipped and not _alike(line.now, line.flipped[source])]
    if not found and line.feeds_then is not None and not _alike(line.now, line.feeds_then):
        found = [source for source in FEEDS if source in line.flipped]
    if line.then is None:  # without the policy data it cannot be known whether all kept data explain the decision
        return tuple(found)
    return (*found, *(() if found and line.then.kept is Kept.SAME else (Source.OTHER_FACTS,)))


def _alike(one: LineChange, other: LineChange) -> bool:
    return (one.kept, one.waits) == (other.kept, other.waits) and same(one.after, other.after)


def _paid(line: LineChange) -> Decimal:
    """Return the proposed payment of a line; a line that would pend keeps its payment."""
    return line.after.paid
