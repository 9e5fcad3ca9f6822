"""Two people release a policy version: a policy owner writes it, a medical director approves it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from adjudication.people import Role, StaffMember
from adjudication.policy.catalog import PolicyCatalog
from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.tree import Policy, PolicyVersion

SHARED = "shared-entries"
"""The policy name of releases of the shared entries; their versions are 1, 2, 3."""
SHORTEST_REASONS = 20
"""The minimum number of characters: more than "ok"."""


@dataclass(frozen=True, slots=True)
class PolicyRelease:
    """A version that two people want to release: its content hash, who wrote it, who approves it, and why."""

    policy: str
    version: str
    content_hash: str
    author: str
    approver: str
    reasons: str


@dataclass(frozen=True, slots=True)
class Deciding:
    """Policy data that decides claims and needs a release in the ledger: a policy version, or the shared entries that versions read."""

    policy: str
    version: str
    content_hash: str


def refusal(
    release: PolicyRelease, author: StaffMember | None, approver: StaffMember | None, today: date
) -> str | None:
    """Return why two people may not release a version; None when they may."""
    if release.author.casefold() == release.approver.casefold():
        return f"{release.author} wrote and approves the version; another person must approve it"
    if len(release.reasons.strip()) < SHORTEST_REASONS:
        return f"the reasons are shorter than {SHORTEST_REASONS} characters; say what changes and why"
    if author is None or Role.POLICY_OWNER not in author.roles:
        return f"{release.author} is not on the staff list as {Role.POLICY_OWNER}; the author must be"
    if approver is None or Role.MEDICAL_DIRECTOR not in approver.roles:
        return f"{release.approver} is not on the staff list as {Role.MEDICAL_DIRECTOR}; the approver must be"
    if not any(today in license.valid and not license.restricted for license in approver.licenses):
        return f"{release.approver} has no active, unrestricted license today; a medical director needs one"
    return None


def needs_release(catalog: PolicyCatalog, today: date) -> tuple[Deciding, ...]:
    """Return every version that decides some date of service today, and the shared entries that they read."""
    found = deciding(catalog.policies.values(), today)
    number, content = catalog.shared_release or ("1", "")
    versions = tuple(Deciding(each.policy, each.version, each.content_hash) for each in found)
    return (*versions, Deciding(SHARED, number, content)) if versions else ()


def deciding(policies: Iterable[Policy], today: date) -> tuple[PolicyVersion, ...]:
    """Return the versions that decide some date of service today; one that is superseded for all its dates decides none."""
    found: dict[str, PolicyVersion] = {}
    for policy in policies:
        days = {version.in_force.starts for version in policy.versions}
        days |= {version.in_force.ends for version in policy.versions if version.in_force.ends is not None}
        for day in sorted(days | {each - timedelta(days=1) for each in days}):
            version = select_version(policy, day, today)
            if not isinstance(version, NoVersion):
                found[version.content_hash] = version
    return tuple(found.values())
