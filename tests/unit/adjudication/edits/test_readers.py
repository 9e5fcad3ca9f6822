"""Who may read a study, and what age a diagnosis belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, Provider
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import RADIOLOGIST, a_claim, a_line
from tests.builders.edits import edit, found, one, verdict_and_pend

PHYSICAL_THERAPIST, RADIOLOGY = "225100000X", "2085R0202X"


def read_by(taxonomy: str | None, *modifiers: str, form: ClaimForm = ClaimForm.PROFESSIONAL) -> Claim:
    claim = a_claim(a_line("72148", *modifiers), form=form)
    return replace(claim, rendering=Provider(RADIOLOGIST, taxonomy))


@pytest.mark.parametrize("modifiers", [("26",), ()], ids=["reading", "whole study"])
def test_a_physical_therapist_is_not_paid_for_an_interpretation(
    reference: ReferenceData, modifiers: tuple[str, ...]
) -> None:
    finding = one(edit(read_by(PHYSICAL_THERAPIST, *modifiers), reference), outcomes.READER_NOT_QUALIFIED)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    rule = reference.outcomes[outcomes.READER_NOT_QUALIFIED]
    assert (rule.carc, rule.rarcs) == ("8", ("N95",))


@pytest.mark.parametrize("taxonomy", [RADIOLOGY, None, "207T00000X", "363L00000X"])
def test_any_other_provider_and_an_unknown_one_may_read(reference: ReferenceData, taxonomy: str | None) -> None:
    assert found(edit(read_by(taxonomy, "26"), reference)) == [outcomes.EDITS_CLEAN]


def test_the_technical_part_is_no_reading(reference: ReferenceData) -> None:
    assert found(edit(read_by(PHYSICAL_THERAPIST, "TC"), reference)) == [outcomes.EDITS_CLEAN]
    hospital = read_by(PHYSICAL_THERAPIST, form=ClaimForm.INSTITUTIONAL)
    assert found(edit(hospital, reference)) == [outcomes.EDITS_CLEAN]


NO_CODE, PSYCHIATRY = "206E00000X", "2084P0800X"


@pytest.mark.parametrize(
    ("billing", "rendering", "asked"),
    [
        (NO_CODE, None, [outcomes.BILLING_TAXONOMY]),
        (NO_CODE, NO_CODE, [outcomes.BILLING_TAXONOMY]),
        (NO_CODE, "261QM0800X", [outcomes.BILLING_TAXONOMY, outcomes.RENDERING_TAXONOMY]),
        (RADIOLOGY, NO_CODE, [outcomes.RENDERING_TAXONOMY]),
        (RADIOLOGY, PSYCHIATRY, [outcomes.RENDERING_TAXONOMY]),
        (PSYCHIATRY, None, [outcomes.RENDERING_TAXONOMY]),
        (PSYCHIATRY, RADIOLOGY, [outcomes.EDITS_CLEAN]),
        ("999X00000X", "999X00000X", [outcomes.EDITS_CLEAN]),
    ],
)
def test_a_taxonomy_in_no_code_set_or_of_another_specialty_waits_for_a_coder(
    reference: ReferenceData, billing: str, rendering: str | None, asked: list[str]
) -> None:
    """Seed map 1c: unknown or mismatched is a pend for a coder with N255 or N288, never a denial; what we do not hold is not a reason."""
    reader = None if rendering is None else Provider(RADIOLOGIST, rendering)
    claim = replace(a_claim(a_line("72148", "26")), billing=Provider(RADIOLOGIST, billing), rendering=reader)
    result = edit(claim, reference)
    assert found(result) == asked
    for finding in result.findings:
        if finding.outcome != outcomes.EDITS_CLEAN:
            assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    rarcs = {outcomes.BILLING_TAXONOMY: ("N255",), outcomes.RENDERING_TAXONOMY: ("N288",)}
    assert [reference.outcomes[each].rarcs for each in rarcs] == list(rarcs.values())


def test_psychiatry_may_make_the_images_and_a_day_before_the_code_set_is_not_judged(reference: ReferenceData) -> None:
    assert found(edit(read_by(PSYCHIATRY, "TC"), reference)) == [outcomes.EDITS_CLEAN]
    early = replace(a_claim(a_line("72148", on=date(2021, 6, 30))), billing=Provider(RADIOLOGIST, NO_CODE))
    assert outcomes.BILLING_TAXONOMY not in found(edit(early, reference))


@pytest.mark.parametrize(
    ("diagnosis", "born", "waits"),
    [
        ("P11.5", date(1970, 1, 1), "waits"),
        ("P11.5", date(2025, 5, 1), "stands"),
        ("O26.899", date(1950, 1, 1), "waits"),
        ("O26.899", date(1995, 1, 1), "stands"),
        ("M54.16", date(1950, 1, 1), "stands"),
    ],
)
def test_a_diagnosis_of_another_age_waits_for_a_coder(
    reference: ReferenceData, diagnosis: str, born: date, waits: str
) -> None:
    claim = a_claim("72148", diagnoses=(diagnosis,))
    result = edit(replace(claim, member=replace(claim.member, birth_date=born)), reference)
    assert (outcomes.DIAGNOSIS_AGE in found(result)) == (waits == "waits")
