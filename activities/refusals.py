"""A decision the database would not take: two claims approved the same component at the same moment.

The unique index on approved components is the last line of defence; the edits saw the other line still in
process. The claim pends, and the next try sees the other claim decided, so the rules (not this module) answer
it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from activities.determination import findings_of
from activities.working_set import ClaimWork
from adjudication.determination import Decision, Determination, Disposition, Pend, Pended, failed_step
from adjudication.findings import Evidence, Finding
from adjudication.outcomes import COMPONENT_ELSEWHERE
from adjudication.reference import ReferenceData
from adjudication.vocabulary import LineNumber, PendCode, Step, Verdict
from contracts.workflow_messages import SYSTEM_PEND

_OVERRIDE_PEND: Final = PendCode("P-EDIT-OVR")


def pended_by_refusal(work: ClaimWork, now: datetime, reference: ReferenceData) -> Pended:
    """Pend a refused claim: on its approved components if it has any, else to operations."""
    findings = tuple(_elsewhere(line, reference) for line in _components(work.decision, reference))
    if not findings:
        findings = (failed_step(Step.PRICING, "CommitRefused"),)
    return Pended(
        claim_id=work.stored.claim.claim_id,
        pends=tuple(_pend(finding, now, reference) for finding in findings),
        findings=(*findings_of(work), *findings),
        policy_bundle=reference.content_hash,
    )


def _components(decision: Decision | None, reference: ReferenceData) -> list[LineNumber]:
    lines = decision.lines if isinstance(decision, Determination) else ()
    approved = (line for line in lines if line.disposition is Disposition.APPROVED)
    return [line.line for line in approved if line.code in reference.family.codes]


def _elsewhere(line: LineNumber, reference: ReferenceData) -> Finding:
    return Finding(
        step=Step.EDITS,
        outcome=COMPONENT_ELSEWHERE,
        verdict=Verdict.PENDS,
        citation=reference.family.citation,
        line=line,
        evidence=(Evidence("found_at", "commit"),),
        pend=_OVERRIDE_PEND,
    )


def _pend(finding: Finding, now: datetime, reference: ReferenceData) -> Pend:
    rule = reference.pends[finding.pend or PendCode(SYSTEM_PEND)]
    return Pend(
        code=rule.code,
        outcome=finding.outcome,
        line=finding.line,
        owner=rule.owner,
        priority=rule.priority,
        due_at=now + timedelta(days=rule.due_days),
        releases_on=rule.releases_on,
        resume_at=rule.resume_at,
    )
