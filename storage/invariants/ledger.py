"""The invariants of the ledger: each check returns the rows that break it. `claimwright verify` and the resilience tests run them.

Claims of batches in flight are left out: they are not decided yet, and not lost. After a claim is corrected, at most
one decision is in force for the claim and its corrections together, and a superseded claim pays nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.ids import event_id
from contracts.records.decision_json import payable
from storage.invariants.corrections import READJUDICATED
from storage.outbox.digests import Digest, digest, hashed, unpack_digests
from storage.outbox.queue import unpack

_QUERIES: Final = {
    "an accepted claim is determined or waits": """
        SELECT c.claim_id::text FROM claims c JOIN batches b USING (batch_id) WHERE b.finished_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id AND d.decides)
        AND NOT EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = c.claim_id AND p.closed_at IS NULL)""",
    "a determined claim waits for nothing": """
        SELECT DISTINCT p.claim_id::text FROM pends p JOIN determinations d USING (claim_id) WHERE p.closed_at IS NULL AND d.decides""",
    "a determination decides every line once, at its charge": """
        SELECT d.claim_id::text FROM determinations d
        JOIN LATERAL (SELECT 1 FROM (SELECT line, charge FROM claim_lines c WHERE c.claim_id = d.claim_id) billed
                      FULL JOIN (SELECT line, charge, disposition FROM determination_lines l
                                 WHERE l.claim_id = d.claim_id AND l.version = d.version) decided USING (line)
                      WHERE (billed IS NULL AND decided IS NOT NULL)
                         OR (decided IS NULL) <> (line = ANY(coalesce(d.pending_lines, '{}')))
                         OR decided.charge <> CASE decided.disposition
                          WHEN 'reversed' THEN -billed.charge WHEN 'withdrawn' THEN 0 WHEN 'not-adjudicated' THEN 0 ELSE billed.charge END
                      LIMIT 1) differs ON true""",
    "line charges and payments add up to the claim's": """
        SELECT d.claim_id::text FROM determinations d WHERE (d.charge, d.paid) IS DISTINCT FROM
        (SELECT (sum(l.charge), sum(l.paid)) FROM determination_lines l
         WHERE l.claim_id = d.claim_id AND l.version = d.version)""",
    "a clinical denial is signed for its claim by someone who may": """
        SELECT l.claim_id::text FROM determination_lines l LEFT JOIN reviewer_signatures s USING (claim_id, signature_id)
        WHERE (l.carc IN ('50', '55', '56') OR (l.disposition = 'denied' AND l.clinical))
        AND coalesce(s.role, '') NOT IN ('physician', 'clinical-peer')""",
    "a component is approved once": """
        SELECT min(claim_id::text) FROM determination_lines
        WHERE disposition = 'approved' AND NOT superseded AND code IN ('0609T', '0610T', '0611T', '0612T')
        GROUP BY person_id, code, service_date HAVING count(*) > 1""",
    "a claim belongs to a person of its member": """
        SELECT c.claim_id::text FROM claims c LEFT JOIN persons p USING (person_id)
        WHERE p.member_id IS DISTINCT FROM c.member_id
        UNION ALL SELECT l.claim_id::text FROM determination_lines l JOIN claims c USING (claim_id)
        WHERE l.person_id IS DISTINCT FROM c.person_id
        UNION ALL SELECT u.claim_id::text FROM authorization_uses u JOIN claims c USING (claim_id)
        WHERE u.person_id IS DISTINCT FROM c.person_id""",
    "an authorization's units are not exceeded": """
        SELECT u.number FROM
            (SELECT number, code, sum(whole) + greatest(sum(technical), sum(professional)) AS studies FROM
             (SELECT number, code, max(whole) AS whole, max(technical) AS technical, max(professional) AS professional FROM
              (SELECT number, code, coalesce(chain, claim_id) AS chain,
                      coalesce(sum(units) FILTER (WHERE part = 'whole'), 0) AS whole,
                      coalesce(sum(units) FILTER (WHERE part = 'technical'), 0) AS technical,
                      coalesce(sum(units) FILTER (WHERE part = 'professional'), 0) AS professional
               FROM authorization_uses WHERE released_at IS NULL
               GROUP BY number, code, coalesce(chain, claim_id), claim_id) claims
              GROUP BY number, code, chain) chains GROUP BY number, code) u
        JOIN authorizations a USING (number), LATERAL
            (SELECT coalesce(sum((s->>'units')::numeric), 0) AS units, coalesce(min(s->>'unit_kind'), 'studies') AS kind
             FROM json_array_elements(a.services) s
             WHERE concat_ws('-', s->>'code', s->>'code_through') = u.code) approved
        WHERE approved.units < CASE approved.kind WHEN 'studies' THEN u.studies ELSE
            (SELECT count(DISTINCT coalesce(v.service_date::text, v.claim_id::text)) FROM authorization_uses v
             WHERE v.number = u.number AND v.code = u.code AND v.released_at IS NULL
             AND v.claim_id = coalesce(v.chain, v.claim_id)) END""",
    "only approved lines of decided claims hold units": """
        SELECT u.claim_id::text FROM authorization_uses u
        JOIN (SELECT claim_id, max(version) AS version FROM determinations GROUP BY claim_id) d USING (claim_id)
        JOIN determinations n USING (claim_id, version)
        LEFT JOIN determination_lines l USING (claim_id, version, line)
        WHERE u.released_at IS NULL AND l.disposition IS DISTINCT FROM 'approved'
        AND NOT u.line = ANY(coalesce(n.pending_lines, '{}'))""",
    "a line decided while others waited is repeated unchanged": """
        SELECT d.claim_id::text FROM determinations d
        JOIN determination_lines l ON l.claim_id = d.claim_id AND l.version = d.version - 1
        LEFT JOIN determination_lines n ON n.claim_id = d.claim_id AND n.version = d.version AND n.line = l.line
        WHERE d.follows_open
        AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = d.claim_id AND s.version = d.version)
        AND (n.disposition, n.charge, n.paid, n.reason) IS DISTINCT FROM (l.disposition, l.charge, l.paid, l.reason)""",
    "a stored claim is what was hashed when it came": """
        SELECT claim_id::text FROM claims WHERE sha256(convert_to(payload::text, 'UTF8')) <> payload_hash""",
    "a batch belongs to claims of the ledger": """
        SELECT batch_id FROM batches b WHERE size <> (SELECT count(*) FROM claims c WHERE c.batch_id = b.batch_id)""",
}
_CORRECTIONS: Final = {
    "a superseded claim's last determination takes it back": """
        SELECT s.claim_id::text FROM supersessions s JOIN determination_lines l USING (claim_id)
        WHERE s.version IS NOT NULL
        AND l.version = (SELECT max(version) FROM determinations d WHERE d.claim_id = s.claim_id)
        AND l.disposition NOT IN ('reversed', 'withdrawn')""",
    "only a superseded claim or a void is taken back": """
        SELECT l.claim_id::text FROM determination_lines l
        LEFT JOIN supersessions s ON s.claim_id = l.claim_id AND s.version = l.version
        LEFT JOIN claim_chain k ON k.claim_id = l.claim_id AND k.frequency = '8'
        WHERE s.claim_id IS NULL AND (l.disposition = 'reversed' OR (l.disposition = 'withdrawn' AND k.claim_id IS NULL))""",
    "a reversal negates the version before it": """
        SELECT r.claim_id::text FROM determination_lines r
        LEFT JOIN determination_lines l ON l.claim_id = r.claim_id AND l.line = r.line AND l.version = r.version - 1
        WHERE r.disposition = 'reversed' AND (l.charge, l.paid) IS DISTINCT FROM (-r.charge, -r.paid)""",
    "a replacement is paid only when it took its original back": """
        SELECT l.claim_id::text FROM determination_lines l JOIN claim_chain k USING (claim_id)
        WHERE l.disposition = 'approved'
        AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = l.claim_id AND s.version IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = l.claim_id AND s.version IS NOT NULL)""",
    "the lines of an earlier version are superseded": """
        SELECT l.claim_id::text FROM determination_lines l
        WHERE NOT l.superseded AND l.version < (SELECT max(version) FROM determinations d WHERE d.claim_id = l.claim_id)""",
    "a superseded claim holds no units": """
        SELECT s.claim_id::text FROM supersessions s JOIN authorization_uses u USING (claim_id)
        WHERE s.version IS NOT NULL AND u.released_at IS NULL""",
    "nothing is reserved by a claim that is decided": """
        SELECT s.claim_id::text FROM supersessions s JOIN determinations d ON d.claim_id = s.by_claim
        WHERE s.version IS NULL""",
}
"""Invariants of replacements and voids."""

FOLLOWS: Final = "interest is on money paid late, and follows from its own figures"
ASKED: Final = "interest in doubt is before a person"
_ALTERED: Final = "an event id always has the same bytes"
_WRONG_ID: Final = "a determination's event id follows from its claim and version"
_NOT_SENT: Final = "a determination is in the outbox once, byte for byte"
_UNBALANCED: Final = "the charges of a published line balance"
_INTEREST_IN_DOUBT: Final = text("SELECT cause FROM reopenings WHERE reason = 'interest-unsettled'")
"""The determination events for which a person was notified to settle the interest."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant, how often it is broken, and one example by id."""

    invariant: str
    count: int
    example: str


