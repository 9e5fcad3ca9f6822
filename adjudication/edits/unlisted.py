"""An unlisted code where a specific one exists, or without the description it needs (S4-S10).

Free text is shown to people and never interpreted: only a structured fact says that the service was spectroscopy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.reference import ReferenceData
from adjudication.steps.fact_subjects import places_of, select

_TECHNIQUE: Final = "technique"
_SPINE_GROUPS = ("discogenic-pain", "disc-or-axial-pain")


def check_unlisted(context: EditContext) -> Iterator[Finding]:
    """Find unlisted codes that must be re-coded, described, or reviewed."""
    for view in context.views:
        procedure = view.procedure
        if procedure is None or not procedure.unlisted:
            continue
        if view.line.description is None:
            yield denies(outcomes.UNLISTED_DESCRIPTION_MISSING, view.line, procedure.citation)
        elif _is_spine_spectroscopy(view, context):
            codes = Evidence("specific_codes", "+".join(sorted(context.reference.family.codes)))
            yield denies(outcomes.UNLISTED_SPECIFIC_EXISTS, view.line, procedure.citation, codes)
        else:
            yield pends(outcomes.UNLISTED_REVIEW, EDIT_PEND, view.line, procedure.citation)


def _is_spine_spectroscopy(view: LineView, context: EditContext) -> bool:
    line, reference = view.line, context.reference
    return (
        _stated(view, context)
        and _family_in_force(line.service_date, reference)
        and any(
            reference.in_group(group, diagnosis, line.service_date)
            for group in _SPINE_GROUPS
            for diagnosis in context.claim.line_diagnoses(line)
        )
    )


def _stated(view: LineView, context: EditContext) -> bool:
    """Return whether a fact states spectroscopy for this line; a technique that may belong to another study does not count."""
    found = [f for f in context.claim.supporting if f.fact == _TECHNIQUE and f.value == "mr-spectroscopy" and f.legible]
    if not found:
        return False
    reference = context.reference
    kept, doubtful = select(found, places_of(context.claim, reference)[view.line.number], reference.facts)
    return bool(kept) and _TECHNIQUE not in doubtful


def _family_in_force(day: date, reference: ReferenceData) -> bool:
    """Return whether a specific code is known to exist; after the last verified day no line is denied for not using it."""
    versions = (reference.procedure(code, day) for code in reference.family.codes)
    return any(v is not None and (v.verified_until is None or day < v.verified_until) for v in versions)
