"""Letters to members and providers that were issued, as storage keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import orjson

from contracts.ids import letter_id


@dataclass(frozen=True, slots=True)
class IssuedLetter:
    """A letter as it was issued, byte for byte.

    `appeal_id`: None for a letter about the claim itself. `step`: the decision or step that it is about.
    `addressed_by`: `plan`, or `mail-house` where the letter has no address and the mail house looks it up.
    `layout`: the parts of the letter as JSON, from which it is printed; None if it was issued before these were kept.
    """

    claim_id: str
    appeal_id: str | None
    kind: str
    audience: str
    step: str
    body: bytes
    policy_bundle: str
    issued_by: str
    role: str
    issued_at: datetime
    addressed_by: str = "plan"
    layout: str | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, which the audit trail records."""
        return sha256(self.body).hexdigest()

    @property
    def language(self) -> str:
        """The language of the text (ISO 639), as its layout states it."""
        return "en" if self.layout is None else str(orjson.loads(self.layout).get("language", "en"))

    @property
    def letter_id(self) -> str:
        """The id under which it is mailed."""
        return letter_id(self.claim_id, self.appeal_id, self.kind, self.audience, self.step)
