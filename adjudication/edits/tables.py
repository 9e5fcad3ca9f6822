"""The dates and codes that the loaded edit tables cover (X-44). A line outside them pends, with the command that loads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from adjudication.edits.context import EditContext, LineView, pends
from adjudication.model import outcomes
from adjudication.model.edit_tables import EditRelease
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import POLICY_PEND
from adjudication.model.vocabulary import ClaimForm

_GAP: Final = Citation("claims-practice", "B1 step 11: edit tables of the quarter of service")
_TABLE: Final = {ClaimForm.PROFESSIONAL: "practitioner", ClaimForm.INSTITUTIONAL: "outpatient hospital"}


def check_tables(context: EditContext) -> Iterator[Finding]:
    """Pend lines for which no loaded table covers the date, the code, or another code of the same day."""
    days: dict[date, frozenset[str]] | None = None
    for view in context.views:
        if view.plan is None or not view.plan.adopts_ncci or view.line.revenue_only:
            continue
        if view.release is None:
            yield _not_loaded(view, context)
        elif view.release.complete_for is not None:
            days = _codes_by_day(context) if days is None else days
            unknown = _unknown(view, view.release, days)
            if unknown is not None:
                yield _not_loaded(view, context, Evidence("code", unknown))


def _codes_by_day(context: EditContext) -> dict[date, frozenset[str]]:
    """Return the codes that the biller bills for the member on each day of the claim, here and on other claims.

    Revenue codes form no pairs. Lines that another system decides are not compared, on any claim.
    """
    found: dict[date, set[str]] = {}
    for view in context.views:
        if not view.line.revenue_only:
            found.setdefault(view.line.service_date, set()).add(view.line.code)
    for past in context.same_days:
        own = past.billing_npi == context.claim.billing.npi and not past.revenue_only
        if own and context.reference.outside_scope(past.code, past.service_date) is None:
            found.setdefault(past.service_date, set()).add(past.code)
    return {day: frozenset(codes) for day, codes in found.items()}


def _unknown(view: LineView, release: EditRelease, days: Mapping[date, frozenset[str]]) -> str | None:
    """Return a code whose pairs are not known: the line's own, or another one of its day."""
    known = next((group for group in release.complete_for or () if view.line.code in group), None)
    if known is None:
        return view.line.code
    return min(days.get(view.line.service_date, frozenset()) - known, default=None)


def _not_loaded(view: LineView, context: EditContext, *more: Evidence) -> Finding:
    day, form = view.line.service_date, context.claim.form
    program = "medicare" if view.plan is None else view.plan.edit_program.value
    quarter = f"{day.year}Q{(day.month + 2) // 3}"
    return pends(
        outcomes.TABLES_NOT_LOADED,
        POLICY_PEND,
        view.line,
        _GAP,
        Evidence("service_date", day.isoformat()),
        *more,
        Evidence("table", f"NCCI {program} {_TABLE[form]} {quarter}"),
        Evidence("load_with", f"claimwright edits import {quarter} --program {program} --form {form.value}"),
    )
