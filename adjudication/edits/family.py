"""The four components of one spine MRS study, across claims and billers (domain pattern: split billing).

The codes are not add-on codes, so no published edit demands the acquisition with the rest; this rule is the
payer's own. A dependent component waits for its acquisition, then is denied as an orphan. A component billed
twice, even by two billers, gets its finding on the later claim.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from adjudication.edits.context import EditContext, denies, pends
from adjudication.edits.same_day import billed_service, past_service
from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.pends import EDIT_PEND, FAMILY_PEND
from adjudication.model.vocabulary import ClaimId


def check_family(context: EditContext) -> Iterator[Finding]:
    """Find dependent components without an acquisition, and components that another claim already bills."""
    family = context.reference.family
    if not any(view.line.code in family.codes for view in context.views):
        return
    acquired, billed = _acquired(context), _billed_before(context)
    for view in context.views:
        if view.line.code in family.dependent and not _near(acquired, view.line.service_date, family.window_days):
            yield _orphan(view.line, context)
        if view.line.code in family.codes:
            yield from _elsewhere(view.line, context, billed)


def completed_claims(context: EditContext) -> tuple[ClaimId, ...]:
    """Waiting claims whose dependent component this claim's acquisition completes."""
    family = context.reference.family
    acquired = sorted({v.line.service_date for v in context.views if v.line.code in family.acquisition})
    if not acquired:
        return ()
    waiting = (
        past.claim_id
        for past in (*context.history, *context.undecided)
        if past.state is LineState.PENDED
        and past.code in family.dependent
        and _near(acquired, past.service_date, family.window_days)
    )
    return tuple(dict.fromkeys(waiting))


def _acquired(context: EditContext) -> list[date]:
    """Return the days of every acquisition, of this claim and of others, in order."""
    acquisition = context.reference.family.acquisition
    here = {view.line.service_date for view in context.views if view.line.code in acquisition}
    return sorted(here | {past.service_date for past in context.history if past.code in acquisition})


def _billed_before(context: EditContext) -> dict[tuple[str, date], tuple[HistoryLine, ...]]:
    """Return the components that earlier claims bill: per code and day the first one, and the first that differs from it.

    A line is the same service as at most one of the two; the other one is the component found elsewhere.
    """
    found: dict[tuple[str, date], tuple[HistoryLine, ...]] = {}
    for past in context.earlier:
        if past.code in context.reference.family.codes:
            key = (past.code, past.service_date)
            known = found.get(key, ())
            if not known or (
                len(known) == 1 and past_service(known[0], context.claim) != past_service(past, context.claim)
            ):
                found[key] = (*known, past)
    return found


def _orphan(line: ClaimLine, context: EditContext) -> Finding:
    family = context.reference.family
    until = context.claim.received_at + timedelta(days=family.wait_days)
    evidence = (
        Evidence("needs", "+".join(sorted(family.acquisition))),
        Evidence("waits_until", until.date().isoformat()),
    )
    if context.as_of < until:
        return pends(outcomes.FAMILY_WAITING, FAMILY_PEND, line, family.citation, *evidence)
    return denies(outcomes.FAMILY_ORPHAN, line, family.citation, *evidence)


def _elsewhere(
    line: ClaimLine, context: EditContext, billed: Mapping[tuple[str, date], Sequence[HistoryLine]]
) -> Iterator[Finding]:
    own = billed_service(context.claim, line)
    for past in billed.get((line.code, line.service_date), ()):
        if past_service(past, context.claim) != own:
            evidence = (Evidence("claim", past.claim_id), Evidence("state", past.state.value))
            yield pends(outcomes.COMPONENT_ELSEWHERE, EDIT_PEND, line, context.reference.family.citation, *evidence)
            return


def _near(days: Sequence[date], day: date, window: int) -> bool:
    """Return whether one of these sorted days is at most `days` from another day."""
    first = bisect_left(days, day - timedelta(days=window))
    return first < len(days) and days[first] <= day + timedelta(days=window)
