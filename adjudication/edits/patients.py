"""Finds the other claims of the same patient. Subscriber and dependents may share the member id, and twins the birth date too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from adjudication.edits.context import EditContext, pends
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.history import HistoryLine
from adjudication.model.pends import PERSON_PEND
from adjudication.model.persons import Likeness, Person, separated

_CITATION: Final = Citation("claims-practice", "B1 step 4: member match")
_MOST_NAMED: Final = 5


def of_patient(claim: Claim, history: Sequence[HistoryLine], on_file: Iterable[Person]) -> list[HistoryLine]:
    """Return the lines that are, or may be, the patient's, the latter marked `unclear`; lines of other persons are left out.

    `on_file`: the persons under the member id as the coverage feed knows them.
    """
    patient, known = claim.member.person, tuple(on_file)
    found: dict[Person | None, Likeness] = {None: Likeness.SAME, patient: Likeness.SAME}
    for each in {line.patient for line in history if line.patient is not None} - {patient}:
        found[each] = separated(patient, each, known)
    if all(likeness is Likeness.SAME for likeness in found.values()):
        return list(history)
    return [
        replace(line, unclear=True) if found[line.patient] is Likeness.UNSURE else line
        for line in history
        if found[line.patient] is not Likeness.OTHER
    ]


def counted(history: Iterable[HistoryLine]) -> tuple[HistoryLine, ...]:
    """Return the lines that are the patient's and count."""
    return tuple(line for line in history if line.counts and not line.unclear)


def check_patient(context: EditContext) -> Iterator[Finding]:
    """Pend every line while other claims may be the patient's: counted or not, they could pay or deny wrongly."""
    if context.unclear:
        claims = tuple(dict.fromkeys(line.claim_id for line in context.unclear))[:_MOST_NAMED]
        for view in context.views:
            evidence = (Evidence("claim", claim) for claim in claims)
            yield pends(outcomes.PATIENT_UNCLEAR, PERSON_PEND, view.line, _CITATION, *evidence)
