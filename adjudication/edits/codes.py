"""Checks that the procedure code is valid on the date of service and that its code file is loaded (X-45)."""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND, POLICY_PEND

_NO_TABLE = Citation("claims-practice", "B1 step 11: code validity by date of service")


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
