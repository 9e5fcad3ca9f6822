"""Finds claims by any of their ids. Every kind of id has its index, so a search stays fast in a large ledger."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.claims.identity import ANNOUNCES

MOST_FOUND: Final = 50

_WORKFLOWS: Final = ("review/", "appeal/", "adjudicate/")

_BY_TEXT: Final = f"""
    SELECT claim_id, 'payer claim number' AS matched FROM claims WHERE payer_claim_number = ANY(:keys)
    UNION ALL (SELECT claim_id, 'claim control number' FROM claims WHERE control_number = ANY(:keys) LIMIT 100)
    UNION ALL (SELECT claim_id, 'event' FROM claims WHERE event_id = ANY(:keys) LIMIT 100)
    UNION ALL SELECT claim_id, 'event' FROM determinations WHERE event_id = ANY(:keys)
    UNION ALL (SELECT claim_id, 'batch' FROM claims WHERE batch_id = ANY(:keys) LIMIT 300)
    UNION ALL (SELECT claim_id, 'authorization' FROM authorization_uses WHERE number = ANY(:keys) LIMIT 300)
    UNION ALL (SELECT claim_id, 'appeal' FROM appeals WHERE appeal_reference = ANY(:keys) LIMIT 100)
    UNION ALL (SELECT c.claim_id, 'document' FROM documents d
               JOIN claims c ON c.submitter = d.submitter AND c.control_number = d.control_number
               WHERE d.document_id = ANY(:keys) LIMIT 100)
    UNION ALL (SELECT c.claim_id, 'document' FROM documents d
               JOIN claims c ON {ANNOUNCES.format("c")} AND c.submitter = d.submitter
                   AND (c.payload::jsonb -> 'attachments')
                       @> jsonb_build_array(jsonb_build_object('control_number', d.attachment_number))
               WHERE d.document_id = ANY(:keys) AND d.attachment_number IS NOT NULL LIMIT 100)
    UNION ALL (SELECT claim_id, 'attachment' FROM claims WHERE {ANNOUNCES.format("claims")}
               AND (payload::jsonb -> 'attachments') @> CAST(:attachment AS jsonb) LIMIT 100)
    UNION ALL (SELECT c.claim_id, 'claim control number'
               FROM json_to_recordset(CAST(:numbers AS json)) AS n(submitter text, number text, revision integer)
               JOIN claims c ON c.submitter = n.submitter AND c.control_number = n.number
                   AND (n.revision IS NULL OR c.revision = n.revision) LIMIT 100)
"""
_BY_UUID: Final = """
    UNION ALL SELECT claim_id, 'claim id' FROM claims WHERE claim_id = CAST(:uuid AS uuid)
    UNION ALL SELECT claim_id, 'appeal' FROM appeals WHERE appeal_id = CAST(:uuid AS uuid)
    UNION ALL SELECT claim_id, 'action' FROM review_actions WHERE action_id = CAST(:uuid AS uuid)
    UNION ALL SELECT claim_id, 'dead letter' FROM dead_letters WHERE letter_id = CAST(:uuid AS uuid)
"""
_FIND: Final = """
    SELECT c.claim_id::text, c.submitter, c.control_number, c.revision, c.payer_claim_number, c.received_at, c.sequence,
           hit.matched
    FROM (SELECT claim_id, min(matched) AS matched FROM ({hits}) AS hits GROUP BY claim_id) AS hit
    JOIN claims c USING (claim_id) ORDER BY c.sequence DESC LIMIT :most
"""
_TEXT: Final = text(_FIND.format(hits=_BY_TEXT))
_TEXT_OR_UUID: Final = text(_FIND.format(hits=_BY_TEXT + _BY_UUID))


async def find_claims(engine: AsyncEngine, key: str, most: int = MOST_FOUND) -> list[dict[str, Any]]:
    """Find claims by an id, newest first; `matched` in each row is the kind of the id.

    Ids of a claim: claim id, payer claim number, claim control number, submitter/number[/revision], and the ids of an
    event, batch, workflow, used authorization, document, attachment, appeal, action or dead letter of the claim. An id is
    found as it is written, in capitals or in small letters, and without the dashes and blanks it was typed with. Each
    submitter chooses its own control numbers, so several claims may have the same one.
    """
    name = key.strip().replace("\x00", "")
    for workflow in _WORKFLOWS:
        name = name.removeprefix(workflow)
    values: dict[str, Any] = {
        "keys": spellings(name),
        "attachment": orjson.dumps([{"control_number": name}]).decode(),
        "numbers": orjson.dumps([each for form in (name, name.upper()) for each in _numbers(form)]).decode(),
        "most": most,
    }
    uuid = _uuid(name)
    query = _TEXT if uuid is None else _TEXT_OR_UUID
    async with engine.connect() as connection:
        rows = await connection.execute(query, values if uuid is None else {**values, "uuid": uuid})
        return [dict(row) for row in rows.mappings()]


def spellings(typed: str) -> list[str]:
    """Return the spellings to look for: each is an equality that an index answers."""
    plain = re.sub(r"[\s-]", "", typed)
    return list(dict.fromkeys(form for each in (typed, plain) for form in (each, each.upper(), each.lower())))


def _numbers(name: str) -> list[dict[str, Any]]:
    """Split submitter/number[/revision] in every possible way: a number may itself contain slashes."""
    parts = name.split("/")
    found: list[dict[str, Any]] = []
    for place in range(1, min(len(parts), 10)):
        submitter, rest = "/".join(parts[:place]), parts[place:]
        found.append({"submitter": submitter, "number": "/".join(rest), "revision": None})
        if len(rest) > 1 and rest[-1].isascii() and rest[-1].isdigit() and len(rest[-1]) <= 3:
            found.append({"submitter": submitter, "number": "/".join(rest[:-1]), "revision": int(rest[-1])})
    return found


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
