"""Hospital lines that belong to an inpatient stay, which this product does not price: a person prices them.

A contract's outpatient rates pay outpatient bills only. Medicare pays a hospital's technical services of the three days
before an admission, and of its day, with the stay (42 CFR 412.2(c)(5)); whether another plan's contract has such days
is plan data. A plan that does not say is not a plan that pays apart. The reading is a physician's service. The stay may
be stated on the claim itself or billed by another claim of the member (adjudication/edits/stays.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import Citation, Finding
from adjudication.model.prices import InpatientWindow, ReductionHandling
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import ClaimForm
from adjudication.steps.pricing import ByHand

INPATIENT: Final = "11"
"""The first two positions of the type of bill of a hospital's inpatient stay (NUBC form locator 4)."""
_UNSTATED: Final = InpatientWindow(
    3,
    ReductionHandling.BY_HAND,
    Citation("42-cfr-412-2", "(c)(5), Medicare's days; the plan does not say whether it has them"),
)


def window_of(plan: Plan) -> InpatientWindow:
    """Return the days before an admission that the plan's contract has; where it does not say, Medicare's, for a person."""
    return plan.inpatient_window or _UNSTATED


def priced_with_stay(claim: Claim, line: ClaimLine, plan: Plan, findings: Iterable[Finding]) -> ByHand | None:
    """Return why a line may be part of an inpatient stay; None where neither the claim nor a finding points to one."""
    if claim.form is not ClaimForm.INSTITUTIONAL or plan.facility_schedule is None or claim.bill_type is None:
        return None  # else priced by a person anyway, or refused at the front end
    if claim.bill_type[:2] not in plan.facility_bills:
        return ByHand(f"the hospital schedule does not price bills of type {claim.bill_type[:2]}x", plan.citation)
    window = window_of(plan)
    if any(finding.outcome == outcomes.STAY_ON_FILE for finding in findings):
        why = f"the hospital bills a stay that began within {window.days} days after the service, so the stay may pay for it"
        return ByHand(why, window.citation)
    if claim.admitted_on is None or window.handling is ReductionHandling.NOT_APPLIED:
        return None
    if line.service_date <= claim.admitted_on <= line.service_date + timedelta(days=window.days):
        why = f"the patient was admitted within {window.days} days after the service, so the stay may pay for it"
        return ByHand(why, window.citation)
    return None
