"""Hospital lines with a revenue code and no procedure code, such as supplies and drugs: the plan says which it packages.

A packaged line is paid with the services of its day on the same claim. Any other is priced by a person.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import PRICE_PEND

_BY_HAND = Citation("claims-practice", "B1 step 15: pricing")


def check_revenue_lines(context: EditContext) -> Iterator[Finding]:
    """Find lines that a procedure code would decide and that have none."""
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
