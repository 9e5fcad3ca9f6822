"""Checks that each diagnosis is billable on the date of service and fits the component family (X-07, X-13).

Only codes in our tables are judged; a diagnosis we do not list is never found invalid.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, denies, pends
from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import NURSE_PEND


def check_diagnoses(context: EditContext) -> Iterator[Finding]:
    """Find diagnoses that are headers or not in force, and cord diseases on disc codes."""
    for view in context.views:
        diagnoses = context.claim.line_diagnoses(view.line)
        for diagnosis in diagnoses:
            yield from _invalid(view.line, diagnosis, context)
        if view.line.code in context.reference.family.codes and _cord_only(view.line, diagnoses, context):
            evidence = Evidence("group", "cord-disease")
            yield pends(
                outcomes.DIAGNOSIS_INCONSISTENT, NURSE_PEND, view.line, context.reference.family.citation, evidence
            )


def _invalid(line: ClaimLine, diagnosis: str, context: EditContext) -> Iterator[Finding]:
    versions = context.reference.diagnoses.get(diagnosis)
    if not versions:
        return
    current = next((version for version in versions if line.service_date in version.valid), None)
    if current is None or not current.billable:
        version = current or versions[-1]
        evidence = [Evidence("diagnosis", diagnosis)]
        if version.replaced_by:
            evidence.append(Evidence("use_instead", "+".join(version.replaced_by)))
        yield denies(outcomes.DIAGNOSIS_INVALID, line, version.citation, *evidence)


def _cord_only(line: ClaimLine, diagnoses: tuple[str, ...], context: EditContext) -> bool:
    def has(group: str) -> bool:
        return any(context.reference.in_group(group, diagnosis, line.service_date) for diagnosis in diagnoses)

    return has("cord-disease") and not has("disc-or-axial-pain") and not has("discogenic-pain")
