"""Hospital lines that belong to an inpatient stay, which this product does not price: a person prices them.

A contract's outpatient rates pay outpatient bills only. Medicare's payment for a stay includes the hospital's technical services on the day
of admission and the three days before (42 CFR 412.2(c)(5)); plan data state whether another plan's contract does the same. If
they do not, a person prices such lines. The reading is a physician's service and is paid separately. The stay may
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
    """Return the plan's days before an admission; if the plan states none, Medicare's, for which a person prices the lines."""
    return plan.inpatient_window or _UNSTATED


def priced_with_stay(claim: Claim, line: ClaimLine, plan: Plan, findings: Iterable[Finding]) -> ByHand | None:
    """Return why a line may be part of an inpatient stay; None where neither the claim nor a finding points to one."""
    if claim.form is not ClaimForm.INSTITUTIONAL or plan.facility_schedule is None or claim.bill_type is None:
        return None  # other claims: not a hospital's, priced by a person anyway, or rejected by intake
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
