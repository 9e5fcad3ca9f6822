"""A claim as last determined, read back from the event that told it and the rows beside it: what an appeal is about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.superseding import Before
from adjudication.claim import Claim
from adjudication.determination import Adjustment, Disposition, LineDetermination, ReviewerSignature
from adjudication.findings import Citation, Evidence, Finding
from adjudication.reference import Plan, ReferenceData
from adjudication.vocabulary import GroupCode, LineNumber, OutcomeCode, PendCode, PlanId, Step, Verdict
from storage.review_store import claim_of

_CLAIM: Final = text("SELECT payload::text, received_at FROM claims WHERE claim_id = CAST(:claim AS uuid)")
_NEWEST: Final = text("""
    SELECT version, event::text, decided_at FROM determinations WHERE claim_id = CAST(:claim AS uuid)
    ORDER BY version DESC LIMIT 1
""")
_LINES: Final = text("""
    SELECT l.line, l.clinical, s.signature_id, s.reviewer_id, s.role, s.licence_number, s.licence_state, s.signed_at,
           s.rationale
    FROM determination_lines l LEFT JOIN reviewer_signatures s USING (signature_id)
    WHERE l.claim_id = CAST(:claim AS uuid) AND l.version = :version
""")
_OWNERS: Final = {
    Step.INTAKE: PendCode("P-CHAIN"),
    Step.ELIGIBILITY: PendCode("P-ELIG"),
    Step.AUTHORIZATION: PendCode("P-AUTH"),
    Step.EDITS: PendCode("P-EDIT-OVR"),
    Step.NECESSITY: PendCode("P-CLIN-MD"),
    Step.PRICING: PendCode("P-PRICE"),
}
"""Who settles a finding of a step that would have waited, had another not denied the line: the event does not say."""


async def read_claim(connection: AsyncConnection, claim_id: str) -> Claim:
    """Read a claim as it was submitted; raises NoResultFound when the ledger does not have it."""
    payload, received_at = (await connection.execute(_CLAIM, {"claim": claim_id})).one()
    return claim_of(payload, claim_id, received_at)


async def read_before(connection: AsyncConnection, claim_id: str, reference: ReferenceData) -> Before | None:
    """Read a claim with its newest determination; None when it has none."""
    newest = (await connection.execute(_NEWEST, {"claim": claim_id})).first()
    if newest is None:
        return None
    claim = await read_claim(connection, claim_id)
    beside = (await connection.execute(_LINES, {"claim": claim_id, "version": newest.version})).all()
    by_line = {row.line: row for row in beside}
    told = orjson.loads(newest.event)["data"]["lines"]
    lines = tuple(_line(line, by_line[line["line"]]) for line in told)
    return Before(claim, lines, plans_of(claim, lines, reference), newest.version, newest.decided_at)


def plans_of(claim: Claim, lines: tuple[LineDetermination, ...], reference: ReferenceData) -> dict[LineNumber, Plan]:
    """Return the plan that governed each line, as its findings name it; lines without one are absent."""
    day = {line.number: line.service_date for line in claim.lines}
    found: dict[LineNumber, Plan] = {}
    for line in lines:
        named = (e.value for finding in line.findings for e in finding.evidence if e.name == "plan")
        plan_id = next(named, None)
        plan = None if plan_id is None else reference.plan(PlanId(plan_id), day[line.line])
        if plan is not None:
            found[line.line] = plan
    return found


def _line(told: dict[str, Any], row: Any) -> LineDetermination:
    return LineDetermination(
        line=LineNumber(told["line"]),
        code=told["code"],
        disposition=Disposition(told["disposition"]),
        charge=Decimal(told["charge"]),
        paid=Decimal(told["paid"]),
        adjustments=tuple(_adjustment(each) for each in told.get("adjustments", ())),
        reason=OutcomeCode(told["reason"]),
        would_also_fail=tuple(OutcomeCode(code) for code in told.get("would_also_fail", ())),
        findings=tuple(_finding(each) for each in told["findings"]),
        clinical=row.clinical,
        signature=_signature(row),
    )


def _adjustment(told: dict[str, Any]) -> Adjustment:
    return Adjustment(GroupCode(told["group"]), told["carc"], Decimal(told["amount"]), tuple(told.get("rarcs", ())))


def _finding(told: dict[str, Any]) -> Finding:
    verdict, step = Verdict(told["verdict"]), Step(told["step"])
    return Finding(
        step=step,
        outcome=OutcomeCode(told["outcome"]),
        verdict=verdict,
        citation=Citation(told["citation"]["source"], told["citation"]["locator"]),
        line=LineNumber(told["line"]) if "line" in told else None,
        evidence=tuple(Evidence(e["name"], e["value"]) for e in told.get("evidence", ())),
        pend=_OWNERS[step] if verdict is Verdict.PENDS else None,
    )


def _signature(row: Any) -> ReviewerSignature | None:
    if row.signature_id is None:
        return None
    return ReviewerSignature(
        row.reviewer_id, row.role, row.licence_number, row.licence_state, row.signed_at, row.rationale
    )
