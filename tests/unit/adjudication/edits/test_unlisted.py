from __future__ import annotations

from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode, Verdict
from tests.builders.claims import FAMILY, a_claim, a_line
from tests.builders.edits import edit, edit_uncovered, evidence, found, one, verdict_and_pend
from tests.builders.reference import with_code_ended

SPECTROSCOPY = {"technique": "mr-spectroscopy"}


def unlisted(
    description: str | None = "SPECTRA OF DISCS",
    facts: dict[str, str] | None = None,
    diagnoses: tuple[str, ...] = ("M51.360",),
    on: date = date(2025, 8, 20),
    code: str = "76498",
) -> Claim:
    return a_claim(a_line(code, description=description, on=on), facts=facts, diagnoses=diagnoses)


def finding_of(claim: Claim, reference: ReferenceData) -> list[OutcomeCode]:
    return found(edit_uncovered(claim, reference))


@pytest.mark.parametrize("code", ["76498", "76497"])
def test_an_unlisted_code_needs_a_description(reference: ReferenceData, code: str) -> None:
    claim = unlisted(description=None, code=code)
    finding = one(edit(claim, reference), outcomes.UNLISTED_DESCRIPTION_MISSING)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)


def test_spectroscopy_of_the_spine_must_use_the_specific_codes(reference: ReferenceData) -> None:
    finding = one(edit(unlisted(facts=SPECTROSCOPY), reference), outcomes.UNLISTED_SPECIFIC_EXISTS)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {"specific_codes": "+".join(FAMILY)}
    assert finding.citation == reference.procedures["76498"][0].citation


@pytest.mark.parametrize("diagnosis", ["M51.360", "M54.16", "M47.816"])
def test_a_disc_or_axial_diagnosis_makes_it_the_spine(reference: ReferenceData, diagnosis: str) -> None:
    claim = unlisted(facts=SPECTROSCOPY, diagnoses=(diagnosis,))
    assert finding_of(claim, reference) == [outcomes.UNLISTED_SPECIFIC_EXISTS]


@pytest.mark.parametrize(
    "claim",
    [
        unlisted(),
        unlisted(description="MR SPECTROSCOPY 0609T LUMBAR DISCS"),
        unlisted(facts={"technique": "whole-body-mri"}),
        unlisted(facts={"modality": "mr-spectroscopy"}),
        unlisted(facts=SPECTROSCOPY, diagnoses=("C71.9",)),
    ],
    ids=["nothing stated", "free text only", "another technique", "another fact", "brain"],
)
def test_anything_else_is_checked_by_a_coder(reference: ReferenceData, claim: Claim) -> None:
    finding = one(edit(claim, reference), outcomes.UNLISTED_REVIEW)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")


def test_only_the_diagnoses_the_line_points_at_say_where(reference: ReferenceData) -> None:
    line = a_line("76498", description="SPECTRA", points_at=(2,))
    claim = a_claim(line, facts=SPECTROSCOPY, diagnoses=("M51.360", "C71.9"))
    assert finding_of(claim, reference) == [outcomes.UNLISTED_REVIEW]


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (date(2020, 6, 30), outcomes.UNLISTED_REVIEW),
        (date(2020, 7, 1), outcomes.UNLISTED_SPECIFIC_EXISTS),
        (date(2025, 12, 31), outcomes.UNLISTED_SPECIFIC_EXISTS),
        (date(2026, 1, 1), outcomes.UNLISTED_REVIEW),
    ],
    ids=["before the codes", "their first day", "last verified day", "no person vouches for them"],
)
def test_a_specific_code_is_demanded_only_while_it_is_known_to_exist(
    reference: ReferenceData, day: date, outcome: str
) -> None:
    claim = unlisted(facts=SPECTROSCOPY, diagnoses=("M47.816",), on=day)
    assert finding_of(claim, reference) == [outcome]


def test_codes_that_ended_are_not_demanded(reference: ReferenceData) -> None:
    for code in FAMILY:
        reference = with_code_ended(reference, code, date(2025, 8, 20))
    assert finding_of(unlisted(facts=SPECTROSCOPY), reference) == [outcomes.UNLISTED_REVIEW]


def test_a_listed_code_needs_no_description(reference: ReferenceData) -> None:
    assert found(edit(a_claim("72148", facts=SPECTROSCOPY), reference)) == [outcomes.EDITS_CLEAN]
