"""The invariants of the ledger as queries, each returning what breaks it. Run after every chaos test and nightly.

Claims of batches still in flight are left out: they are neither decided nor lost yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.vocabulary import ClaimId
from contracts.ids import event_id
from storage.outbox import unpack

_QUERIES: Final = {
    "an accepted claim is determined or waits": """
        SELECT c.claim_id::text FROM claims c JOIN batches b USING (batch_id) WHERE b.finished_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id)
        AND NOT EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = c.claim_id AND p.closed_at IS NULL)""",
    "a determined claim waits for nothing": """
        SELECT DISTINCT p.claim_id::text FROM pends p JOIN determinations d USING (claim_id) WHERE p.closed_at IS NULL""",
    "a determination decides every line once": """
        SELECT d.claim_id::text FROM determinations d WHERE
        (SELECT count(*) FROM determination_lines l WHERE l.claim_id = d.claim_id AND l.version = d.version)
        <> (SELECT count(*) FROM claim_lines c WHERE c.claim_id = d.claim_id)""",
    "line payments add up to the claim's": """
        SELECT d.claim_id::text FROM determinations d WHERE d.paid <>
        (SELECT sum(l.paid) FROM determination_lines l WHERE l.claim_id = d.claim_id AND l.version = d.version)""",
    "a clinical denial is signed": """
        SELECT claim_id::text FROM determination_lines
        WHERE disposition = 'denied' AND (clinical OR carc IN ('50', '55', '56')) AND signature_id IS NULL""",
    "an authorization's units are not exceeded": """
        SELECT u.number FROM (SELECT number, code, sum(units) AS used FROM authorization_uses
                              WHERE released_at IS NULL GROUP BY number, code) u
        JOIN authorizations a USING (number) WHERE u.used >
        (SELECT coalesce(sum((s->>'units')::numeric), 0) FROM json_array_elements(a.services) s WHERE s->>'code' = u.code)""",
    "only approved lines of decided claims hold units": """
        SELECT u.claim_id::text FROM authorization_uses u JOIN determination_lines l USING (claim_id, line)
        WHERE u.released_at IS NULL AND l.disposition <> 'approved' AND l.version =
        (SELECT max(version) FROM determinations d WHERE d.claim_id = u.claim_id)""",
    "a batch belongs to claims of the ledger": """
        SELECT batch_id FROM batches b WHERE size <> (SELECT count(*) FROM claims c WHERE c.batch_id = b.batch_id)""",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant: how often, and one example by opaque id."""

    invariant: str
    count: int
    example: str


async def violations(engine: AsyncEngine) -> list[Violation]:
    """Check every invariant in one consistent snapshot."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        found = [(name, list((await connection.scalars(text(query))).all())) for name, query in _QUERIES.items()]
        found += await _events(connection)
    return [Violation(name, len(rows), str(rows[0])) for name, rows in found if rows]


async def _events(connection: AsyncConnection) -> list[tuple[str, list[str]]]:
    """Compare stored decisions with what the outbox carries of them."""
    sent: dict[str, int] = {}
    bytes_of: dict[str, bytes] = {}
    altered: list[str] = []
    stream = await connection.stream(text("SELECT messages FROM outbox ORDER BY entry_id"))
    async for (messages,) in stream:
        for message in unpack(messages):
            sent[message.event_id] = sent.get(message.event_id, 0) + 1
            if bytes_of.setdefault(message.event_id, message.value) != message.value:
                altered.append(message.event_id)
    wrong_id, missing = [], []
    rows = await connection.stream(text("SELECT claim_id::text, version, event_id, event::text FROM determinations"))
    async for claim, version, identity, event in rows:
        if identity != event_id(ClaimId(claim), "claim.determined", version) or orjson.loads(event)["id"] != identity:
            wrong_id.append(claim)
        if sent.get(identity) is None or bytes_of[identity] != event.encode():
            missing.append(claim)
    return [
        ("an event id always has the same bytes", altered),
        ("a determination's event id follows from its claim and version", wrong_id),
        ("a determination is in the outbox, byte for byte", missing),
    ]
