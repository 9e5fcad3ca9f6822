"""The released medical policies as the dashboard shows them: versions in force, and reviews overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rulebook.library import PolicyLibrary


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """One released version of a medical policy. `stale`: its review is overdue."""

    policy: str
    version: str
    title: str
    owner: str
    starts: date
    ends: date | None
    next_review: date | None
    stale: bool
    in_force: bool
    content_hash: str


def policy_versions(library: PolicyLibrary, today: date) -> tuple[PolicyInForce, ...]:
    """Return every released version: those in force first, then by name."""
    versions = (v for policy in library.medical.catalog.policies.values() for v in policy.versions)
    found = [
        PolicyInForce(
            policy=version.policy,
            version=version.version,
            title=version.title,
            owner=version.owner,
            starts=version.in_force.starts,
            ends=version.in_force.ends,
            next_review=version.next_review,
            stale=version.stale(today),
            in_force=today in version.in_force,
            content_hash=version.content_hash,
        )
        for version in versions
    ]
    return tuple(sorted(found, key=lambda each: (not each.in_force, each.policy, each.version)))
