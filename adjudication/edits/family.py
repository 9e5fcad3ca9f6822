"""The four components of one spine MRS study, across claims and billers (domain pattern: split billing).

The codes are not add-on codes, so no published edit demands the acquisition with the rest; this rule is the
payer's own. A dependent component waits for its acquisition, then is denied as an orphan. A component billed
twice, by whomever, is found on the later claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from adjudication.edits.context import EditContext, denies, pends
from adjudication.edits.duplicates import is_duplicate
from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.history import LineState
from adjudication.model.pends import EDIT_PEND, FAMILY_PEND
from adjudication.model.vocabulary import ClaimId


def check_family(context: EditContext) -> Iterator[Finding]:
    """Find dependent components without an acquisition, and components that another claim already bills."""
    family = context.reference.family
    for view in context.views:
        if view.line.code in family.dependent and not _acquired(view.line, context):
            yield _orphan(view.line, context)
        if view.line.code in family.codes:
            yield from _elsewhere(view.line, context)


def completed_claims(context: EditContext) -> tuple[ClaimId, ...]:
    """Waiting claims whose dependent component this claim's acquisition completes."""
    family = context.reference.family
    acquired = [v.line.service_date for v in context.views if v.line.code in family.acquisition]
    waiting = (
        past.claim_id
        for past in (*context.history, *context.undecided)
        if past.state is LineState.PENDED
        and past.code in family.dependent
        and any(_near(past.service_date, day, family.window_days) for day in acquired)
    )
    return tuple(dict.fromkeys(waiting))


def _acquired(line: ClaimLine, context: EditContext) -> bool:
    family = context.reference.family
    here = ((view.line.code, view.line.service_date) for view in context.views)
    there = ((past.code, past.service_date) for past in context.history)
    return any(
        code in family.acquisition and _near(day, line.service_date, family.window_days)
        for codes in (here, there)
        for code, day in codes
    )


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


def _elsewhere(line: ClaimLine, context: EditContext) -> Iterator[Finding]:
    for past in context.earlier():
        same = past.code == line.code and past.service_date == line.service_date
        if same and not is_duplicate(line, past, context.claim):
            evidence = (Evidence("claim", past.claim_id), Evidence("state", past.state.value))
            yield pends(outcomes.COMPONENT_ELSEWHERE, EDIT_PEND, line, context.reference.family.citation, *evidence)
            return


def _near(one: date, other: date, days: int) -> bool:
    return abs((one - other).days) <= days
