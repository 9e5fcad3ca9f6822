"""Keeps the files of received documents byte for byte, and reads where in them the facts were found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.outgoing import OutgoingMessage
from contracts.records.documents import DocumentFact, DocumentFile
from storage.audit.trail import Entry, append_locked
from storage.claims.identity import ONE_CLAIM
from storage.outbox import queue

_COLUMNS: Final = """file_id::text, submitter, document_id, media_type, pages, octet_length(body) AS size,
    encode(digest, 'hex') AS digest, kept_by, role, kept_at"""
_OF: Final = text(f"""
    SELECT {_COLUMNS} FROM document_files
    WHERE submitter = :submitter AND document_id = ANY(CAST(:documents AS text[])) ORDER BY kept_at, file_id
""")
_BODY: Final = text("SELECT body FROM document_files WHERE file_id = CAST(:id AS uuid)")
_KNOWN: Final = text("SELECT 1 FROM documents WHERE submitter = :submitter AND document_id = :document LIMIT 1")
_KEEP: Final = text("""
    INSERT INTO document_files (file_id, submitter, document_id, media_type, pages, body, digest, kept_by, role, kept_at)
    VALUES (CAST(:file_id AS uuid), :submitter, :document_id, :media_type, :pages, :body, sha256(:body), :kept_by, :role, :kept_at)
    ON CONFLICT DO NOTHING RETURNING 1
""")
_FACTS: Final = text("""
    SELECT DISTINCT ON (document_id) document_id, facts FROM documents
    WHERE submitter = :submitter AND document_id = ANY(CAST(:documents AS text[])) ORDER BY document_id, version DESC
""")
_NOTES: Final = text("""
    SELECT DISTINCT ON (document_id) document_id, note FROM documents
    WHERE submitter = :submitter AND document_id = ANY(CAST(:documents AS text[])) ORDER BY document_id, version DESC
""")
# The number that leads a document to this claim: its own, unless it shares it with others; then that of a request about it.
_REACHED_BY: Final = text(f"""
    SELECT CASE WHEN {ONE_CLAIM.format("c")} THEN '' ELSE
        (SELECT r.control_number FROM document_requests r WHERE r.claim_id = c.claim_id AND r.control_number IS NOT NULL
         ORDER BY r.asked_at DESC LIMIT 1) END
    FROM claims c WHERE c.claim_id = CAST(:claim AS uuid)
""")
_VALUES: Final = ("flag", "day", "number", "code")


class DocumentFiles:
    """Stores and reads files."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def of(self, submitter: str, documents: Sequence[str]) -> tuple[DocumentFile, ...]:
        """Return the files of some documents, the oldest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_OF, {"submitter": submitter, "documents": list(documents)})
            return tuple(DocumentFile(**row) for row in rows.mappings())

    async def known(self, submitter: str, document_id: str) -> bool:
        """Return whether a document was received."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(_KNOWN, {"submitter": submitter, "document": document_id})
        return found is not None

    async def body(self, file_id: str) -> bytes:
        """Return the bytes of a file that is kept."""
        async with self._engine.connect() as connection:
            return bytes((await connection.execute(_BODY, {"id": file_id})).scalar_one())

    async def keep(self, file: DocumentFile, body: bytes, announced: OutgoingMessage | None = None) -> bool:
        """Store a file, its hash in the audit trail, and the event of a new document; False if the document has this file."""
        kept = {"action": "kept-file", "file": file.file_id, "sha256": file.digest, "pages": file.pages}
        subject, content = f"document/{file.submitter}/{file.document_id}", orjson.dumps(kept).decode()
        async with self._engine.begin() as connection:
            if (await connection.execute(_KEEP, {**asdict(file), "body": body})).first() is None:
                return False
            await append_locked(connection, Entry(subject, file.kept_at, file.kept_by, file.role, None, content))
            await queue.put(connection, () if announced is None else (announced,))
        return True

    async def viewed(
        self, claim_id: str, file: DocumentFile, page: int | None, by: tuple[str, str], at: datetime
    ) -> None:
        """Record that a person looked at a page of a file, or took the file with them (None)."""
        seen = {"action": "viewed-file", "file": file.file_id, "page": page}
        async with self._engine.begin() as connection:
            await append_locked(connection, Entry(f"view/{claim_id}", at, *by, None, orjson.dumps(seen).decode()))

    async def reached_by(self, claim_id: str) -> str | None:
        """Return the attachment number that a document needs to match a claim; empty if it needs none, None if no number would match."""
        async with self._engine.connect() as connection:
            found: str | None = await connection.scalar(_REACHED_BY, {"claim": claim_id})
        return found

    async def facts(self, submitter: str, documents: Sequence[str]) -> tuple[DocumentFact, ...]:
        """Return the facts that the newest versions of some documents state, in their order."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_FACTS, {"submitter": submitter, "documents": list(documents)})
            return tuple(each for row in rows for each in _stated(row.document_id, row.facts))

    async def notes(self, submitter: str, documents: Sequence[str]) -> dict[str, str]:
        """Return the sender's notes on the newest versions of some documents, by document id."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_NOTES, {"submitter": submitter, "documents": list(documents)})
            return {row.document_id: row.note for row in rows if row.note}


def _stated(document_id: str, facts: Sequence[dict[str, Any]]) -> Iterator[DocumentFact]:
    for fact in facts:
        yield fact_at(document_id, fact)


def fact_at(document_id: str, fact: dict[str, Any], by: str | None = None) -> DocumentFact:
    """Return a stored fact, of a document or of a reviewer, with its place."""
    place = fact.get("place") or {}
    value = next((fact[name] for name in _VALUES if fact.get(name) is not None), "not legible")
    words = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    area = place.get("area")
    box = (
        None if area is None else (float(area["left"]), float(area["top"]), float(area["width"]), float(area["height"]))
    )
    return DocumentFact(document_id, fact["fact"], words, place.get("page"), place.get("quote"), box, by)
