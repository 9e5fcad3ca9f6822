"""Issued letters as values that pass between storage, the console and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class LetterPlace:
    """Which letter it is: of a claim or of an appeal of it, what it does, who reads it, and the step it tells."""

    claim_id: str
    appeal_id: str | None
    kind: str
    audience: str
    step: str


@dataclass(frozen=True, slots=True)
class IssuedLetter:
    """A letter as it was issued, byte for byte."""

    place: LetterPlace
    body: bytes
    policy_bundle: str
    issued_by: str
    role: str
    issued_at: datetime

    @property
    def digest(self) -> str:
        """Its SHA-256, by which the audit trail names it."""
        return sha256(self.body).hexdigest()
