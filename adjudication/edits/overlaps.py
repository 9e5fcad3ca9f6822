"""One region imaged by two billers on one day under codes that differ in contrast: one study, coded twice.

72148 (without contrast) and 72149 (with contrast) of one day are the one code 72158. NCCI denies such a pair of one
provider; across two billers nothing says which of them imaged what, so the later line pends for a coder and is not paid
next to the earlier one; a modifier by which its biller calls it distinct or repeated is no proof. A hospital's 72148 and a radiologist's
72158-26 are two parts of one study under two codes, and one of them is wrong: the later one pends, unless its own counterpart is
on file, too. The same code from two billers is found by adjudication/edits/components.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from adjudication.edits.context import EditContext, LineView, pends
from adjudication.model import outcomes
from adjudication.model.components import Component, billed_component, share_a_part
from adjudication.model.findings import Evidence, Finding
from adjudication.model.history import HistoryLine
from adjudication.model.pends import EDIT_PEND
from adjudication.model.reference import ProcedureCode

_Study = tuple[str, str, date]
"""Modality, region and day."""


def check_overlaps(context: EditContext) -> Iterator[Finding]:
    """Find lines that image a region which another biller's earlier line of that day images with other contrast."""
    own = context.claim.billing.npi
    others = [past for past in context.earlier if past.billing_npi != own]
    if not others:
        return
    elsewhere = _by_study(others, context)
    for view in context.views:
        study = None if view.procedure is None else _study(view.procedure, view.line.service_date)
        if study is None or view.procedure is None:
            continue
        part = billed_component(view.line.modifiers, context.claim.form, view.procedure.pc_tc)
        there = elsewhere.get(study, ())
        met = next((p for p, c in there if p.code != view.line.code and share_a_part(part, c)), None)
        if met is None and not _has_counterpart(view, context):
            met = next((past for past, _ in there if past.code != view.line.code), None)
        if met is not None:
            shown = (("claim", met.claim_id), ("state", met.state.value), ("code", met.code))
            evidence = (Evidence(name, value) for name, value in shown)
            cited = context.reference.reading.other_contrast
            yield pends(outcomes.COMPONENT_ELSEWHERE, EDIT_PEND, view.line, cited, *evidence)


def _has_counterpart(view: LineView, context: EditContext) -> bool:
    """Return whether another line of the day, here or on an earlier claim, bills the same code: then both parts agree."""
    same = (view.line.code, view.line.service_date)
    here = any(other is not view and (other.line.code, other.line.service_date) == same for other in context.views)
    return here or any((past.code, past.service_date) == same for past in context.earlier)


def _by_study(
    past: list[HistoryLine], context: EditContext
) -> dict[_Study, list[tuple[HistoryLine, Component | None]]]:
    """Group lines by the imaged study; the first line of each code and part is enough."""
    found: dict[_Study, dict[tuple[str, Component | None], HistoryLine]] = {}
    for line in past:
        procedure = context.reference.procedure(line.code, line.service_date)
        study = None if procedure is None else _study(procedure, line.service_date)
        if study is not None and procedure is not None:
            part = billed_component(line.modifiers, line.form, procedure.pc_tc)
            found.setdefault(study, {}).setdefault((line.code, part), line)
    return {study: [(line, part) for (_, part), line in lines.items()] for study, lines in found.items()}


def _study(procedure: ProcedureCode, day: date) -> _Study | None:
    """Return the study that a code images; None if contrast does not distinguish the codes of its region."""
    if procedure.region is None or procedure.contrast is None:
        return None
    return procedure.modality, procedure.region, day
