"""Medically unlikely edits: units of a code per provider and day, over this claim and earlier ones.

The technical part and the reading of one study are one unit, not two. Adjudication indicator 1 counts each line, 2 is absolute, 3 may be overcome by clinical evidence. A limit of 0
(0612T on a hospital outpatient claim) means that the service does not belong on this form at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.edits.duplicates import repeated_lines
from adjudication.model import outcomes
from adjudication.model.components import Component, billed_component, share_a_part
from adjudication.model.edit_tables import EditRelease, UnitLimit
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.vocabulary import ClaimForm
from adjudication.quick_values import quick

_Counted = dict[Component | None, Decimal]
"""The units counted of one code and day, by the part of the study that they bill."""
_BY_LINE, _BY_DAY_REVIEWABLE = "1", "3"


@quick
@dataclass(frozen=True, slots=True)
class _Count:
    """The units of a line and of the lines counted before it, and whether its limit is one of the whole day."""

    view: LineView
    release: EditRelease
    limit: UnitLimit
    part: Component | None
    total: Decimal

    @property
    def over(self) -> bool:
        return self.total > self.limit.units

    @property
    def service(self) -> tuple[str, date, Component | None]:
        """The part of a code on a day."""
        return self.view.line.code, self.view.line.service_date, self.part


def check_units(context: EditContext) -> Iterator[Finding]:
    """Find lines beyond the limit, in line order; a line is not split.

    If the units of a day exceed its limit, all of them on this claim are denied, not only what is beyond it (NCCI policy manual, chapter
    I, section V). If records were announced, a person reviews the units beyond the limit. A line that repeats another one is a duplicate and causes no other line's denial.
    """
    counts = tuple(_counts(context))
    repeated = repeated_lines(context)
    beyond: dict[tuple[str, date, Component | None], Decimal] = {}
    for each in counts:
        if each.over and each.limit.indicator != _BY_LINE and each.view.line.number not in repeated:
            beyond[each.service] = max(each.total, beyond.get(each.service, each.total))
    for each in counts:
        total = each.total
        if not _reviewable(each.limit, context):
            total = max(total, beyond.get(each.service, total))
        if total > each.limit.units:
            yield _exceeded(each, total, context)


def _counts(context: EditContext) -> Iterator[_Count]:
    counted = _on_earlier_claims(context)
    for view in context.views:
        line = view.line
        limit = None if view.release is None else view.release.units.get(line.code)
        if limit is None or view.release is None:
            continue
        parts = counted.setdefault((line.code, line.service_date), {})
        part = _part(line.code, line.service_date, line.modifiers, context.claim.form, context)
        before = sum((units for other, units in parts.items() if share_a_part(part, other)), Decimal(0))
        total = line.units if limit.indicator == _BY_LINE else before + line.units
        if total <= limit.units:
            parts[part] = parts.get(part, Decimal(0)) + line.units
        yield _Count(view, view.release, limit, part, total)


def _on_earlier_claims(context: EditContext) -> dict[tuple[str, date], _Counted]:
    counted: dict[tuple[str, date], _Counted] = {}
    for past in context.earlier:
        if past.billing_npi == context.claim.billing.npi:
            part = _part(past.code, past.service_date, past.modifiers, past.form, context)
            parts = counted.setdefault((past.code, past.service_date), {})
            parts[part] = parts.get(part, Decimal(0)) + past.units
    return counted


def _part(code: str, day: date, modifiers: tuple[str, ...], form: ClaimForm, context: EditContext) -> Component | None:
    procedure = context.reference.procedure(code, day)
    return billed_component(modifiers, form, "unknown" if procedure is None else procedure.pc_tc)


def _reviewable(limit: UnitLimit, context: EditContext) -> bool:
    """Records announced with the claim may overcome a day limit with indicator 3, but never a limit of zero."""
    return limit.indicator == _BY_DAY_REVIEWABLE and limit.units > 0 and bool(context.claim.attachments)


def _exceeded(count: _Count, total: Decimal, context: EditContext) -> Finding:
    line, release, limit = count.view.line, count.release, count.limit
    evidence = (
        Evidence("units", str(total)),
        Evidence("limit", str(limit.units)),
        Evidence("indicator", limit.indicator),
        Evidence("release", f"{release.release}{', carried forward' if release.carried_forward else ''}"),
    )
    if _reviewable(limit, context):
        return pends(outcomes.UNITS_REVIEWABLE, EDIT_PEND, line, release.citation, *evidence)
    return denies(outcomes.UNITS_EXCEEDED, line, release.citation, *evidence)
