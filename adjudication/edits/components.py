"""One study is paid once over all billers: once globally, or its technical part once and its reading once.

A line that bills a part which an earlier claim already bills is not a certain duplicate: a study may have been done twice.
It pends for a coder, with the claim it was found on. Exact duplicates are denied (adjudication/edits/duplicates.py). A line
that says that its biller repeated the service is not suspected, whichever of the two lines it is, since the units edit checks it; another biller's repeat
(77) is suspected, since a biller's statement alone does not pay a study twice (CMS Claims Processing Manual, chapter 13, 100.1). The spine MRS family is split by code, not by modifier
(adjudication/edits/family.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from adjudication.edits.context import EditContext, LineView, pends
from adjudication.edits.duplicates import REPEATS
from adjudication.edits.same_day import billed_service, past_service
from adjudication.model import outcomes
from adjudication.model.components import Component, billed_component, share_a_part
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.vocabulary import ClaimForm

MAY_BE_SPLIT = "1"  # PC/TC indicator
_CITATION = Citation("claims-practice", "B1 step 3: duplicate")


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a study that a line bills, its day, and `exact`, the key that exact duplicates share."""

    component: Component | None
    day: date
    exact: tuple[object, ...]
    biller: str
    shown: tuple[Evidence, ...] = ()


_Parts = dict[tuple[str, date], dict[Component | None, list[_Part]]]
"""Parts by code and day, then by component. Two with different `exact` keys suffice, since a line equals at most one of them."""


def check_components(context: EditContext) -> Iterator[Finding]:
    """Find lines that bill a part of a study which an earlier line, on this claim or another, already bills."""
    if not _repeated(context):
        return
    family, own = context.reference.family.codes, context.claim.billing.npi
    elsewhere, here = _earlier_parts(context), _Parts()
    for view in context.views:
        if view.procedure is None or view.line.code in family:
            continue
        part = _part(view, context)
        alone = replace(part, exact=tuple(sorted(view.line.modifiers)))
        near = _met(view.line.code, alone, here, context)
        met = near or _met(view.line.code, part, elsewhere, context)
        repeats = REPEATS.intersection((*view.line.modifiers, *(near.exact if near is not None else ())))
        if met is not None and not (met.biller == own and repeats):
            outcome = outcomes.SUSPECTED_DUPLICATE if met.biller == own else outcomes.COMPONENT_ELSEWHERE
            kind = () if part.component is None else (Evidence("component", part.component),)
            yield pends(outcome, EDIT_PEND, view.line, _CITATION, *met.shown, *kind)
        _keep(here, view.line.code, alone)


def _repeated(context: EditContext) -> bool:
    """Return whether a code of the claim is billed more than once, here or before. For most claims this is false."""
    codes = {view.line.code for view in context.views}
    return len(codes) < len(context.views) or any(past.code in codes for past in context.history)


def _earlier_parts(context: EditContext) -> _Parts:
    parts = _Parts()
    codes = {view.line.code for view in context.views}
    for past in context.history:  # also of other days, because of readings
        if past.code not in codes or past.sequence >= context.sequence:
            continue
        procedure = context.reference.procedure(past.code, past.service_date)
        if procedure is not None:
            component = billed_component(past.modifiers, past.form, procedure.pc_tc)
            exact = past_service(past, context.claim)
            shown = (Evidence("claim", past.claim_id), Evidence("state", past.state.value))
            _keep(parts, past.code, _Part(component, past.service_date, exact, past.billing_npi, shown))
    return parts


def _keep(parts: _Parts, code: str, part: _Part) -> None:
    alike = parts.setdefault((code, part.day), {}).setdefault(part.component, [])
    if not alike or (len(alike) == 1 and alike[0].exact != part.exact):
        alike.append(part)


def _met(code: str, part: _Part, parts: _Parts, context: EditContext) -> _Part | None:
    """Return an earlier line that bills the same part of the study, and is not an exact duplicate.

    A reading may be dated some days after its study.
    """
    if not parts:
        return None
    reach = context.reference.reading.days
    for apart in (0, *(days * way for days in range(1, reach + 1) for way in (-1, 1))):
        for alike in parts.get((code, part.day + timedelta(days=apart)), {}).values():
            for other in alike:
                exact = apart == 0 and other.exact == part.exact
                if not exact and _overlap(part, other, apart):
                    return other
    return None


def check_places(context: EditContext) -> Iterator[Finding]:
    """Find a technical part on a professional claim that the hospital bills, and any part from a place where no scan is made."""
    rules = context.reference.reading
    if context.claim.form is not ClaimForm.PROFESSIONAL:
        return
    for view in context.views:
        where = context.claim.line_place_of_service(view.line)
        if where is None or view.plan is None or view.procedure is None or view.procedure.pc_tc != MAY_BE_SPLIT:
            continue
        shown = Evidence("place_of_service", where)
        hospital = rules.bundled.get(view.plan.product_line) if where in rules.hospital_places else None
        reading = _part(view, context).component is Component.PROFESSIONAL
        bars = None if reading else rules.not_scanned_for.get((where, view.plan.product_line))
        if where not in rules.scanner_places:
            yield pends(outcomes.PLACE_WITHOUT_SCANNER, EDIT_PEND, view.line, rules.scanners_cited, shown)
        elif bars is not None:
            yield pends(outcomes.PLACE_WITHOUT_SCANNER, EDIT_PEND, view.line, bars, shown)
        elif hospital is not None and not reading:
            yield pends(outcomes.TECHNICAL_OF_HOSPITAL, EDIT_PEND, view.line, hospital, shown)


def _part(view: LineView, context: EditContext) -> _Part:
    line, biller = view.line, context.claim.billing.npi
    pc_tc = "unknown" if view.procedure is None else view.procedure.pc_tc
    component = billed_component(line.modifiers, context.claim.form, pc_tc)
    exact = billed_service(context.claim, line)
    return _Part(component, line.service_date, exact, biller, (Evidence("line", str(line.number)),))


def _overlap(one: _Part, other: _Part, apart: int) -> bool:
    """Return whether two lines so many days apart may bill one part of one study."""
    if apart == 0:
        return share_a_part(one.component, other.component)
    return {one.component, other.component} == {Component.PROFESSIONAL, Component.GLOBAL}
