"""Values that pass between the console and its store: sessions, sign-ins under way, and claims opened by exception."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

EndedWhy = Literal["signed-out", "signed-in-again", "ended-by-person", "ended-by-supervisor"]


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session. `claimed_roles` are the roles the identity provider stated; None if it stated none."""

    session_id: str
    person_id: str
    claimed_roles: frozenset[str] | None
    started_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that the identity provider has not answered yet; `next` is the requested page."""

    nonce: str
    verifier: str
    next: str
    started_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BrokenGlass:
    """One claim opened, read only and for a short time, by a person whose roles do not work on it."""

    use_id: str
    claim_id: str
    person_id: str
    reason: str
    opened_at: datetime
    expires_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
