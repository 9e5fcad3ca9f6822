"""Received documents: those that match no claim or have a kind that the policies do not know, and the files of documents."""

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


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A kept file, without its bytes. `digest`: SHA-256 in hexadecimal; `media_type`: found in the bytes, never the sender's word."""

    file_id: str
    submitter: str
    document_id: str
    media_type: str
    pages: int
    size: int
    digest: str
    kept_by: str
    role: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """A fact of a document with the place it was read at. `area`: left, top, width, height in shares of the page.

    `by`: the reviewer who recorded it; None for a fact that the document's sender states.
    """

    document_id: str
    fact: str
    value: str
    page: int | None = None
    quote: str | None = None
    area: tuple[float, float, float, float] | None = None
    by: str | None = None
