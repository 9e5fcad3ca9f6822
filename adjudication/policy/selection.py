"""Selects the version of a policy that governs: by date of service among those visible on the decision date. Never a default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from adjudication.policy.tree import Policy, PolicyVersion


@dataclass(frozen=True, slots=True)
class NoVersion:
    """Why no version governs. The fault is in the policy data, not in the chart, so the line pends to the policy owner."""

    policy: str
    why: str


def select_version(policy: Policy, service_date: date, decided_on: date) -> PolicyVersion | NoVersion:
    """Return the version in force on the date of service among those published by the decision date.

    A retroactive correction is a new version that names the one it supersedes: from its publication on, the new version governs.
    """
    in_force = [v for v in policy.versions if service_date in v.in_force]
    visible = [v for v in in_force if v.published_on <= decided_on]
    if visible:
        superseded = {v.supersedes for v in visible}
        return max(visible, key=lambda v: (v.published_on, v.version not in superseded, v.version))
    if in_force:
        first = min(v.published_on for v in in_force)
        return NoVersion(policy.policy, f"its version was published on {first}, after the decision date")
    for period in policy.unloaded:
        if service_date in period.dates:
            return NoVersion(policy.policy, period.why)
    return NoVersion(policy.policy, f"no version was in force on {service_date}")
