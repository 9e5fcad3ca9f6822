"""Medically unlikely edits: units of a code per provider and day, over this claim and earlier ones.

Adjudication indicator 1 counts each line, 2 is absolute, 3 may be overcome by clinical evidence. A limit of 0
(0612T on a hospital outpatient claim) means that the service does not belong on this form at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.reference import EditRelease, UnitLimit

_BY_LINE, _BY_DAY_REVIEWABLE = "1", "3"


def check_units(context: EditContext) -> Iterator[Finding]:
    """Find lines beyond the daily limit, in line order; a line is not split."""
    earlier = _units_on_earlier_claims(context)
    counted: dict[tuple[str, date], Decimal] = {}
    for view in context.views:
        line = view.line
        limit = None if view.release is None else view.release.units.get(line.code)
        if limit is None or view.release is None:
            continue
        key = (line.code, line.service_date)
        if key not in counted:
            counted[key] = earlier.get(key, Decimal(0))
        total = line.units if limit.indicator == _BY_LINE else counted[key] + line.units
        if total > limit.units:
            yield _exceeded(view, view.release, limit, total, context)
        else:
            counted[key] += line.units


def _units_on_earlier_claims(context: EditContext) -> dict[tuple[str, date], Decimal]:
    units: dict[tuple[str, date], Decimal] = {}
    for past in context.earlier:
        if past.billing_npi == context.claim.billing.npi:
            key = (past.code, past.service_date)
            units[key] = units.get(key, Decimal(0)) + past.units
    return units


def _exceeded(view: LineView, release: EditRelease, limit: UnitLimit, total: Decimal, context: EditContext) -> Finding:
    evidence = (
        Evidence("units", str(total)),
        Evidence("limit", str(limit.units)),
        Evidence("indicator", limit.indicator),
        Evidence("release", f"{release.release}{', carried forward' if release.carried_forward else ''}"),
    )
    # Records announced with the claim may overcome a day limit with indicator 3, but never a limit of zero.
    if limit.indicator == _BY_DAY_REVIEWABLE and limit.units > 0 and context.claim.attachments:
        return pends(outcomes.UNITS_REVIEWABLE, EDIT_PEND, view.line, release.citation, *evidence)
    return denies(outcomes.UNITS_EXCEEDED, view.line, release.citation, *evidence)
