"""Checks diagnoses that are defined for one sex, for the dates on which Medicare's code editor checked them (policies/codes/readers.yaml).

If no record states the sex, or records conflict, nothing is found. A biller may say that the sex on record does not
apply: modifier KX, or condition code 45 on a hospital's claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adjudication.edits.context import EditContext, pends
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.persons import Sex


def as_known(claim: Claim, sex: Sex | None) -> Claim:
    """Return the claim with the sex on which it and the coverage agree; None where none is stated, or they conflict."""
    return claim if claim.member.sex is sex else replace(claim, member=replace(claim.member, sex=sex))


def check_sexes(context: EditContext) -> Iterator[Finding]:
    """Find diagnoses of the other sex than the patient's, where it is known."""
    sex = context.claim.member.sex
    if sex is None:
        return
    accident = context.claim.accident
    conditions = frozenset() if accident is None else accident.conditions
    for view in context.views:
        says = conditions.union(view.line.modifiers)
        for diagnosis in context.claim.line_diagnoses(view.line):
            for rule in context.reference.diagnosis_sexes:
                asked = rule.sex is not sex and view.line.service_date in rule.dates and not says & rule.waived_by
                if asked and rule.first <= diagnosis[:3] <= rule.last:
                    shown = (Evidence("diagnosis", diagnosis), Evidence("belongs_to", rule.sex.value))
                    yield pends(outcomes.DIAGNOSIS_SEX, EDIT_PEND, view.line, rule.citation, *shown)
