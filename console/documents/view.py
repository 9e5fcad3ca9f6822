"""The documents of a claim as its pages show them: their files, and the facts that were read in them with their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from console.ports import Console
from contracts.records.documents import DocumentFact, DocumentFile
from contracts.records.review_queries import WaitingClaim
from storage.review.document_files import fact_at

NEW: Final = "new:"
FOR: Final = "for:"
"""Prefixes of the choices in the upload form: a new document of a kind, or an existing document by its id."""


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact of a document, with the question that it answers."""

    asks: str
    stated: DocumentFact


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A received document with its sender's note, its files and the facts read in it."""

    document_id: str
    kind: str
    label: str
    received_at: datetime
    note: str | None
    files: tuple[DocumentFile, ...]
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class DocumentsView:
    """The documents of a claim, and the choices for an upload. `address`: the page that shows them."""

    claim_id: str
    address: str
    documents: tuple[DocumentView, ...]
    choices: tuple[tuple[str, str], ...]


async def documents_view(console: Console, waiting: WaitingClaim, address: str = "") -> DocumentsView:
    """Read the documents of a claim with their files and facts, for a person who has opened the claim or its appeal."""
    submitter, ids = waiting.claim.submitter, [each.document_id for each in waiting.arrived]
    files = await console.claims.document_files.of(submitter, ids)
    notes = await console.claims.document_files.notes(submitter, ids)
    facts = (*await console.claims.document_files.facts(submitter, ids), *recorded_facts(waiting))
    labels, asks = console.words.documents, console.words.questions
    documents = tuple(
        DocumentView(
            document_id=each.document_id,
            kind=each.kind,
            label=labels.get(each.kind, each.kind),
            received_at=each.received_at,
            note=notes.get(each.document_id),
            files=tuple(file for file in files if file.document_id == each.document_id),
            facts=tuple(FactView(asks.get(f.fact, f.fact), f) for f in facts if f.document_id == each.document_id),
        )
        for each in waiting.arrived
    )
    here = ((f"{FOR}{each.document_id}", f"{each.label}, {each.document_id}") for each in documents)
    kinds = sorted(labels, key=lambda kind: labels[kind])
    new = ((f"{NEW}{kind}", f"a new document: {labels[kind]}") for kind in kinds)
    return DocumentsView(
        waiting.claim.claim_id, address or f"/claims/{waiting.claim.claim_id}", documents, (*here, *new)
    )


def recorded_facts(waiting: WaitingClaim) -> Iterator[DocumentFact]:
    """Yield the facts that reviewers recorded from documents, each under the document it names as its source."""
    for each in waiting.history:
        content: dict[str, Any] = orjson.loads(each.content)
        facts: Sequence[dict[str, Any]] = content.get("facts", ()) if content.get("action") == "record-facts" else ()
        for fact in facts:
            yield fact_at(fact["source"], fact, each.done.person_id)
