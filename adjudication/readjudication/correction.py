"""The determination that corrects an earlier version: the changed lines with their remark, the others repeated unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adjudication.deadlines.late_payment import Payment, late_interest, may_be_late, paid_more
from adjudication.model.correction_note import CorrectionNote
from adjudication.model.determination import Determination
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PlanId
from adjudication.readjudication.judgment import Receivable
from adjudication.readjudication.proposal import Case, Proposal
from adjudication.review.claim_deadlines import CaseTimes


def corrected(
    case: Case, proposal: Proposal, owed: Receivable | None, now: datetime, reference: ReferenceData
) -> Determination:
    """Return the next version of the claim, without interest. Raises the errors of LineDetermination and Determination."""
    remark = reference.reopening.remarks[proposal.adverse].get(case.reason)
    note = CorrectionNote(
        case.reason,
        case.cause,
        tuple(line.before.line for line in proposal.changes),
        proposal.adds,
        proposal.takes,
        None if owed is None else owed.not_before,
        None if owed is None else owed.dispute_until,
        None if owed is None else owed.citation,
    )
    return Determination(
        case.before.claim.claim_id,
        now,
        tuple(line.after for line in proposal.lines),
        reference.content_hash,
        version=case.before.version + 1,
        remarks=() if remark is None else (remark,),
        pending=case.before.pending,
        repeated=tuple(line.before.line for line in proposal.lines if not line.changed),
        correction=note,
    )


def with_interest(
    decision: Determination,
    case: Case,
    proposal: Proposal,
    times: CaseTimes,
    contracts: dict[PlanId, bool],
    reference: ReferenceData,
) -> Determination:
    """Add the interest on the additional payment, if it is late.

    Where the claim became payable only by the cause of the reopening, the time to pay begins when that cause arose.
    """
    since = case.raised_at if case.reason in reference.reopening.payable_since else times.received_at
    if not may_be_late(since, decision, reference):
        return decision
    plans = {line: plan for line, plan in proposal.plans.items() if line in {c.before.line for c in proposal.changes}}
    stood = {line.line: line.paid for line in case.before.lines}
    if since != times.received_at:
        times = replace(times, received_at=since, asked=(), answered=(), decided_at=None, waits=())
    known = replace(times, contracts=contracts, pends=())
    payment = Payment(known, decision.decided_at, paid_more(decision, plans, stood, Decimal(0)))
    return replace(decision, interest=late_interest(payment, reference))
