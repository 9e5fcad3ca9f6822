"""Attribute what a campaign would change to the change behind it, or to other data that changed since the decision. Pure.

A claim is adjudicated a second time by the policy data as they are now, with only the part under campaign as it was when the
claim was decided. What differs from that is the change's own; what differs without it came from other changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.reference import ReferenceData
from adjudication.readjudication.campaigns import Kind
from adjudication.readjudication.proposal import Kept, LineChange, same


class Cause(StrEnum):
    """Why a line comes out otherwise. Unknown: the policy data by which it was decided are not kept, or cannot be read today."""

    THIS_CHANGE = "this-change"
    BOTH = "both"
    OTHER_CHANGES = "other-changes"
    UNKNOWN = "unknown"


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


def attributed(now: LineChange, without: LineChange | None) -> tuple[Cause, Decimal]:
    """Return the cause of a line's new result, and the US dollars that the change alone makes of it.

    `without`: the line as it would be without the change; None where the data of the decision are unknown.
    """
    if without is None:
        return Cause.UNKNOWN, Decimal(0)
    own = _paid(now) - _paid(without)
    if without.kept is Kept.SAME:
        return Cause.THIS_CHANGE, own
    alike = (now.kept, now.waits) == (without.kept, without.waits) and same(now.after, without.after)
    return (Cause.OTHER_CHANGES if alike else Cause.BOTH), own


def _paid(line: LineChange) -> Decimal:
    """Return what is paid of a line as proposed; a line that would wait keeps what was paid."""
    return line.after.paid
