"""A claim as last determined, read back from its event and its stored lines: what an appeal is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.superseding import Before
from adjudication.model.claim import Claim
from adjudication.model.determination import LineDetermination
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from contracts.records.decision_json import plan_named, read_finding, read_line, read_signature
from storage.review.actions import claim_of

_CLAIM: Final = text("SELECT payload::text, received_at FROM claims WHERE claim_id = CAST(:claim AS uuid)")
_VERSIONS: Final = text("""
    SELECT version, event::text, decided_at FROM determinations WHERE claim_id = CAST(:claim AS uuid)
    ORDER BY version DESC LIMIT 2
""")
_FOUND: Final = text(
    "SELECT findings::text FROM traces WHERE claim_id = CAST(:claim AS uuid) ORDER BY round DESC LIMIT 1"
)
_LINES: Final = text("""
    SELECT l.line, l.clinical, s.signature_id, s.reviewer_id, s.role AS signed_as, s.licence_number, s.licence_state,
           s.signed_at, s.rationale AS signed_rationale
    FROM determination_lines l LEFT JOIN reviewer_signatures s USING (signature_id)
    WHERE l.claim_id = CAST(:claim AS uuid) AND l.version = :version
""")


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
    data = orjson.loads(newest.event)["data"].get("superseded_by")
    superseded_by = None if data is None else ClaimId(data)
    found = {line.line: line.findings for line in lines}
    if superseded_by is not None:
        found = await _found_before(connection, claim, versions[1:])
    return Before(claim, lines, plans_of(claim, found, reference), newest.version, newest.decided_at, superseded_by)


async def read_lines(connection: AsyncConnection, claim_id: str, version: Any) -> tuple[LineDetermination, ...]:
    """Read the lines of one version of a determination, from its event, with their signatures."""
    stored = (await connection.execute(_LINES, {"claim": claim_id, "version": version.version})).all()
    by_line = {row.line: row for row in stored}
    lines = orjson.loads(version.event)["data"]["lines"]
    rows = [by_line[line["line"]] for line in lines]
    return tuple(
        read_line(line, clinical=row.clinical, signature=read_signature(row))
        for line, row in zip(lines, rows, strict=True)
    )


async def _found_before(
    connection: AsyncConnection, claim: Claim, earlier: Sequence[Any]
) -> dict[LineNumber, tuple[Finding, ...]]:
    """Return what was found on a claim that was taken back: by the version before, or while it waited."""
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
