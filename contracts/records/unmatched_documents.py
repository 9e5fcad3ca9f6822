"""Documents that came and that nothing uses as they are: for no claim we have, or of a kind no policy knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SHORTEST_REASON: Final = 20
LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class UnmatchedDocument:
    """The newest version of a document, by its numbers only: what it says may be member data and stays out."""

    document_id: str
    version: int
    submitter: str
    control_number: str | None
    attachment_number: str | None
    kind: str
    received_at: datetime
    for_a_claim: bool
    kind_known: bool


@dataclass(frozen=True, slots=True)
class DocumentClosing:
    """A person's word that a document is not ours or wrong, and why. A later version of it is listed again."""

    document_id: str
    version: int
    reason: str
    closed_by: str
    role: str
    closed_at: datetime
