"""Checks that each diagnosis is billable on the date of service and fits the component family (X-07, X-13).

The edition of the whole code set for the day decides whether a code may be billed: a header is denied, and a coder looks at a
code that the edition lacks, since a mistyped code hides which disease is meant. On a day without an edition, the nearest one
is asked about the first diagnosis only. Some codes never stand first: external causes and manifestations (ICD-10-CM
guidelines, I.A.13 and I.C.20.a.6). A nurse looks where all of a line's diagnoses are of another region than its study.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.edit_tables import CodeState, edition_of
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND, NURSE_PEND

_OTHERS: Final = {
    "cervical": ("only-thoracic", "only-lumbar", "not-spine"),
    "thoracic": ("only-cervical", "only-lumbar", "not-spine"),
    "lumbar": ("only-cervical", "only-thoracic", "not-spine"),
}
"""The groups of diagnoses (policies/codes/diagnosis_groups.yaml) that are of another region, by the region of a study."""


def check_diagnoses(context: EditContext) -> Iterator[Finding]:
    """Find diagnoses that are headers or not in force, and cord diseases on disc codes."""
    for view in context.views:
        diagnoses = context.claim.line_diagnoses(view.line)
        for position, diagnosis in enumerate(diagnoses):
            yield from _invalid(view.line, diagnosis, context, first=position == 0)
        if diagnoses and context.reference.in_group("never-first", diagnoses[0], view.line.service_date):
            first, cited = (
                Evidence("diagnosis", diagnoses[0]),
                context.reference.diagnosis_groups["never-first"][0].citation,
            )
            yield pends(outcomes.DIAGNOSIS_NOT_FIRST, EDIT_PEND, view.line, cited, first)
        other = _other_regions(view, diagnoses, context)
        if other:
            cited = context.reference.diagnosis_groups[other[0]][0].citation
            evidence = Evidence("group", "+".join(other))
            yield pends(outcomes.DIAGNOSIS_INCONSISTENT, NURSE_PEND, view.line, cited, evidence)
        if view.line.code in context.reference.family.codes and _cord_only(view.line, diagnoses, context):
            evidence = Evidence("group", "cord-disease")
            yield pends(
                outcomes.DIAGNOSIS_INCONSISTENT, NURSE_PEND, view.line, context.reference.family.citation, evidence
            )


def _invalid(line: ClaimLine, diagnosis: str, context: EditContext, *, first: bool) -> Iterator[Finding]:
    versions = context.reference.diagnoses.get(diagnosis)
    if not versions:
        yield from _by_edition(line, diagnosis, context, first=first)
        return
    current = next((version for version in versions if line.service_date in version.valid), None)
    if current is None or not current.billable:
        version = current or versions[-1]
        evidence = [Evidence("diagnosis", diagnosis)]
        if version.replaced_by:
            evidence.append(Evidence("use_instead", "+".join(version.replaced_by)))
        yield denies(outcomes.DIAGNOSIS_INVALID, line, version.citation, *evidence)


def _by_edition(line: ClaimLine, diagnosis: str, context: EditContext, *, first: bool) -> Iterator[Finding]:
    """Judge a code by the edition of its day; CARC 146 for a header, a question for a code that the edition lacks."""
    edition, of_the_day = edition_of(context.reference.diagnosis_editions, line.service_date)
    if edition is None or not (of_the_day or first):
        return
    state, evidence = edition.state(diagnosis), Evidence("diagnosis", diagnosis)
    if state is CodeState.HEADER and of_the_day:
        yield denies(outcomes.DIAGNOSIS_INVALID, line, edition.citation, evidence)
    elif state is not CodeState.BILLABLE:
        yield pends(outcomes.DIAGNOSIS_UNKNOWN, EDIT_PEND, line, edition.citation, evidence)


def _other_regions(view: LineView, diagnoses: tuple[str, ...], context: EditContext) -> tuple[str, ...]:
    """Return the groups of a line's diagnoses where each is known to be of another region than its study."""
    region = None if view.procedure is None else view.procedure.region
    others = _OTHERS.get(region or "", ())
    day, found = view.line.service_date, set[str]()
    for diagnosis in diagnoses:
        group = next((each for each in others if context.reference.in_group(each, diagnosis, day)), None)
        if group is None:
            return ()
        found.add(group)
    return tuple(sorted(found))


def _cord_only(line: ClaimLine, diagnoses: tuple[str, ...], context: EditContext) -> bool:
    def has(group: str) -> bool:
        return any(context.reference.in_group(group, diagnosis, line.service_date) for diagnosis in diagnoses)

    return has("cord-disease") and not has("disc-or-axial-pain") and not has("discogenic-pain")
