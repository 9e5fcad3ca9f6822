"""Units that are no whole number, on a code that counts studies: half of a study is none (RARC M53).

A code says in policies/codes/procedures.yaml where its units may be fractional.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies
from adjudication.model import outcomes
from adjudication.model.findings import Evidence, Finding


def check_unit_basis(context: EditContext) -> Iterator[Finding]:
    """Find lines with a fraction of a study."""
    for view in context.views:
        line, procedure = view.line, view.procedure
        if procedure is not None and not procedure.fractions and line.units % 1:
            yield denies(outcomes.UNITS_NOT_WHOLE, line, procedure.citation, Evidence("units", str(line.units)))
