"""A claim as last determined, read back from the event that told it and the rows beside it: what an appeal is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.superseding import Before
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Adjustment, Disposition, LineDetermination, ReviewerSignature
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import (
    AUTHORIZATION_PEND,
    COORDINATION_PEND,
    CORRECTION_PEND,
    EDIT_PEND,
    ELIGIBILITY_PEND,
    INVESTIGATION_PEND,
    PHYSICIAN_PEND,
    PRICE_PEND,
    PROVIDER_PEND,
)
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, GroupCode, LineNumber, OutcomeCode, PlanId, Step, Verdict
from adjudication.steps.secondary_payment import prior_payment
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
    SELECT l.line, l.clinical, s.signature_id, s.reviewer_id, s.role, s.licence_number, s.licence_state, s.signed_at,
           s.rationale
    FROM determination_lines l LEFT JOIN reviewer_signatures s USING (signature_id)
    WHERE l.claim_id = CAST(:claim AS uuid) AND l.version = :version
""")
_OWNERS: Final = {
    Step.INTAKE: CORRECTION_PEND,
    Step.ELIGIBILITY: ELIGIBILITY_PEND,
    Step.COORDINATION: COORDINATION_PEND,
    Step.PROVIDER: PROVIDER_PEND,
    Step.AUTHORIZATION: AUTHORIZATION_PEND,
    Step.EDITS: EDIT_PEND,
    Step.NECESSITY: PHYSICIAN_PEND,
    Step.PRICING: PRICE_PEND,
}
"""Who settles a finding of a step that would have waited, had another not denied the line: the event does not say."""

_HELD: Final = {outcomes.PROVIDER_INVESTIGATED: INVESTIGATION_PEND}
"""Outcomes whose owner is not the one of their step."""


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
    told = orjson.loads(newest.event)["data"].get("superseded_by")
    superseded_by = None if told is None else ClaimId(told)
    found = {line.line: line.findings for line in lines}
    if superseded_by is not None:
        found = await _found_before(connection, claim, versions[1:])
    return Before(claim, lines, plans_of(claim, found, reference), newest.version, newest.decided_at, superseded_by)


async def read_lines(connection: AsyncConnection, claim_id: str, version: Any) -> tuple[LineDetermination, ...]:
    """Read the lines of one version of a determination, as its event told them and with their signatures."""
    beside = (await connection.execute(_LINES, {"claim": claim_id, "version": version.version})).all()
    by_line = {row.line: row for row in beside}
    return tuple(_line(line, by_line[line["line"]]) for line in orjson.loads(version.event)["data"]["lines"])


async def _found_before(
    connection: AsyncConnection, claim: Claim, earlier: Sequence[Any]
) -> dict[LineNumber, tuple[Finding, ...]]:
    """Return what was found on a claim that was taken back: by the version before, or while it waited."""
    if earlier:
        return {line.line: line.findings for line in await read_lines(connection, claim.claim_id, earlier[0])}
    stored = (await connection.scalars(_FOUND, {"claim": claim.claim_id})).first()
    findings = tuple(_finding(each) for each in orjson.loads(stored or "[]"))
    return {line.number: tuple(f for f in findings if f.line in (None, line.number)) for line in claim.lines}


def plans_of(
    claim: Claim, found: Mapping[LineNumber, Sequence[Finding]], reference: ReferenceData
) -> dict[LineNumber, Plan]:
    """Return the plan that governed each line, as its findings name it; lines without one are absent."""
    plans: dict[LineNumber, Plan] = {}
    for line in claim.lines:
        named = (e.value for finding in found.get(line.number, ()) for e in finding.evidence if e.name == "plan")
        plan_id = next(named, None)
        plan = None if plan_id is None else reference.plan(PlanId(plan_id), line.service_date)
        if plan is not None:
            plans[line.number] = plan
    return plans


def _line(told: dict[str, Any], row: Any) -> LineDetermination:
    findings = tuple(_finding(each) for each in told["findings"])
    approved = told["disposition"] == Disposition.APPROVED
    prior = prior_payment(findings) if approved else None
    return LineDetermination(
        line=LineNumber(told["line"]),
        code=told["code"],
        disposition=Disposition(told["disposition"]),
        charge=Decimal(told["charge"]),
        paid=Decimal(told["paid"]),
        adjustments=tuple(_adjustment(each) for each in told.get("adjustments", ())),
        reason=OutcomeCode(told["reason"]),
        would_also_fail=tuple(OutcomeCode(code) for code in told.get("would_also_fail", ())),
        findings=findings,
        clinical=row.clinical,
        signature=_signature(row),
        prior_payers=0 if prior is None else prior.payers,
    )


def _adjustment(told: dict[str, Any]) -> Adjustment:
    return Adjustment(GroupCode(told["group"]), told["carc"], Decimal(told["amount"]), tuple(told.get("rarcs", ())))


def _finding(told: dict[str, Any]) -> Finding:
    verdict, step, outcome = Verdict(told["verdict"]), Step(told["step"]), OutcomeCode(told["outcome"])
    return Finding(
        step=step,
        outcome=outcome,
        verdict=verdict,
        citation=Citation(told["citation"]["source"], told["citation"]["locator"]),
        line=LineNumber(told["line"]) if told.get("line") else None,
        evidence=tuple(Evidence(e["name"], e["value"]) for e in told.get("evidence", ())),
        pend=_HELD.get(outcome, _OWNERS[step]) if verdict is Verdict.PENDS else None,
    )


def _signature(row: Any) -> ReviewerSignature | None:
    if row.signature_id is None:
        return None
    return ReviewerSignature(
        row.reviewer_id, row.role, row.licence_number, row.licence_state, row.signed_at, row.rationale
    )
