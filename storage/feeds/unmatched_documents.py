"""Documents that no claim can use: they match no claim, or the policies do not know their kind. Staff review the list.

Matching is checked at each reading: a document leaves the list when its claim arrives later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.documents import DocumentClosing, UnmatchedDocument
from storage.audit.trail import Entry, append_locked
from storage.claims.identity import ANNOUNCES, DOCUMENT_MEANS

# A document matches a claim by the same numbers as in storage/claims/working_set.py. The number of our own request was
# replaced by its claim's number on receipt. The announced numbers are joined in one pass: a lookup per document is slow
# while PostgreSQL has not merged the pending entries of their index.
_DOCUMENTS: Final = f"""
    documents d LEFT JOIN (
        SELECT DISTINCT c.submitter, a.announced ->> 'control_number' AS number
        FROM claims c CROSS JOIN LATERAL json_array_elements(c.payload -> 'attachments') AS a(announced)
        WHERE {ANNOUNCES.format("c")}) p ON p.submitter = d.submitter AND p.number = d.attachment_number
"""
_FOR_A_CLAIM: Final = f"""
    (p.number IS NOT NULL
     OR EXISTS (SELECT 1 FROM claims c WHERE c.submitter = d.submitter AND c.control_number = d.control_number
                AND {DOCUMENT_MEANS.format(document="d", claim="c.claim_id")}))
"""
_UNMATCHED: Final = f"""
    (d.kind <> ALL(CAST(:kinds AS text[])) OR NOT {_FOR_A_CLAIM})
    AND NOT EXISTS (SELECT 1 FROM documents n WHERE n.submitter = d.submitter AND n.document_id = d.document_id
                    AND n.version > d.version)
    AND NOT EXISTS (SELECT 1 FROM documents_closed x
                    WHERE (x.submitter, x.document_id, x.version) = (d.submitter, d.document_id, d.version))
"""
_LIST: Final = text(f"""
    SELECT d.document_id, d.version, d.submitter, d.control_number, d.attachment_number, d.kind, d.received_at,
           {_FOR_A_CLAIM} AS for_a_claim, d.kind = ANY(CAST(:kinds AS text[])) AS kind_known
    FROM {_DOCUMENTS} WHERE {_UNMATCHED} ORDER BY d.received_at, d.document_id LIMIT :limit
""")
_CLOSE: Final = text(f"""
    INSERT INTO documents_closed (submitter, document_id, version, reason, closed_by, role, closed_at)
    SELECT d.submitter, d.document_id, d.version, :reason, :by, :role, :at FROM {_DOCUMENTS}
    WHERE (d.submitter, d.document_id, d.version) = (:submitter, :document, :version) AND {_UNMATCHED}
    ON CONFLICT DO NOTHING RETURNING 1
""")


class UnmatchedDocuments:
    """The list of unmatched documents, and closing one of them."""

    def __init__(self, engine: AsyncEngine, kinds: Collection[str]) -> None:
        """`kinds`: the document kinds that the policies know."""
        self._engine, self._kinds = engine, sorted(kinds)

    async def unmatched(self, limit: int) -> tuple[UnmatchedDocument, ...]:
        """Return the documents that are not closed, the oldest first."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LIST, {"kinds": self._kinds, "limit": limit})).mappings().all()
        return tuple(UnmatchedDocument(**row) for row in rows)

    async def close(self, closing: DocumentClosing) -> bool:
        """Close a document and record it in the audit trail, in one transaction; False if it is not on the list any more."""
        row: dict[str, Any] = {
            "kinds": self._kinds,
            "submitter": closing.submitter,
            "document": closing.document_id,
            "version": closing.version,
            "reason": closing.reason,
            "by": closing.closed_by,
            "role": closing.role,
            "at": closing.closed_at,
        }
        action = {"action": "close-document", "version": closing.version, "reason": closing.reason}
        subject, content = f"document/{closing.submitter}/{closing.document_id}", orjson.dumps(action).decode()
        async with self._engine.begin() as connection:
            if (await connection.execute(_CLOSE, row)).first() is None:
                return False
            entry = Entry(subject, closing.closed_at, closing.closed_by, closing.role, None, content)
            await append_locked(connection, entry)
        return True
