"""Hospital lines that belong to an inpatient stay, which this product does not price: a person prices them.

A contract's outpatient rates pay outpatient bills only. Medicare pays a hospital's technical services of the three days
before an admission, and of its day, with the stay (42 CFR 412.2(c)(5)); whether another plan's contract has such days
is plan data. A plan that does not say is not a plan that pays apart. The reading is a physician's service.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import Citation
from adjudication.model.prices import InpatientWindow, ReductionHandling
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import ClaimForm
from adjudication.steps.pricing import ByHand

_UNSTATED: Final = InpatientWindow(
    3,
    ReductionHandling.BY_HAND,
    Citation("42-cfr-412-2", "(c)(5), Medicare's days; the plan does not say whether it has them"),
)


def priced_with_stay(claim: Claim, line: ClaimLine, plan: Plan) -> ByHand | None:
    """Return why a line may be part of an inpatient stay; None where nothing on the claim points to one."""
    if claim.form is not ClaimForm.INSTITUTIONAL:
        return None
    if plan.facility_schedule is None or claim.bill_type is None:
        return None  # priced by a person anyway, or refused at the front end
    if claim.bill_type[:2] not in plan.facility_bills:
        return ByHand(f"the hospital schedule does not price bills of type {claim.bill_type[:2]}x", plan.citation)
    window = plan.inpatient_window or _UNSTATED
    if claim.admitted_on is None or window.handling is ReductionHandling.NOT_APPLIED:
        return None
    if line.service_date <= claim.admitted_on <= line.service_date + timedelta(days=window.days):
        why = f"the patient was admitted within {window.days} days after the service, so the stay may pay for it"
        return ByHand(why, window.citation)
    return None
