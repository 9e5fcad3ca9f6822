"""Checks the specialty of a study's reader, and the patient's age against the diagnosis.

A reading needs a physician or another professional whose license covers it. Provider types that read no images are denied
where a law excludes them (policies/codes/readers.yaml), and asked about elsewhere. A taxonomy that is certainly in no code set,
that names another specialty than a reader's, or whose group is not known, is a question for a coder (X-11), and so is who read
a study where neither the claim nor the roster says what kind of provider that was: unknown is never a physician.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.model import outcomes
from adjudication.model.components import Component, billed_component
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.readings import NotReaders
from adjudication.model.reference import ComponentRole
from adjudication.model.vocabulary import ClaimForm, OutcomeCode


def check_readers(context: EditContext) -> Iterator[Finding]:
    """Find readings by provider types that read no images or are not known, and diagnoses of another age."""
    for view in context.views:
        yield from _reader_type(view, context)
        yield from _taxonomies(view, context)
        yield from _ages(view, context)


def _reader_type(view: LineView, context: EditContext) -> Iterator[Finding]:
    """Check the reader's taxonomy group, as stated or on the roster; a question of _taxonomies is not repeated."""
    types, rules = context.reference.reader_types, context.reference.taxonomies
    taxonomy = context.claim.line_rendering(view.line).taxonomy
    if taxonomy is None and _reads(view, context):
        yield _asks(outcomes.RENDERING_TAXONOMY, view, "not stated", types.citation)
    if taxonomy is None or taxonomy in rules.absent or taxonomy in rules.other_specialty:
        return
    barred = next((each for each in types.others if taxonomy.startswith(each.prefixes)), None)
    if not _reads(view, context):
        yield from _made_by(view, taxonomy, barred)
    elif barred is not None:
        shown = (Evidence("taxonomy", taxonomy), Evidence("code", view.line.code))
        if view.plan is not None and view.plan.product_line in barred.denied_for:
            yield denies(outcomes.READER_NOT_QUALIFIED, view.line, barred.citation, *shown)
        else:
            yield pends(outcomes.READER_NOT_QUALIFIED, EDIT_PEND, view.line, barred.citation, *shown)
    elif not taxonomy.startswith(types.readers):
        yield _asks(outcomes.RENDERING_TAXONOMY, view, taxonomy, types.citation)


def _made_by(view: LineView, taxonomy: str, barred: NotReaders | None) -> Iterator[Finding]:
    """Deny the technical part if the law pays no diagnostic service of the biller's provider type."""
    if barred is None or not barred.makes_none or view.plan is None or view.procedure is None:
        return
    if view.plan.product_line in barred.denied_for:
        shown = (Evidence("taxonomy", taxonomy), Evidence("code", view.line.code))
        yield denies(outcomes.READER_NOT_QUALIFIED, view.line, barred.citation, *shown)


def _taxonomies(view: LineView, context: EditContext) -> Iterator[Finding]:
    """Ask about a taxonomy code that cannot be right; no line is denied for it."""
    rules, claim = context.reference.taxonomies, context.claim
    day = view.line.service_date
    billing, taxonomy = claim.billing.taxonomy, claim.line_rendering(view.line).taxonomy
    if billing is not None and billing in rules.absent and day >= rules.since:
        yield _asks(outcomes.BILLING_TAXONOMY, view, billing, rules.absent[billing])
    if taxonomy is None:
        return
    if taxonomy != billing and taxonomy in rules.absent and day >= rules.since:
        yield _asks(outcomes.RENDERING_TAXONOMY, view, taxonomy, rules.absent[taxonomy])
    elif taxonomy in rules.other_specialty and _reads(view, context):
        yield _asks(outcomes.RENDERING_TAXONOMY, view, taxonomy, rules.other_specialty[taxonomy])


def _asks(outcome: OutcomeCode, view: LineView, taxonomy: str, cited: Citation) -> Finding:
    return pends(outcome, EDIT_PEND, view.line, cited, Evidence("taxonomy", taxonomy))


def _reads(view: LineView, context: EditContext) -> bool:
    """Return whether a line bills a reading. On a hospital's claim the reader is not the rendering provider."""
    if view.procedure is None or context.claim.form is ClaimForm.INSTITUTIONAL:
        return False
    if view.procedure.role is not None:
        return view.procedure.role is ComponentRole.INTERPRETATION
    part = billed_component(view.line.modifiers, context.claim.form, view.procedure.pc_tc)
    return part in (Component.GLOBAL, Component.PROFESSIONAL)


def _ages(view: LineView, context: EditContext) -> Iterator[Finding]:
    born, day = context.claim.member.birth_date, view.line.service_date
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    for diagnosis in context.claim.line_diagnoses(view.line):
        for ages in context.reference.diagnosis_ages:
            if ages.first <= diagnosis[:3] <= ages.last and not ages.from_years <= years <= ages.to_years:
                shown = (Evidence("diagnosis", diagnosis), Evidence("ages", f"{ages.from_years} to {ages.to_years}"))
                yield pends(outcomes.DIAGNOSIS_AGE, EDIT_PEND, view.line, ages.citation, *shown)
