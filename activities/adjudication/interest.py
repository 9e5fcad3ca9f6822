"""What a late payment costs besides: the interest of decisions that pay after a legal clock ran out.

Nearly every claim is decided long before any clock can have run out; for those nothing is read and nothing computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from activities.adjudication.working_set import ClaimWork
from activities.ports import DecisionStore
from adjudication.deadlines.late_payment import Payment, late_interest, may_be_late, paid_more
from adjudication.model.determination import Determination
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.steps.roster import contract_status


async def times_of_late(
    claims: Sequence[ClaimWork], decisions: DecisionStore, reference: ReferenceData
) -> Mapping[ClaimId, CaseTimes]:
    """Read what happened to those of the claims that may be paid late, and only to those."""
    late = [work.stored.claim.claim_id for work in claims if _late(work, reference)]
    return await decisions.case_times(late) if late else {}


def tell_interest(work: ClaimWork, late: Mapping[ClaimId, CaseTimes], reference: ReferenceData) -> None:
    """Put the interest into the decision of a claim that was read as late; done twice, it is the same."""
    decision, known = work.decision, late.get(work.stored.claim.claim_id)
    if not isinstance(decision, Determination) or known is None:
        return
    more = paid_more(decision, work.eligibility.plans, {}, work.chain.replaced_paid)
    times = replace(known, decided_at=decision.decided_at, contracts=contract_status(work.providers))
    payment = Payment(times, decision.decided_at, more)
    work.decision = replace(decision, interest=late_interest(payment, reference))


def _late(work: ClaimWork, reference: ReferenceData) -> bool:
    decision = work.decision
    return isinstance(decision, Determination) and may_be_late(work.stored.claim.received_at, decision, reference)
