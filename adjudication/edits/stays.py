"""Compares hospital claims with an inpatient stay on another claim: the stay may pay for services shortly before it.

adjudication/steps/inpatient_stays.py handles an admission that the claim itself states, and the price. Only claims of
one hospital are compared: a center that the hospital owns states modifier PD.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from adjudication.edits.context import EditContext, notes
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.findings import Evidence, Finding
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.prices import ReductionHandling
from adjudication.model.vocabulary import ClaimForm, ClaimId
from adjudication.steps.inpatient_stays import INPATIENT, window_of

_MOST_NAMED: Final = 5


def check_stays(context: EditContext) -> Iterator[Finding]:
    """Note the lines of which a stay on file may pay; on a stay's own bill, the claims paid before that it may pay for."""
    claim = context.claim
    if claim.form is not ClaimForm.INSTITUTIONAL:
        return
    own = [past for past in context.history if past.billing_npi == claim.billing.npi]
    stays = {(past.claim_id, past.admitted_on) for past in own if past.admitted_on is not None}
    inpatient = claim.bill_type is not None and claim.bill_type[:2] == INPATIENT
    for view in context.views if stays or (inpatient and own) else ():
        window = None if view.plan is None else window_of(view.plan)
        if window is None or window.handling is ReductionHandling.NOT_APPLIED:
            continue
        days = timedelta(days=window.days)
        found = _paid_before(own, claim, days) if inpatient else _begun_after(view.line.service_date, stays, days)
        if found:
            shown = (Evidence("claim", each) for each in sorted(found)[:_MOST_NAMED])
            yield notes(outcomes.STAY_ON_FILE, view.line, window.citation, *shown)


def _begun_after(day: date, stays: Iterable[tuple[ClaimId, date]], days: timedelta) -> set[ClaimId]:
    return {claim for claim, admitted in stays if day <= admitted <= day + days}


def _paid_before(own: Iterable[HistoryLine], claim: Claim, days: timedelta) -> set[ClaimId]:
    """Return the claims paid before an admission; without a stated admission, the day of the first service counts."""
    admitted = claim.admitted_on or min(line.service_date for line in claim.lines)
    outpatient = (past for past in own if past.form is ClaimForm.INSTITUTIONAL and past.admitted_on is None)
    paid = (past for past in outpatient if past.state is LineState.APPROVED)
    return {past.claim_id for past in paid if admitted - days <= past.service_date <= admitted}
