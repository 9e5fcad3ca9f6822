"""Navigation: the header's links by role, and the start page of a person."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from adjudication.people import Role
from adjudication.readjudication.campaigns import APPROVERS, STARTERS
from console.access.roles import CALLERS, DOCUMENTS, MAILING, REOPENING

_OVERSEERS: Final = frozenset({Role.OPERATIONS, Role.SUPERVISOR})
_APPEALS: Final = frozenset({Role.APPEALS_PHYSICIAN, Role.APPEALS_SPECIALIST})
_STEERING: Final = _OVERSEERS | {Role.POLICY_OWNER, Role.QUALITY}
_SERVICES: Final = frozenset({Role.MEMBER_SERVICES, Role.PROVIDER_SERVICES})
_POLICIES: Final = frozenset({Role.POLICY_OWNER, Role.MEDICAL_DIRECTOR, Role.QUALITY})
"""The roles with a header link to the policies; every role may open them by links from claims and the dashboard."""
_ALL_ROLES: Final = frozenset(Role)
"""An overturned line may be pended for any role that settles pends, so every role may have appeals."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the console: `key` follows `g` on the keyboard; pages `under` it begin with this."""

    address: str
    label: str
    key: str
    roles: frozenset[Role]
    under: str = ""

    def holds(self, path: str) -> bool:
        """Return whether a page belongs to this part."""
        return path == self.address or any(path.startswith(f"{each}/") for each in (self.address, self.under) if each)


PLACES: Final = (
    Place("/dashboard", "Dashboard", "d", _STEERING),
    Place("/worklist", "Worklist", "w", _ALL_ROLES, "/review"),
    Place("/appeals", "Appeals", "a", _ALL_ROLES),
    Place("/reopenings", "Reopenings", "o", REOPENING),
    Place("/campaigns", "Campaigns", "e", STARTERS | APPROVERS),
    Place("/documents/unmatched", "Documents", "u", DOCUMENTS),
    Place("/mail", "Mail", "m", MAILING),
    Place("/callers", "Callers", "c", CALLERS),
    Place("/policies", "Policies", "p", _POLICIES),
    Place("/dead-letters", "Dead letters", "l", _OVERSEERS),
    Place("/bulk-retries", "Bulk retry", "b", _OVERSEERS),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place as the header shows it."""

    address: str
    label: str
    key: str
    current: bool


def links(roles: AbstractSet[Role], path: str) -> tuple[Link, ...]:
    """Return the places open to roles; the one the page belongs to is current."""
    return tuple(
        Link(place.address, place.label, place.key, place.holds(path)) for place in PLACES if place.roles & roles
    )


def start_of(roles: AbstractSet[Role]) -> str:
    """Return a person's start page."""
    if Role.OPERATIONS in roles:
        return "/dashboard"
    if roles and roles <= _SERVICES:
        return "/callers"
    return "/appeals" if roles & _APPEALS else "/worklist"
