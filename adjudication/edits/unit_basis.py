"""What one line counts: units that are not a whole number on a code that counts studies (RARC M53), and lines of several days.

Half of a study is none. One study is done on one day, so that a line of several days is looked at by a coder: nothing says
what was done on which. A code says in policies/codes/procedures.yaml where its units may be fractional.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND

_DAYS = Citation("claims-practice", "B1 step 11: code edits")


def check_unit_basis(context: EditContext) -> Iterator[Finding]:
    """Find lines with a fraction of a study."""
    for view in context.views:
        line, procedure = view.line, view.procedure
        if procedure is not None and not procedure.fractions and line.units % 1:
            yield denies(outcomes.UNITS_NOT_WHOLE, line, procedure.citation, Evidence("units", str(line.units)))
        if line.last_day != line.service_date:
            shown = (Evidence("first", line.service_date.isoformat()), Evidence("last", line.last_day.isoformat()))
            yield pends(outcomes.SEVERAL_DAYS, EDIT_PEND, line, _DAYS, *shown)
