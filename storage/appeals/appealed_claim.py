"""A claim as last determined, read back from its event and its stored lines: the subject of an appeal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.superseding import Before
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from contracts.records.decision_json import plan_named, read_finding
from storage.decisions.decided_lines import read_lines, read_lines_of
from storage.review.actions import claim_of

_CLAIM: Final = text("SELECT payload::text, received_at FROM claims WHERE claim_id = CAST(:claim AS uuid)")
_NEWEST: Final = text("""
    SELECT d.*, c.payload::text AS payload, c.received_at FROM (
        SELECT DISTINCT ON (d.claim_id) d.claim_id::text AS claim_id, d.version, d.event::text AS event, d.decided_at
        FROM determinations d WHERE d.claim_id = ANY(CAST(:claims AS uuid[])) ORDER BY d.claim_id, d.version DESC) d
    LEFT JOIN claims c ON c.claim_id = CAST(d.claim_id AS uuid) AND d.claim_id <> ALL(CAST(:known AS text[]))
""")
_VERSIONS: Final = text("""
    SELECT version, event::text, decided_at FROM determinations WHERE claim_id = CAST(:claim AS uuid)
    ORDER BY version DESC LIMIT 2
""")
_FOUND: Final = text(
    "SELECT findings::text FROM traces WHERE claim_id = CAST(:claim AS uuid) ORDER BY round DESC LIMIT 1"
)


async def read_claim(connection: AsyncConnection, claim_id: str) -> Claim:
    """Read a claim as it was submitted; raises NoResultFound when the ledger does not have it."""
    payload, received_at = (await connection.execute(_CLAIM, {"claim": claim_id})).one()
    return claim_of(payload, claim_id, received_at)


async def read_before(connection: AsyncConnection, claim_id: str, reference: ReferenceData) -> Before | None:
    """Read a claim with its newest determination; None when it has none."""
    versions = (await connection.execute(_VERSIONS, {"claim": claim_id})).all()
    if not versions:
        return None
    newest = versions[0]
    claim = await read_claim(connection, claim_id)
    lines = await read_lines(connection, claim_id, newest)
    data = orjson.loads(newest.event)["data"]
    superseded_by = None if data.get("superseded_by") is None else ClaimId(data["superseded_by"])
    pending = tuple(LineNumber(line) for line in data.get("pending_lines", ()))
    claim = replace(claim, lines=tuple(line for line in claim.lines if line.number not in pending))
    found = {line.line: line.findings for line in lines}
    if superseded_by is not None:
        found = await _found_before(connection, claim, versions[1:])
    plans = plans_of(claim, found, reference)
    return Before(claim, lines, plans, newest.version, newest.decided_at, superseded_by, pending)


async def read_standing(
    connection: AsyncConnection,
    claim_ids: Sequence[str],
    reference: ReferenceData,
    submitted: Mapping[ClaimId, Claim] | None = None,
) -> dict[ClaimId, Before]:
    """Read claims with their newest determinations at once; one that has none, or was taken back, is absent.

    `submitted`: those of the claims that are in memory as they were submitted; they are not read again.
    """
    known = {} if submitted is None else submitted
    newest = (await connection.execute(_NEWEST, {"claims": list(claim_ids), "known": list(known)})).all()
    lines = await read_lines_of(connection, newest)
    found: dict[ClaimId, Before] = {}
    for row in newest:
        data = orjson.loads(row.event)["data"]
        if data.get("superseded_by") is not None:
            continue
        pending = tuple(LineNumber(line) for line in data.get("pending_lines", ()))
        claim = known.get(ClaimId(row.claim_id)) or claim_of(row.payload, row.claim_id, row.received_at)
        if pending:
            claim = replace(claim, lines=tuple(line for line in claim.lines if line.number not in pending))
        decided = lines[row.claim_id]
        plans = plans_of(claim, {line.line: line.findings for line in decided}, reference)
        found[claim.claim_id] = Before(claim, decided, plans, row.version, row.decided_at, None, pending)
    return found


async def _found_before(
    connection: AsyncConnection, claim: Claim, earlier: Sequence[Any]
) -> dict[LineNumber, tuple[Finding, ...]]:
    """Return the findings of a reversed claim: those of the version before, or of its last pended round."""
    if earlier:
        return {line.line: line.findings for line in await read_lines(connection, claim.claim_id, earlier[0])}
    stored = (await connection.scalars(_FOUND, {"claim": claim.claim_id})).first()
    findings = tuple(read_finding(each) for each in orjson.loads(stored or "[]"))
    return {line.number: tuple(f for f in findings if f.line in (None, line.number)) for line in claim.lines}


def plans_of(
    claim: Claim, found: Mapping[LineNumber, Sequence[Finding]], reference: ReferenceData
) -> dict[LineNumber, Plan]:
    """Return the plan that governed each line, as its findings name it; lines without one are absent."""
    plans: dict[LineNumber, Plan] = {}
    for line in claim.lines:
        plan_id = plan_named(found.get(line.number, ()))
        plan = None if plan_id is None else reference.plan(plan_id, line.service_date)
        if plan is not None:
            plans[line.number] = plan
    return plans
