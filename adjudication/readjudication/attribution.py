"""Attribute what a campaign would change to the change behind it, or to other data that changed since the decision. Pure.

A claim is adjudicated a second time by the policy data as they are now, with only the part under campaign as it was when the
claim was decided. What differs from that is the change's own; what differs without it came from other changes. Which ones is
found by taking each source of data, one at a time, as it was.
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
    """Why a line comes out otherwise. Unknown: the policy data by which it was decided are not kept, or cannot be read today,
    and the feeds as they were do not explain it.
    """

    THIS_CHANGE = "this-change"
    BOTH = "both"
    OTHER_CHANGES = "other-changes"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Data other than the change under campaign that make a line come out otherwise.

    Policy data: those that are not under campaign. Other facts: what is not kept as it was, such as documents, reviewers'
    entries and other claims of the member.
    """

    COVERAGE = "coverage"
    AUTHORIZATIONS = "authorizations"
    PROVIDERS = "providers"
    POLICY_DATA = "policy-data"
    OTHER_FACTS = "other-facts"


FEEDS: Final = (Source.COVERAGE, Source.AUTHORIZATIONS, Source.PROVIDERS)

OTHER_CHANGES: Final = "other-changes"
"""The result of a claim on which no line comes out otherwise by the change: the campaign shows it and corrects nothing on it."""

_PARTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.RATE: ("rates", "modifier_prices"),
    Kind.POLICY: ("catalog",),
    Kind.EDITS: ("edit_releases", "family"),
    Kind.PLAN: ("plans", "coordination", "filing", "liability"),
}
"""The parts of the policy data that are under campaign, by its kind."""


def attributes(kind: Kind) -> bool:
    """Return whether a kind of campaign is about one change; a query is about whatever comes out otherwise now."""
    return kind in _PARTS


def with_part_as_it_was(kind: Kind, now: ReferenceData, then: ReferenceData) -> ReferenceData:
    """Return the policy data of now with the part under campaign as it was then."""
    return replace(now, **{name: getattr(then, name) for name in _PARTS[kind]})


def with_rest_as_it_was(kind: Kind, now: ReferenceData, then: ReferenceData) -> ReferenceData:
    """Return the policy data of then with the part under campaign as it is now; of a query, all as they were."""
    return replace(then, **{name: getattr(now, name) for name in _PARTS.get(kind, ())})


@dataclass(frozen=True, slots=True)
class Again:
    """One line adjudicated again: by the data as they are, and by others.

    `without`: without the change under campaign, None where the policy data of the decision are unknown. `flipped`: with one
    source as it was and everything else as it is. `feeds_then`: with all feeds as they were, None where none changed since.
    `then`: by everything as it was, None where the policy data of the decision are unknown.
    """

    now: LineChange
    without: LineChange | None
    flipped: Mapping[Source, LineChange] = field(default_factory=dict)
    feeds_then: LineChange | None = None
    then: LineChange | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The cause of a line's new result, the US dollars that the change alone makes of it, and the other data that matter."""

    cause: Cause
    own: Decimal
    sources: tuple[Source, ...] = ()


def attributed(line: Again) -> Attribution:
    """Attribute a line that comes out otherwise than it was decided."""
    now, without = line.now, line.without
    if without is None:
        # Where the feeds as they were lead to the decision, policies included as they are now, no change of these is needed.
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
    if line.then is None:  # whether all that is kept leads to the decision cannot be known
        return tuple(found)
    return (*found, *(() if found and line.then.kept is Kept.SAME else (Source.OTHER_FACTS,)))


def _alike(one: LineChange, other: LineChange) -> bool:
    return (one.kept, one.waits) == (other.kept, other.waits) and same(one.after, other.after)


def _paid(line: LineChange) -> Decimal:
    """Return what is paid of a line as proposed; a line that would wait keeps what was paid."""
    return line.after.paid
