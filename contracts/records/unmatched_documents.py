"""Received documents that match no claim or have a kind that the policies do not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SHORTEST_REASON: Final = 20
LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class UnmatchedDocument:
    """The newest version of a document, by its numbers only: its content may be member data."""

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
    """A person's decision that a document is not for us or is wrong. A later version of it is listed again."""

    submitter: str
    document_id: str
    version: int
    reason: str
    closed_by: str
    role: str
    closed_at: datetime