async def violations(engine: AsyncEngine) -> list[Violation]:
    """Check every invariant in one consistent snapshot."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        found = [
            (name, list((await connection.scalars(text(query))).all()))
            for name, query in {**_QUERIES, **_CORRECTIONS, **READJUDICATED}.items()
        ]
        found += await _events(connection)
    return [Violation(name, len(rows), str(rows[0])) for name, rows in found if rows]


async def _events(connection: AsyncConnection) -> list[tuple[str, list[str]]]:
    """Compare stored determinations with the messages of the outbox."""
    sent, altered = await _sent(connection)
    asked = frozenset((await connection.scalars(_INTEREST_IN_DOUBT)).all())
    found: dict[str, list[str]] = {_UNBALANCED: [], _WRONG_ID: [], _NOT_SENT: [], FOLLOWS: [], ASKED: []}
    rows = await connection.stream(text("SELECT claim_id::text, version, event_id, event::text FROM determinations"))
    async for claim, version, identity, event in rows:
        published = orjson.loads(event)
        data = published["data"]
        if identity != event_id(ClaimId(claim), "claim.determined", version) or published["id"] != identity:
            found[_WRONG_ID].append(claim)
        if sent.get(hashed(identity.encode())) != (1, hashed(event.encode())):
            found[_NOT_SENT].append(claim)
        if not all(_balances(line) for line in data["lines"]):
            found[_UNBALANCED].append(claim)
        if not interest_follows(data):
            found[FOLLOWS].append(claim)
        if any(entry["why"] for entry in data.get("interest", ())) and identity not in asked:
            found[ASKED].append(claim)
    return [(_ALTERED, altered), *found.items()]


async def _sent(connection: AsyncConnection) -> tuple[dict[bytes, tuple[int, bytes]], list[str]]:
    """Return how often each event id is in the outbox with a digest of its bytes, and examples of ids with other bytes.

    Rows that retention removed count by their stored digests. Intake queues the answer to a refused event again when it
    reads the event again after a crash, so events other than determinations may repeat.
    """
    sent: dict[bytes, tuple[int, bytes]] = {}
    altered: list[str] = []
    async for example, (identity, digested) in _every_message(connection):
        times, first = sent.get(identity, (0, digested))
        sent[identity] = (times + 1, first)
        if digested != first:
            altered.append(example)
    return sent, altered


async def _every_message(connection: AsyncConnection) -> AsyncIterator[tuple[str, Digest]]:
    """Yield a name and the digest of every message ever queued, the removed ones first."""
    removed = await connection.stream(text("SELECT last_entry, digests FROM outbox_digests ORDER BY block_id"))
    async for last_entry, digests in removed:
        for each in unpack_digests(digests):
            yield f"removed outbox entries up to {last_entry}", each
    stream = await connection.stream(text("SELECT messages FROM outbox ORDER BY entry_id"))
    async for (messages,) in stream:
        for message in unpack(messages):
            yield message.event_id, digest(message)


def _balances(line: dict[str, Any]) -> bool:
    adjusted = sum((Decimal(adjustment["amount"]) for adjustment in line["adjustments"]), Decimal(0))
    return Decimal(line["charge"]) - adjusted == payable(line)


def interest_follows(data: dict[str, Any]) -> bool:
    """Return whether the interest of a determination is on no more than it pays and follows from its own figures."""
    entries = data.get("interest", ())
    if entries and data.get("superseded_by") is not None:
        return False
    most = sum((payable(line) for line in data["lines"]), Decimal(0))
    return all(_follows(entry, most) for entry in entries)


def _follows(entry: dict[str, Any], most: Decimal) -> bool:
    computed = entry["standing"] != "not-reckoned"
    if not computed or "amount" not in entry:
        return not computed and "amount" not in entry and bool(entry["why"])
    on, days = Decimal(entry["on"]), (date.fromisoformat(entry["through"]) - date.fromisoformat(entry["due_on"])).days
    exact = on * Decimal(entry["percent"]) * days / 100 / entry["days_in_year"]
    owed = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    due = Decimal(0) if owed < Decimal(entry["least"]) else owed
    return 0 < on <= most and entry["days"] == days > 0 and Decimal(entry["amount"]) == due
