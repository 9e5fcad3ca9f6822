"""Two people release a policy version: a policy owner writes it, a medical director approves it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from adjudication.people import Person, Role

SHORTEST_REASONS = 20
"""How many characters say more than "ok"."""


@dataclass(frozen=True, slots=True)
class PolicyRelease:
    """A version that two people want to release: its content hash, who wrote it, who approves it, and why."""

    policy: str
    version: str
    content_hash: str
    author: str
    approver: str
    reasons: str


def refusal(release: PolicyRelease, author: Person | None, approver: Person | None, today: date) -> str | None:
    """Say why two people may not release a version; None when they may."""
    if release.author == release.approver:
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
