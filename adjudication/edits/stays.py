"""Compares claims with an inpatient stay on another claim: the stay pays for scans within it, and may pay for services shortly before it.

adjudication/steps/inpatient_stays.py handles an admission that the claim itself states, and the price. Before the
stay only claims of one hospital are compared: a center that the hospital owns states modifier PD.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from adjudication.edits.components import MAY_BE_SPLIT
from adjudication.edits.context import EditContext, notes, pends
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.components import Component, billed_component
from adjudication.model.findings import Evidence, Finding
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.pends import EDIT_PEND
from adjudication.model.prices import ReductionHandling
from adjudication.model.vocabulary import ClaimForm, ClaimId
from adjudication.steps.inpatient_stays import INPATIENT, window_of

_MOST_NAMED: Final = 5


def check_stays(context: EditContext) -> Iterator[Finding]:
    """Note the lines of which a stay on file may pay; on a stay's own bill, the claims paid before that it may pay for."""
    claim = context.claim
    if claim.form is not ClaimForm.INSTITUTIONAL:
        yield from _made_in_a_stay(context)
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


def _made_in_a_stay(context: EditContext) -> Iterator[Finding]:
    """Ask a coder about the technical part of a professional claim between the first and the last day of a stay on file.

    The hospital bills its inpatients' scans, wherever they are made. On the first and the last day the patient may have been an
    outpatient, and a line whose own place says that it is a hospital's is found by its place (adjudication/edits/components.py).
    """
    stays = {(past.claim_id, past.admitted_on, past.stay_through) for past in context.history if past.admitted_on}
    rules, form = context.reference.reading, context.claim.form
    for view in context.views if stays else ():
        line, procedure = view.line, view.procedure
        if view.plan is None or procedure is None or procedure.pc_tc != MAY_BE_SPLIT:
            continue
        why = rules.bundled.get(view.plan.product_line)
        by_place = context.claim.line_place_of_service(line) in rules.hospital_places
        reading = billed_component(line.modifiers, form, procedure.pc_tc) is Component.PROFESSIONAL
        if why is None or by_place or reading:
            continue
        within = {claim for claim, first, last in stays if first and last and first < line.service_date < last}
        if within:
            shown = (Evidence("claim", each) for each in sorted(within)[:_MOST_NAMED])
            yield pends(outcomes.TECHNICAL_OF_HOSPITAL, EDIT_PEND, line, why, *shown)


def _begun_after(day: date, stays: Iterable[tuple[ClaimId, date]], days: timedelta) -> set[ClaimId]:
    return {claim for claim, admitted in stays if day <= admitted <= day + days}


def _paid_before(own: Iterable[HistoryLine], claim: Claim, days: timedelta) -> set[ClaimId]:
    """Return the claims paid before an admission; without a stated admission, the day of the first service counts."""
    admitted = claim.admitted_on or min(line.service_date for line in claim.lines)
    outpatient = (past for past in own if past.form is ClaimForm.INSTITUTIONAL and past.admitted_on is None)
    paid = (past for past in outpatient if past.state is LineState.APPROVED)
    return {past.claim_id for past in paid if admitted - days <= past.service_date <= admitted}
