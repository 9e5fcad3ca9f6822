"""The effect of a received document on document requests: it answers those for its kind, and only once.

A document of a kind that was not requested answers no request, and a repeated one answers none again; a document received
after the claim was denied for lack of documents reopens the claim.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.outcomes import LACKS_DOCUMENTS
from adjudication.model.vocabulary import ClaimId
from contracts.events.documents import DocumentReceivedV1
from contracts.events.reopenings import Reason, Reopening
from contracts.records.decisions import DecidedBy
from contracts.records.feed_results import Applied
from storage.claims.identity import ANNOUNCES, DOCUMENT_MEANS
from storage.decisions.reopenings import raise_reopenings
from storage.feeds.unseen import read_when, unseen
from storage.feeds.version_conflicts import conflicting
from storage.outbox import queue

# No time of receipt may be in the future, even if the sender's clock is ahead: a stopped deadline would not resume.
# A document with our own control number (275 TRN02) belongs to the claim as if it named the claim.
_ASKED_UNDER: Final = """(SELECT q.control_number FROM document_requests r JOIN claims q USING (claim_id)
    WHERE r.control_number = {0}.attachment_number AND q.submitter = {0}.submitter LIMIT 1)"""
_ADD: Final = text(f"""
    INSERT INTO documents (document_id, version, submitter, control_number, attachment_number, kind, received_at,
                           facts, note, adjudication)
    SELECT t.document_id, t.version, t.submitter, coalesce(t.control_number, {_ASKED_UNDER.format("t")}),
           t.attachment_number, t.kind, least(t.received_at, now()), t.facts, t.note, t.adjudication
    FROM json_to_recordset(CAST(:rows AS json)) AS t(
        document_id text, version bigint, submitter text, control_number text, attachment_number text, kind text,
        received_at timestamptz, facts json, note text, adjudication json)
    ON CONFLICT (submitter, document_id, version) DO NOTHING
    RETURNING document_id, submitter, control_number, attachment_number, kind, received_at
""")
FOR_CLAIMS: Final = f"""
    json_to_recordset(CAST(:keys AS json)) AS k(document_id text, submitter text, control_number text,
                                                attachment_number text, kind text, received_at timestamptz)
    JOIN claims c ON c.submitter = k.submitter
        AND ((c.control_number = coalesce(k.control_number, {_ASKED_UNDER.format("k")})
              AND {DOCUMENT_MEANS.format(document="k", claim="c.claim_id").replace("k.control_number", "c.control_number")})
             OR ({ANNOUNCES.format("c")} AND (c.payload::jsonb -> 'attachments')
                 @> jsonb_build_array(jsonb_build_object('control_number', k.attachment_number))))
"""
"""Documents with the claims they are for: by the claim's control number, our own number of the request, or the number the
claim announced them under (PWK06)."""

_ANSWER: Final = text(f"""
    UPDATE document_requests r SET answered_at = greatest(r.asked_at, f.received_at)
    FROM (SELECT c.claim_id, k.kind, min(k.received_at) AS received_at FROM {FOR_CLAIMS} GROUP BY 1, 2) f
    WHERE r.claim_id = f.claim_id AND r.kind = f.kind AND r.answered_at IS NULL
""")
_TOO_LATE: Final = text(f"""
    SELECT DISTINCT c.claim_id::text AS claim, k.document_id, k.received_at FROM {FOR_CLAIMS}
    WHERE EXISTS (SELECT 1 FROM document_requests r WHERE r.claim_id = c.claim_id AND r.kind = k.kind)
      AND EXISTS (SELECT 1 FROM determination_lines d WHERE d.claim_id = c.claim_id AND NOT d.superseded
                  AND d.disposition = 'denied' AND d.reason = ANY(:reasons))
    ORDER BY 1, 2
""")

_MISSED: Final = text(f"""
    SELECT DISTINCT d.document_id, d.submitter, d.control_number, d.attachment_number, d.kind, d.received_at
    FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id uuid, read_at timestamptz, snapshot text)
    JOIN claims c USING (claim_id) JOIN documents d ON d.submitter = c.submitter
        AND (d.control_number = c.control_number
             OR d.attachment_number IN (SELECT a ->> 'control_number'
                                        FROM json_array_elements(coalesce(c.payload -> 'attachments', '[]')) AS a))
    WHERE {unseen("d", "recorded_at", "w")}
