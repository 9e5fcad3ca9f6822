"""Streams decided claims, decided appeals and authorizations of a period, one row at a time, from one snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.records.exports import ExportRequest

AT_ONCE: Final = 200
"""Rows fetched at once through a server-side cursor: the most that an export holds in memory."""

_PLANS: Final = """
    ARRAY(SELECT DISTINCT plan_of_finding(f::jsonb)
          FROM json_array_elements(d.event -> 'data' -> 'lines') x, json_array_elements(x -> 'findings') f
          WHERE plan_of_finding(f::jsonb) IS NOT NULL ORDER BY 1)"""
_PERSON: Final = """
    c.payload -> 'member' ->> 'given_name' AS given_name, c.payload -> 'member' ->> 'family_name' AS family_name,
    c.member_id, c.payer_claim_number, c.payload -> 'billing' ->> 'npi' AS billing_npi,
    (SELECT string_agg(x, ' ') FROM json_array_elements_text(c.payload -> 'diagnoses') x) AS diagnoses"""
# A failed mailing does not count. A returned letter counts as sent.
_NOTICES: Final = """
    SELECT min(p.at) FILTER (WHERE m.audience = 'member') AS member_notice_at,
           min(p.at) FILTER (WHERE m.audience = 'provider') AS provider_notice_at
    FROM letter_mailings m JOIN letter_proofs p ON p.letter_id = m.letter_id AND p.result = 'sent'
    WHERE m.claim_id = {claim} AND {of} AND NOT EXISTS (
        SELECT 1 FROM letter_proofs f WHERE f.letter_id = p.letter_id AND f.result = 'failed' AND f.version > p.version)"""
_OF_VERSION: Final = """
    m.appeal_id IS NULL AND (m.step = 'version ' || d.version OR m.step LIKE 'version ' || d.version || ', %')"""
_DECIDED: Final = text(f"""
    SELECT d.claim_id::text AS claim_id, d.version, d.decided_at, d.charge, d.paid, c.received_at, {_PERSON}, {_PLANS} AS plans,
           (d.event -> 'data' -> 'interest')::text AS interest, l.*, s.*, n.due_at AS notice_due_at, n.rule AS notice_rule,
           n.sent_at AS notice_sent_at
    FROM determinations d JOIN claims c USING (claim_id)
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('reason', reason, 'carc', carc, 'disposition', disposition, 'charge', charge::text))::text
                   AS lines,
               count(*) FILTER (WHERE disposition = 'denied') AS denied,
               count(*) FILTER (WHERE disposition = 'approved') AS approved,
               count(*) FILTER (WHERE disposition = 'denied' AND clinical) AS clinical,
               count(*) FILTER (WHERE disposition = 'denied' AND clinical AND signature_id IS NULL) AS unsigned,
               string_agg(DISTINCT code, ' ') AS codes
        FROM determination_lines x WHERE (x.claim_id, x.version) = (d.claim_id, d.version)) l
    CROSS JOIN LATERAL ({_NOTICES.format(claim="d.claim_id", of=_OF_VERSION)}) s
    LEFT JOIN notices_due n USING (claim_id, version)
    WHERE d.decides AND d.decided_at >= :since AND d.decided_at < :until ORDER BY d.decided_at, d.claim_id
