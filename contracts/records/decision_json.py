"""Findings, determination lines and signatures as JSON: the only module that writes and reads them.

The ledger (`traces`, `determinations`) and the events use the same JSON, so a reader of either calls this module. JSON
written before findings had a typed `detail` is read as well: `_detail_from_evidence` derives the detail from the names
and the order of the evidence, and nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from adjudication.model import outcomes
from adjudication.model.determination import (
    Adjustment,
    Disposition,
    LineDetermination,
    ReviewerSignature,
)
from adjudication.model.findings import (
    AuthorizationDetail,
    Citation,
    Detail,
    DocumentNeed,
    Evidence,
    Finding,
    PlanDetail,
    PolicyDetail,
    ProposalDetail,
    ProposedLine,
)
from adjudication.model.other_payers import PriorPayment
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
from adjudication.model.vocabulary import (
    AuthorizationNumber,
    GroupCode,
    LineNumber,
    OutcomeCode,
    PendCode,
    PlanId,
    Step,
    Verdict,
)
from adjudication.steps.secondary_payment import prior_payment

Json = dict[str, Any]

_PEND_OF_STEP: Final = {
    Step.INTAKE: CORRECTION_PEND,
    Step.ELIGIBILITY: ELIGIBILITY_PEND,
    Step.COORDINATION: COORDINATION_PEND,
    Step.PROVIDER: PROVIDER_PEND,
    Step.AUTHORIZATION: AUTHORIZATION_PEND,
    Step.EDITS: EDIT_PEND,
    Step.NECESSITY: PHYSICIAN_PEND,
    Step.PRICING: PRICE_PEND,
}
"""Older events do not say which pend code a finding had, so it follows from the step."""


def finding_json(finding: Finding) -> Json:
    """Return a finding as the ledger and the events keep it; its policy legs have a table of their own."""
    written: Json = {
        "step": finding.step.value,
        "outcome": finding.outcome,
        "verdict": finding.verdict.value,
        "citation": {"source": finding.citation.source, "locator": finding.citation.locator},
        "evidence": [{"name": each.name, "value": each.value} for each in finding.evidence],
    }
    if finding.line is not None:
        written["line"] = finding.line
    if finding.pend is not None:
        written["pend"] = finding.pend
    if finding.detail is not None:
        written["detail"] = _detail_json(finding.detail)
    return written


def _detail_json(detail: Detail) -> Json:
    match detail:
        case PlanDetail(plan_id):
            return {"plan_id": plan_id}
        case AuthorizationDetail(number):
            return {"authorization_number": number}
        case PriorPayment():
            amounts = {"charge": detail.charge, "paid": detail.paid, "accepted": detail.accepted}
            shown = {name: str(amount) for name, amount in amounts.items()}
            return {"prior_payment": {"payers": detail.payers, "patient_share": str(detail.share), **shown}}
        case PolicyDetail(policy, version, documents):
            needs = [{"kind": n.kind, "facts": n.facts, "received": n.received} for n in documents]
            written: Json = {"policy": policy, "documents": needs} if needs else {"policy": policy}
            return written if version is None else written | {"policy_version": version}
        case ProposalDetail(lines, held_until):
            proposed = [
                {
                    "line": line.line,
                    "disposition": line.disposition,
                    "payable": f"{line.paid:.2f}",
                    "reason": line.reason,
                    "people": line.people,
                }
                for line in lines
            ]
            until = {} if held_until is None else {"held_until": held_until.isoformat().replace("+00:00", "Z")}
            return {"proposed_lines": proposed, **until}


def read_finding(stored: Mapping[str, Any]) -> Finding:
    """Read a finding from the ledger or from an event."""
    step, outcome, verdict = Step(stored["step"]), OutcomeCode(stored["outcome"]), Verdict(stored["verdict"])
    evidence = tuple(Evidence(each["name"], each["value"]) for each in stored.get("evidence", ()))
    detail = stored.get("detail")
    return Finding(
        step=step,
        outcome=outcome,
        verdict=verdict,
        citation=Citation(stored["citation"]["source"], stored["citation"]["locator"]),
        line=LineNumber(stored["line"]) if stored.get("line") else None,
        evidence=evidence,
        pend=_pend(stored, step, outcome) if verdict is Verdict.PENDS else None,
        detail=_detail_from_evidence(step, outcome, evidence) if detail is None else _read_detail(detail),
    )


def _pend(stored: Mapping[str, Any], step: Step, outcome: OutcomeCode) -> PendCode:
    written = stored.get("pend")
    if written is not None:
        return PendCode(written)
    return INVESTIGATION_PEND if outcome == outcomes.PROVIDER_INVESTIGATED else _PEND_OF_STEP[step]


def _read_detail(detail: Mapping[str, Any]) -> Detail:
    if "plan_id" in detail:
        return PlanDetail(PlanId(detail["plan_id"]))
    if "authorization_number" in detail:
        return AuthorizationDetail(AuthorizationNumber(detail["authorization_number"]))
    if "prior_payment" in detail:
        prior = detail["prior_payment"]
        amounts = (Decimal(prior[name]) for name in ("charge", "paid", "patient_share", "accepted"))
        return PriorPayment(prior["payers"], *amounts)
    if "policy" in detail:
        needs = (DocumentNeed(n["kind"], tuple(n["facts"]), n["received"]) for n in detail.get("documents", ()))
        return PolicyDetail(detail["policy"], detail.get("policy_version"), tuple(needs))
    lines = (
        ProposedLine(each["line"], each["disposition"], payable(each), each["reason"], tuple(each["people"]))
        for each in detail["proposed_lines"]
    )
    until = detail.get("held_until")
    return ProposalDetail(tuple(lines), None if until is None else datetime.fromisoformat(until))


def _detail_from_evidence(step: Step, outcome: OutcomeCode, evidence: tuple[Evidence, ...]) -> Detail | None:
    """Derive the detail of a finding that was stored before findings had one."""
    named = {each.name: each.value for each in reversed(evidence)}
    if step is Step.NECESSITY and "policy" in named:
        policy, _, version = named["policy"].partition(" ")
        return PolicyDetail(policy, version or None, tuple(_documents_from_evidence(evidence)))
    if "plan" in named:
        return PlanDetail(PlanId(named["plan"]))
    if "authorization" in named and step is Step.AUTHORIZATION:
        return AuthorizationDetail(AuthorizationNumber(named["authorization"]))
    if outcome == outcomes.AFTER_PRIOR_PAYER and "prior_payers" in named:
        amounts = (Decimal(named[name]) for name in ("charge", "prior_paid", "patient_share", "accepted"))
        return PriorPayment(int(named["prior_payers"]), *amounts)
    proposed = tuple(_proposed_from_evidence(each.value) for each in evidence if each.name == "proposed")
    until = named.get("held_until")
    return ProposalDetail(proposed, None if until is None else datetime.fromisoformat(until)) if proposed else None


def _documents_from_evidence(evidence: Iterable[Evidence]) -> Iterator[DocumentNeed]:
    """Evidence lists open facts before the kind of document that would state them."""
    facts: list[str] = []
    for each in evidence:
        if each.name in ("document", "unread"):
            yield DocumentNeed(each.value, tuple(facts), received=each.name == "unread")
            facts = []
        elif each.name not in ("policy", "rule", "review_overdue_since"):
            facts.append(each.name)


def _proposed_from_evidence(value: str) -> ProposedLine:
    line, disposition, paid, reason, people = value.split(" ", 4)
    return ProposedLine(
        int(line), disposition, Decimal(paid), reason, () if people == "-" else tuple(people.split(","))
    )


def plan_named(findings: Iterable[Finding]) -> PlanId | None:
    """Return the first plan that one of the findings concerns; None where none names a plan."""
    return next((each.detail.plan_id for each in findings if isinstance(each.detail, PlanDetail)), None)


def adjustment_json(adjustment: Adjustment) -> Json:
    """Return an adjustment as the events carry it."""
    amount = f"{adjustment.amount:.2f}"
    return {"group": adjustment.group, "carc": adjustment.carc, "amount": amount, "rarcs": adjustment.rarcs}


def read_adjustments(stored: Mapping[str, Any]) -> tuple[Adjustment, ...]:
    """Read the adjustments of one line of a determination."""
    return tuple(
        Adjustment(GroupCode(each["group"]), each["carc"], Decimal(each["amount"]), tuple(each.get("rarcs", ())))
        for each in stored.get("adjustments", ())
    )


def payable(stored: Mapping[str, Any]) -> Decimal:
    """Read the amount payable before cost share; events of earlier versions name it `paid`."""
    return Decimal(stored["payable"] if "payable" in stored else stored["paid"])


def read_line(stored: Mapping[str, Any], *, clinical: bool, signature: ReviewerSignature | None) -> LineDetermination:
    """Read one line of a determination event; `clinical` and `signature` stand in rows of the ledger, not in the event."""
    findings = tuple(read_finding(each) for each in stored["findings"])
    disposition = Disposition(stored["disposition"])
    prior = prior_payment(findings) if disposition is Disposition.APPROVED else None
    return LineDetermination(
        line=LineNumber(stored["line"]),
        code=stored["code"],
        disposition=disposition,
        charge=Decimal(stored["charge"]),
        paid=payable(stored),
        adjustments=read_adjustments(stored),
        reason=OutcomeCode(stored["reason"]),
        would_also_fail=tuple(OutcomeCode(code) for code in stored.get("would_also_fail", ())),
        findings=findings,
        clinical=clinical,
        signature=signature,
        prior_payers=0 if prior is None else prior.payers,
    )


def read_signature(row: Any) -> ReviewerSignature | None:
    """Read a signature from a row joined with `reviewer_signatures`; None where the row has no signature.

    The query names its role `signed_as` and its rationale `signed_rationale`, because settlements have such columns too.
    """
    if row.signature_id is None:
        return None
    return ReviewerSignature(
        reviewer_id=row.reviewer_id,
        role=row.signed_as,
        license_number=row.licence_number,
        license_state=row.licence_state,
        signed_at=row.signed_at,
        rationale=row.signed_rationale,
    )