""")

_UNANSWERED: Final = text("""
    SELECT claim_id::text AS claim, kind, max(due_at) AS due_at FROM document_requests
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND answered_at IS NULL GROUP BY 1, 2
""")

# Of each document its newest version; a questionnaire has facts, a letter or a scan has none.
_UNREAD: Final = text(f"""
    SELECT max(d.received_at) FROM (
        SELECT DISTINCT ON (d.document_id) d.received_at, d.facts FROM claims c JOIN documents d ON d.submitter = c.submitter
            AND ((d.control_number = c.control_number AND {DOCUMENT_MEANS.format(document="d", claim="c.claim_id")})
                 OR d.attachment_number IN (SELECT a ->> 'control_number'
                                            FROM json_array_elements(coalesce(c.payload -> 'attachments', '[]')) AS a))
        WHERE c.claim_id = CAST(:claim AS uuid) ORDER BY d.document_id, d.version DESC) d
    WHERE json_array_length(d.facts) = 0
""")


async def unread_since(connection: AsyncConnection, claim_id: str) -> datetime | None:
    """Return when the newest document of a claim came without usable facts, so that only a person can read it."""
    found: datetime | None = await connection.scalar(_UNREAD, {"claim": claim_id})
    return found


async def unanswered(connection: AsyncConnection, claim_ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
    """Return the requested kinds of documents without an answer, and until when, by claim; claims without any are absent."""
    found: dict[str, dict[str, datetime]] = {}
    for row in (await connection.execute(_UNANSWERED, {"ids": list(claim_ids)})).all():
        found.setdefault(row.claim, {})[row.kind] = row.due_at
    return found


async def add_documents(
    connection: AsyncConnection, documents: Sequence[tuple[DocumentReceivedV1, datetime]]
) -> Applied:
    """Add document versions, and write which requests each answers; one already known changes nothing."""
    rows = [_row(document, received_at) for document, received_at in documents]
    contents = [{name: value for name, value in row.items() if name != "received_at"} for row in rows]
    conflicts = await conflicting(connection, "documents", contents, ("submitter", "document_id", "version"))
    wanted = [row for place, row in enumerate(rows) if place not in conflicts]
    new = (await connection.execute(_ADD, {"rows": orjson.dumps(wanted).decode()})).mappings().all()
    if not new:
        return Applied(0, conflicts)
    keys = {"keys": orjson.dumps([dict(row) for row in new]).decode()}
    await connection.execute(_ANSWER, keys)
    await _raise_late(connection, keys)
    return Applied(len(new), conflicts)


async def raise_missed_documents(connection: AsyncConnection, denied: Sequence[DecidedBy]) -> None:
    """Raise claims denied for lack of documents that were committed after they were read, in the caller's transaction.

    Call it after the denials are committed: a feed that commits later finds them itself.
    """
    missed = (await connection.execute(_MISSED, read_when(denied))).mappings().all()
    if missed:
        keys = {"keys": orjson.dumps([dict(row) for row in missed]).decode()}
        await _raise_late(connection, keys, {each.claim_id for each in denied})


async def _raise_late(
    connection: AsyncConnection, keys: Mapping[str, str], only: Collection[ClaimId] | None = None
) -> None:
    """Raise the denied claims that the documents of `keys` are for, or only those of them that are named."""
    late = (await connection.execute(_TOO_LATE, {**keys, "reasons": list(LACKS_DOCUMENTS)})).all()
    raised = [
        Reopening(ClaimId(r.claim), Reason.LATE_DOCUMENT, r.document_id, r.received_at)
        for r in late
        if only is None or r.claim in only
    ]
    await queue.put(connection, await raise_reopenings(connection, raised))


def _row(document: DocumentReceivedV1, received_at: datetime) -> dict[str, Any]:
    return {
        "document_id": document.document_id,
        "version": document.version,
        "submitter": document.submitter,
        "control_number": document.claim_control_number,
        "attachment_number": document.attachment_control_number,
        "kind": document.kind,
        "received_at": received_at,
        "facts": [fact.model_dump(mode="json", exclude_none=True) for fact in document.facts],
        "note": document.note,
        "adjudication": None if document.adjudication is None else document.adjudication.model_dump(mode="json"),
    }
