"""Who may order a study, by program and state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, Provider
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, OutcomeCode, Verdict
from tests.builders.claims import CENTER, RADIOLOGIST, a_claim, a_line
from tests.builders.edits import edit, edit_uncovered, found, one, verdict_and_pend

CHIROPRACTOR, THERAPIST, NURSE_PRACTITIONER, RADIOLOGY = "111N00000X", "225100000X", "363LF0000X", "2085R0202X"
ORDERING = "1992999825"
MEDICARE = ["HUDSON-MA", "HUDSON-DSNP", "CASCADE-MA"]
ASKS = (Verdict.PENDS, "P-EDIT-OVR")
DENIES = (Verdict.DENIES, None)


def ordered_by(taxonomy: str | None, code: str = "72148", *modifiers: str) -> Claim:
    return replace(a_claim(a_line(code, *modifiers)), ordering=Provider(ORDERING, taxonomy))


@pytest.mark.parametrize("plan", MEDICARE)
@pytest.mark.parametrize(("code", "modifier"), [("72148", "26"), ("72148", "TC"), ("72131", ""), ("0609T", "")])
def test_medicare_pays_for_no_test_that_a_chiropractor_orders(
    reference: ReferenceData, plan: str, code: str, modifier: str
) -> None:
    """42 CFR 410.21(b)(2)."""
    claim = ordered_by(CHIROPRACTOR, code, *filter(None, [modifier]))
    finding = one(edit(claim, reference, plan=plan), outcomes.ORDERER_NOT_ELIGIBLE)
    assert verdict_and_pend(finding) == DENIES
    rule = reference.outcomes[outcomes.ORDERER_NOT_ELIGIBLE]
    assert (rule.carc, rule.rarcs, rule.clinical) == ("184", ("N574",), False)


def test_new_york_lets_a_chiropractor_order_and_no_other_state_is_known(reference: ReferenceData) -> None:
    assert found(edit(ordered_by(CHIROPRACTOR), reference, plan="HUDSON-COMM")) == [outcomes.EDITS_CLEAN]
    elsewhere = edit(ordered_by(CHIROPRACTOR), reference, plan="BUCKEYE-MCD")
    assert verdict_and_pend(one(elsewhere, outcomes.ORDERER_NOT_ELIGIBLE)) == ASKS


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA", "BUCKEYE-MCD"])
@pytest.mark.parametrize(
    ("taxonomy", "outcome"),
    [
        (THERAPIST, outcomes.ORDERER_NOT_ELIGIBLE),
        ("163W00000X", outcomes.ORDERER_NOT_ELIGIBLE),
        ("183500000X", outcomes.ORDERER_NOT_ELIGIBLE),
        ("367500000X", outcomes.ORDERER_NOT_ELIGIBLE),
        ("261QM1200X", outcomes.ORDERER_UNKNOWN),
        ("193200000X", outcomes.ORDERER_UNKNOWN),
        ("390200000X", outcomes.ORDERER_UNKNOWN),
    ],
)
def test_a_type_that_orders_no_tests_or_is_no_person_is_asked_about_and_never_denied(
    reference: ReferenceData, plan: str, taxonomy: str, outcome: OutcomeCode
) -> None:
    assert verdict_and_pend(one(edit(ordered_by(taxonomy), reference, plan=plan), outcome)) == ASKS


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA", "BUCKEYE-MCD"])
@pytest.mark.parametrize("taxonomy", ["207T00000X", "207Q00000X", NURSE_PRACTITIONER, "363A00000X", "364S00000X"])
def test_treating_practitioners_may_order(reference: ReferenceData, plan: str, taxonomy: str) -> None:
    assert found(edit(ordered_by(taxonomy), reference, plan=plan)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize(
    ("plan", "asked"), [("HUDSON-COMM", []), ("HUDSON-MA", []), ("BUCKEYE-MCD", [outcomes.ORDERER_UNKNOWN])]
)
def test_an_order_by_number_alone_is_asked_about_where_the_program_enrolls_who_orders(
    reference: ReferenceData, plan: str, asked: list[OutcomeCode]
) -> None:
    """An 837 has no place for the taxonomy of who orders; 42 CFR 455.410(b) has each of them enrolled."""
    assert found(edit(ordered_by(None), reference, plan=plan)) == (asked or [outcomes.EDITS_CLEAN])


def test_a_diagnostic_radiologist_does_not_treat_the_patient_of_medicare(reference: ReferenceData) -> None:
    """42 CFR 410.32(a). The type is known from the reading, too, if the order states none."""
    stated = ordered_by(RADIOLOGY)
    reads = replace(
        a_claim(),
        rendering=Provider(RADIOLOGIST, RADIOLOGY),
        ordering=Provider(RADIOLOGIST),
        billing=Provider(CENTER, "261QR0200X"),
    )
    for claim in (stated, reads):
        finding = one(edit(claim, reference, plan="HUDSON-MA"), outcomes.ORDERER_NOT_ELIGIBLE)
        assert verdict_and_pend(finding) == ASKS
        assert found(edit(claim, reference, plan="HUDSON-COMM")) == [outcomes.EDITS_CLEAN]
    assert found(edit(ordered_by("2085R0204X"), reference, plan="HUDSON-MA")) == [outcomes.EDITS_CLEAN]


def test_a_claim_without_an_orderer_is_asked_about_where_the_program_requires_a_name(reference: ReferenceData) -> None:
    unnamed = replace(a_claim(), ordering=None)
    for plan in (*MEDICARE, "HUDSON-MCD", "BUCKEYE-MCD"):
        assert verdict_and_pend(one(edit(unnamed, reference, plan=plan), outcomes.ORDERER_UNKNOWN)) == ASKS
    assert found(edit(unnamed, reference, plan="HUDSON-COMM")) == [outcomes.EDITS_CLEAN]
    hospital = replace(unnamed, form=ClaimForm.INSTITUTIONAL)
    assert outcomes.ORDERER_UNKNOWN not in found(edit(hospital, reference, plan="HUDSON-MA"))


def test_the_referring_provider_stands_for_the_ordering_one_and_the_attending_on_a_hospitals_claim(
    reference: ReferenceData,
) -> None:
    chiropractor = Provider(ORDERING, CHIROPRACTOR)
    referred = replace(a_claim(), ordering=None, referring=chiropractor)
    attended = replace(a_claim(form=ClaimForm.INSTITUTIONAL), ordering=None, attending=chiropractor)
    also_ordered = replace(referred, ordering=Provider(ORDERING, "207Q00000X"))
    for claim, verdict in ((referred, DENIES), (attended, ASKS)):
        finding = one(edit(claim, reference, plan="HUDSON-MA"), outcomes.ORDERER_NOT_ELIGIBLE)
        assert verdict_and_pend(finding) == verdict
    assert found(edit(also_ordered, reference, plan="HUDSON-MA")) == [outcomes.EDITS_CLEAN]
    assert (
        verdict_and_pend(
            one(
                edit(replace(attended, form=ClaimForm.PROFESSIONAL), reference, plan="HUDSON-MA"),
                outcomes.ORDERER_UNKNOWN,
            )
        )
        == ASKS
    )


def test_no_plan_no_question(reference: ReferenceData) -> None:
    """Without coverage it is unknown which program's rule applies."""
    assert outcomes.ORDERER_NOT_ELIGIBLE not in found(edit_uncovered(ordered_by(CHIROPRACTOR), reference))
