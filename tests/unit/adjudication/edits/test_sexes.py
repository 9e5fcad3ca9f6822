"""Diagnoses of one sex (Medicare Code Editor, sex conflict, deactivated for October 2024): a conflict or an unknown is not a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Accident, Claim
from adjudication.model.determination import Determination, Pended
from adjudication.model.persons import Sex
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Verdict
from adjudication.steps.eligibility import verify_eligibility
from adjudication.steps.pipeline import ClaimContext, adjudicate
from tests.builders.claims import a_claim, a_line
from tests.builders.coverage import covered
from tests.builders.edits import edit, found, one, verdict_and_pend

ASKED, NO_LONGER = date(2024, 9, 30), date(2024, 10, 1)


def diagnosed(dx: str, sex: Sex | None, on: date = ASKED, *modifiers: str) -> Claim:
    claim = a_claim(a_line("72148", *modifiers, on=on))
    return replace(claim, diagnoses=(dx,), member=replace(claim.member, sex=sex))


@pytest.mark.parametrize(
    ("dx", "sex"), [("N40.1", Sex.FEMALE), ("C61", Sex.FEMALE), ("N80.00", Sex.MALE), ("O26.892", Sex.MALE)]
)
def test_a_diagnosis_of_the_other_sex_waits_for_a_coder(reference: ReferenceData, dx: str, sex: Sex) -> None:
    finding = one(edit(diagnosed(dx, sex), reference), outcomes.DIAGNOSIS_SEX)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert reference.outcomes[outcomes.DIAGNOSIS_SEX].carc == "10"


@pytest.mark.parametrize(
    "claim",
    [
        diagnosed("N40.1", Sex.MALE),
        diagnosed("N40.1", None),
        diagnosed("N40.1", Sex.FEMALE, NO_LONGER),
        diagnosed("N40.1", Sex.FEMALE, ASKED, "KX"),
        replace(diagnosed("N40.1", Sex.FEMALE), accident=Accident(conditions=frozenset({"45"}))),
        diagnosed("M54.16", Sex.FEMALE),
        diagnosed("N60.11", Sex.MALE),
    ],
    ids=["its sex", "not stated", "asked no longer", "KX", "condition 45", "of both sexes", "breast of a man"],
)
def test_nothing_else_is_asked(reference: ReferenceData, claim: Claim) -> None:
    assert outcomes.DIAGNOSIS_SEX not in found(edit(claim, reference))


@pytest.mark.parametrize(
    ("of_claim", "of_spans", "known"),
    [
        (Sex.FEMALE, (None,), Sex.FEMALE),
        (None, (Sex.FEMALE, None), Sex.FEMALE),
        (Sex.FEMALE, (Sex.FEMALE,), Sex.FEMALE),
        (Sex.MALE, (Sex.FEMALE,), None),
        (None, (Sex.FEMALE, Sex.MALE), None),
        (None, (None,), None),
    ],
)
def test_a_sex_is_known_where_no_record_states_another(
    reference: ReferenceData, of_claim: Sex | None, of_spans: tuple[Sex | None, ...], known: Sex | None
) -> None:
    claim = replace(diagnosed("N40.1", of_claim), received_at=datetime(2024, 10, 9, tzinfo=UTC))
    spans = [replace(covered(date(2024, 1, 1), coverage_id=f"COV-{n}"), sex=sex) for n, sex in enumerate(of_spans)]
    assert verify_eligibility(claim, spans, reference).sex is known
    decision = adjudicate(claim, ClaimContext(7, tuple(spans)), datetime(2024, 10, 10, tzinfo=UTC), reference).decision
    assert isinstance(decision, Pended | Determination)
    asked = {pend.outcome for pend in decision.pends} if isinstance(decision, Pended) else set()
    assert (outcomes.DIAGNOSIS_SEX in asked) == (known is Sex.FEMALE)
