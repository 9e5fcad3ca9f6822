"""Checks of single lines: the procedure code, its units and days, and revenue lines without a procedure code.

A code must be valid on the date of service, and its code file must be loaded (X-45). Units that are not whole on a code
that counts studies are denied (RARC M53); policies/codes/procedures.yaml states which codes allow fractions. A line of
several days goes to a coder, since one study is done on one day. A hospital line without a procedure code, such as
supplies or drugs, is packaged with the services of its day if the plan packages its revenue code; otherwise a person prices it.
A revenue code of one kind of imaging with a procedure code of another goes to a coder (policies/codes/revenue_codes.yaml).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adjudication.edits.context import EditContext, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND, POLICY_PEND, PRICE_PEND

_NO_TABLE = Citation("claims-practice", "B1 step 11: code validity by date of service")
_DAYS = Citation("claims-practice", "B1 step 11: code edits")
_BY_HAND = Citation("claims-practice", "B1 step 15: pricing")
_UNITS: Final = "UN"
"""The unit basis of what is counted in whole (837 SV103)."""


def check_codes(context: EditContext) -> Iterator[Finding]:
    """Find codes outside our tables, codes not in force, and dates for which the code file is not loaded."""
    for view in context.views:
        line = view.line
        if line.revenue_only:
            continue
        evidence = (Evidence("code", line.code), Evidence("service_date", line.service_date.isoformat()))
        versions = context.reference.procedures.get(line.code)
        if not versions:
            yield pends(outcomes.CODE_OUT_OF_SCOPE, EDIT_PEND, line, _NO_TABLE, *evidence)
        elif view.procedure is None:
            yield denies(outcomes.CODE_NOT_IN_FORCE, line, versions[-1].citation, *evidence)
        elif view.procedure.verified_until is not None and line.service_date >= view.procedure.verified_until:
            # A Category III code may have ended or become Category I: the line pends for the code file.
            kind, year = "hcpcs" if line.code[0].isalpha() else "cpt", line.service_date.year
            missing = (
                Evidence("table", f"{kind.upper()} codes in force in {year}"),
                Evidence("load_with", f"claimwright codes import {kind} {year}"),
            )
            yield pends(outcomes.CODE_UNVERIFIED, POLICY_PEND, line, view.procedure.citation, *evidence, *missing)


def check_unit_basis(context: EditContext) -> Iterator[Finding]:
    """Find lines with a fraction of a study or with units that count no studies, and lines of several days."""
    for view in context.views:
        line, procedure = view.line, view.procedure
        counts_studies = line.unit_basis in (None, _UNITS)
        if procedure is not None and not procedure.fractions and (line.units % 1 or not counts_studies):
            basis = () if line.unit_basis is None else (Evidence("unit_basis", line.unit_basis),)
            yield denies(outcomes.UNITS_NOT_WHOLE, line, procedure.citation, Evidence("units", str(line.units)), *basis)
        if line.last_day != line.service_date:
            shown = (Evidence("first", line.service_date.isoformat()), Evidence("last", line.last_day.isoformat()))
            yield pends(outcomes.SEVERAL_DAYS, EDIT_PEND, line, _DAYS, *shown)


def check_revenue_lines(context: EditContext) -> Iterator[Finding]:
    """Find lines with a revenue code and no procedure code."""
    served = {view.line.service_date for view in context.views if not view.line.revenue_only}
    for view in context.views:
        line, plan = view.line, view.plan
        if not line.revenue_only or plan is None:
            continue
        evidence = Evidence("revenue_code", line.code)
        if line.code in plan.packaged_revenue and line.service_date in served:
            yield denies(outcomes.REVENUE_PACKAGED, line, plan.citation, evidence)
        else:
            yield pends(outcomes.REVENUE_BY_HAND, PRICE_PEND, line, _BY_HAND, evidence)


def check_revenue_codes(context: EditContext) -> Iterator[Finding]:
    """Find lines whose revenue code is of another kind of imaging than their procedure code: one of the two is wrong."""
    kinds = context.reference.imaging_revenue
    for view in context.views:
        revenue, procedure = view.line.revenue_code, view.procedure
        if revenue is None or procedure is None:
            continue
        stated = next((each for each in kinds if revenue.startswith(each.prefixes)), None)
        billed = any(procedure.modality in each.modalities for each in kinds)
        if stated is not None and billed and procedure.modality not in stated.modalities:
            shown = (Evidence("revenue_code", revenue), Evidence("code", view.line.code))
            yield pends(outcomes.REVENUE_OTHER_IMAGING, EDIT_PEND, view.line, stated.citation, *shown)