""")
_APPEALED: Final = text(f"""
    SELECT a.appeal_id::text AS appeal_id, a.path, r.level, r.decided_at, r.rulings::text AS rulings, r.clinical,
           r.signature_id IS NOT NULL AS signed, f.content ->> 'appellant' AS appellant,
           (f.content ->> 'received_at')::timestamptz AS received_at, f.content ->> 'subject' AS subject,
           w.waiver_at, {_PERSON}, {_PLANS} AS plans, l.codes, l.reasons, s.*
    FROM appeal_decisions r JOIN appeals a USING (appeal_id) JOIN claims c ON c.claim_id = a.claim_id
    JOIN LATERAL (SELECT content FROM appeal_filings x WHERE x.appeal_id = a.appeal_id ORDER BY x.version LIMIT 1) f ON true
    JOIN LATERAL (SELECT * FROM determinations x WHERE x.claim_id = a.claim_id AND x.decided_at < r.decided_at
                  ORDER BY x.version DESC LIMIT 1) d ON true
    CROSS JOIN LATERAL (
        SELECT string_agg(DISTINCT code, ' ') AS codes, json_object_agg(line, reason)::text AS reasons
        FROM determination_lines x WHERE (x.claim_id, x.version) = (d.claim_id, d.version)
          AND x.line IN (SELECT (y ->> 'line')::integer FROM json_array_elements(r.rulings) y)) l
    CROSS JOIN LATERAL (SELECT min(o.received_at) AS waiver_at FROM appeal_filings x,
        json_array_elements(x.content -> 'proofs') y JOIN documents o ON o.document_id = y ->> 'document_id'
        WHERE x.appeal_id = a.appeal_id AND y ->> 'proof' = 'waiver-of-liability') w
    CROSS JOIN LATERAL ({_NOTICES.format(claim="a.claim_id", of="m.appeal_id = a.appeal_id AND p.at >= r.decided_at")}) s
    WHERE r.decided_at >= :since AND r.decided_at < :until ORDER BY r.decided_at, a.appeal_id, r.level
""")
_AUTHORIZATIONS: Final = text("""
    SELECT number, member_id, plan_id, status, issued_on, patient ->> 'given_name' AS given_name,
           patient ->> 'family_name' AS family_name,
           (SELECT string_agg(DISTINCT x ->> 'code', ' ') FROM json_array_elements(services) x) AS codes
    FROM authorizations WHERE coalesce(issued_on, (changed_at AT TIME ZONE 'UTC')::date) BETWEEN :first AND :last
    ORDER BY number
""")
_DENIERS: Final = text("""
    WITH signed AS (
        SELECT DISTINCT s.reviewer_id, s.role, l.claim_id, l.line, l.reason FROM reviewer_signatures s
        JOIN determination_lines l USING (claim_id, signature_id)
        WHERE l.disposition = 'denied' AND s.signed_at >= :since AND s.signed_at < :until),
    ruled AS (
        SELECT r.claim_id, (x ->> 'line')::integer AS line, bool_or(x ->> 'ruling' = 'overturned') AS overturned,
               bool_or(x ->> 'ruling' = 'partly-overturned') AS partly
        FROM appeal_decisions r, json_array_elements(r.rulings) x GROUP BY 1, 2)
    SELECT reviewer_id, role, reason, count(*) AS lines, count(DISTINCT claim_id) AS claims, count(ruled.line) AS appealed,
           count(*) FILTER (WHERE overturned) AS overturned, count(*) FILTER (WHERE partly AND NOT overturned) AS partly
    FROM signed LEFT JOIN ruled USING (claim_id, line) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")


async def decided_claims(connection: AsyncConnection, request: ExportRequest) -> AsyncIterator[Any]:
    """Yield the first complete decision on each claim; some lie up to two days outside, since legal days differ by zone."""
    async for row in _stream(connection, _DECIDED, _around(request)):
        yield row


async def decided_appeals(connection: AsyncConnection, request: ExportRequest) -> AsyncIterator[Any]:
    """Yield each decision on a level of an appeal, with the decision on the claim that it ruled on."""
    async for row in _stream(connection, _APPEALED, _around(request)):
        yield row


async def authorizations(connection: AsyncConnection, request: ExportRequest) -> AsyncIterator[Any]:
    """Yield the authorizations issued in a period, as their feed states them now."""
    async for row in _stream(connection, _AUTHORIZATIONS, {"first": request.first, "last": request.last}):
        yield row


async def signed_denials(connection: AsyncConnection, request: ExportRequest) -> AsyncIterator[Any]:
    """Yield counts of the denials that each reviewer signed on the (UTC) days of a period, and of their results on appeal."""
    days = {"since": _utc(request.first), "until": _utc(request.last) + timedelta(days=1)}
    async for row in _stream(connection, _DENIERS, days):
        yield row


async def _stream(connection: AsyncConnection, statement: Any, values: dict[str, Any]) -> AsyncIterator[Any]:
    found = await connection.stream(statement, values, execution_options={"yield_per": AT_ONCE})
    async for row in found:
        yield row


def _around(request: ExportRequest) -> dict[str, Any]:
    day = timedelta(days=1)
    return {"since": _utc(request.first) - day, "until": _utc(request.last) + 2 * day}


def _utc(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
