"""Who may read a study, and what age a diagnosis belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, Provider
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, OutcomeCode, Verdict
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


@pytest.mark.parametrize("taxonomy", [RADIOLOGY, "207T00000X", "193200000X", "261QR0200X", "282N00000X"])
def test_a_physician_and_an_organization_may_read(reference: ReferenceData, taxonomy: str) -> None:
    assert found(edit(read_by(taxonomy, "26"), reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["26", ""])
def test_who_reads_is_asked_about_where_no_record_says_what_kind_of_provider_it_is(
    reference: ReferenceData, modifier: str
) -> None:
    finding = one(edit(read_by(None, *filter(None, [modifier])), reference), outcomes.RENDERING_TAXONOMY)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")


@pytest.mark.parametrize(
    "taxonomy",
    ["101YM0800X", "103T00000X", "104100000X", "122300000X", "133V00000X", "152W00000X", "163W00000X", "164W00000X",
     "171100000X", "183500000X", "2255A2300X", "231H00000X", "2471R0002X", "246X00000X", "332B00000X", "3336C0003X",
     "343900000X", "372600000X"],
)  # fmt: skip
@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA"])
def test_a_provider_type_that_reads_no_images_is_denied(reference: ReferenceData, taxonomy: str, plan: str) -> None:
    finding = one(edit(read_by(taxonomy, "26"), reference, plan=plan), outcomes.READER_NOT_QUALIFIED)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)


@pytest.mark.parametrize(
    ("taxonomy", "plan", "expected"),
    [
        ("111N00000X", "HUDSON-MA", (Verdict.DENIES, None)),
        ("111N00000X", "HUDSON-DSNP", (Verdict.DENIES, None)),
        ("111N00000X", "HUDSON-COMM", (Verdict.PENDS, "P-EDIT-OVR")),
        ("363L00000X", "HUDSON-MA", (Verdict.PENDS, "P-EDIT-OVR")),
        ("363A00000X", "HUDSON-COMM", (Verdict.PENDS, "P-EDIT-OVR")),
        ("367500000X", "HUDSON-COMM", (Verdict.PENDS, "P-EDIT-OVR")),
        ("213E00000X", "HUDSON-MA", (Verdict.PENDS, "P-EDIT-OVR")),
    ],
)
def test_a_provider_whose_license_may_cover_it_is_asked_about(
    reference: ReferenceData, taxonomy: str, plan: str, expected: tuple[Verdict, str | None]
) -> None:
    """42 CFR 410.21(b) settles it for chiropractors and Medicare; state law, which is not loaded, for the rest."""
    finding = one(edit(read_by(taxonomy, "26"), reference, plan=plan), outcomes.READER_NOT_QUALIFIED)
    assert verdict_and_pend(finding) == expected


def test_the_technical_part_is_no_reading(reference: ReferenceData) -> None:
    assert found(edit(read_by(PHYSICAL_THERAPIST, "TC"), reference)) == [outcomes.EDITS_CLEAN]
    hospital = read_by(PHYSICAL_THERAPIST, form=ClaimForm.INSTITUTIONAL)
    assert found(edit(hospital, reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize(
    ("plan", "outcome"),
    [
        ("HUDSON-MA", outcomes.READER_NOT_QUALIFIED),
        ("HUDSON-DSNP", outcomes.READER_NOT_QUALIFIED),
        ("HUDSON-COMM", outcomes.EDITS_CLEAN),
    ],
)
def test_medicare_pays_a_chiropractor_for_no_images_either(
    reference: ReferenceData, plan: str, outcome: OutcomeCode
) -> None:
    """42 CFR 410.21(b)(2): no diagnostic services furnished by a chiropractor."""
    assert found(edit(read_by("111N00000X", "TC"), reference, plan=plan)) == [outcome]


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
        ("999X00000X", RADIOLOGY, [outcomes.EDITS_CLEAN]),
        (RADIOLOGY, "999X00000X", [outcomes.RENDERING_TAXONOMY]),
        (RADIOLOGY, "390200000X", [outcomes.RENDERING_TAXONOMY]),
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
