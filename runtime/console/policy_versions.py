"""The released medical policies as the dashboard shows them: what is in force, and whose review is overdue."""

from __future__ import annotations

from datetime import date

from console.dashboard.ports import PolicyInForce
from rulebook.library import PolicyLibrary


class LoadedPolicies:
    """The policies this process loaded when it started."""

    def __init__(self, library: PolicyLibrary) -> None:
        """Use a loaded library."""
        self._library = library

    def policies(self, today: date) -> tuple[PolicyInForce, ...]:
        """Return every released version, those in force first, then by name."""
        versions = (v for policy in self._library.medical.shelf.policies.values() for v in policy.versions)
        shown = [
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
        return tuple(sorted(shown, key=lambda each: (not each.in_force, each.policy, each.version)))

    def bundle(self) -> str:
        """Return the hash of all policy data, which each determination records."""
        return self._library.reference.content_hash
