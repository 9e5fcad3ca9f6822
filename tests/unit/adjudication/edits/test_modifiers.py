from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import FactSubject, ReceivedDocument, SupportingFact
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import DEPENDENT, FAMILY, a_claim, a_line
from tests.builders.edits import edit, evidence, found, one, verdict_and_pend

SURGICAL = ("54", "55", "56", "62", "66", "80", "81", "82", "AS")
ANAESTHESIA = "47"


@pytest.mark.parametrize("modifier", ["26", "TC"])
@pytest.mark.parametrize("code", FAMILY)
def test_the_family_is_split_by_code_so_component_modifiers_are_invalid(
    reference: ReferenceData, code: str, modifier: str
) -> None:
    finding = one(edit(a_claim(a_line(code, modifier)), reference), outcomes.MODIFIER_INVALID)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {"modifier": modifier, "code": code}
    assert finding.citation.source == "cms-rvu-2024-07"
    assert "PC/TC 0" in finding.citation.locator


@pytest.mark.parametrize("modifier", ["26", "TC"])
@pytest.mark.parametrize("code", ["72148", "76390"])
def test_a_code_with_both_components_may_be_split(reference: ReferenceData, code: str, modifier: str) -> None:
    assert found(edit(a_claim(a_line(code, modifier)), reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["26", "TC"])
def test_an_unverified_indicator_denies_no_person(reference: ReferenceData, modifier: str) -> None:
    assert reference.procedures["62302"][0].pc_tc == "unknown"
    assert found(edit(a_claim(a_line("62302", modifier)), reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("code", ["0610T", "72148", "76390"])
@pytest.mark.parametrize("modifier", [*SURGICAL, ANAESTHESIA])
def test_surgery_and_anaesthesia_modifiers_have_no_meaning_on_imaging(
    reference: ReferenceData, code: str, modifier: str
) -> None:
    assert outcomes.MODIFIER_INVALID in found(edit(a_claim(a_line(code, modifier)), reference))


@pytest.mark.parametrize("modifier", ["90", "95", "GT", "JZ"])
def test_a_modifier_of_another_kind_of_service_is_named_as_that_and_not_as_unknown(
    reference: ReferenceData, modifier: str
) -> None:
    assert found(edit(a_claim(a_line("72148", modifier)), reference)) == [outcomes.MODIFIER_INVALID]


@pytest.mark.parametrize("modifier", ["LT", "RT"])
def test_a_side_of_the_spine_which_has_none_is_asked_about(reference: ReferenceData, modifier: str) -> None:
    finding = one(edit(a_claim(a_line("72148", modifier)), reference), outcomes.MODIFIER_INVALID)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")


@pytest.mark.parametrize("modifier", ["62", "23", "26"])
def test_a_modifier_of_a_code_we_hold_no_table_for_is_not_judged(reference: ReferenceData, modifier: str) -> None:
    assert found(edit(a_claim(a_line("C8931", modifier)), reference)) == [outcomes.CODE_OUT_OF_SCOPE]


@pytest.mark.parametrize(
    ("modifier", "form", "outcome"),
    [
        ("53", ClaimForm.INSTITUTIONAL, outcomes.MODIFIER_INVALID),
        ("53", ClaimForm.PROFESSIONAL, outcomes.EDITS_CLEAN),
        ("73", ClaimForm.PROFESSIONAL, outcomes.MODIFIER_INVALID),
        ("74", ClaimForm.INSTITUTIONAL, outcomes.EDITS_CLEAN),
    ],
)
def test_a_stopped_procedure_has_its_own_modifier_on_each_form(
    reference: ReferenceData, modifier: str, form: ClaimForm, outcome: str
) -> None:
    assert found(edit(a_claim(a_line("72148", modifier), form=form), reference)) == [outcome]


def test_an_unknown_modifier_waits_for_a_coder_and_is_never_denied(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("72148", "ZZ")), reference)
    assert verdict_and_pend(one(result, outcomes.MODIFIER_UNKNOWN)) == (Verdict.PENDS, "P-EDIT-OVR")
    assert found(result) == [outcomes.MODIFIER_UNKNOWN]


def test_a_reduced_acquisition_waits_for_a_nurse(reference: ReferenceData) -> None:
    finding = one(edit(a_claim(a_line("0609T", "52")), reference), outcomes.REDUCED_ACQUISITION)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-CLIN-N")


@pytest.mark.parametrize("code", [*DEPENDENT, "72148"])
def test_any_other_reduced_service_stands(reference: ReferenceData, code: str) -> None:
    claim = a_claim(a_line(code, "52"), "0609T") if code in DEPENDENT else a_claim(a_line(code, "52"))
    assert found(edit(claim, reference)) == [outcomes.EDITS_CLEAN]


def test_increased_work_is_noted_and_holds_nothing(reference: ReferenceData) -> None:
    """Seed map S0-M22: accepted, ignored for the price; CMS Claims Processing Manual ch. 12 s. 20.4.6."""
    result = edit(a_claim(a_line("72148", "22")), reference)
    assert found(result) == [outcomes.INCREASED_WORK, outcomes.EDITS_CLEAN]
    assert verdict_and_pend(one(result, outcomes.INCREASED_WORK)) == (Verdict.NOTES, None)


REPORT = ReceivedDocument("SYN-D1", "study-report", datetime(2025, 6, 20, tzinfo=UTC))
MORE_WORK = SupportingFact("work.increased", True, "document", date(2025, 6, 20), "SYN-RADIOLOGIST", "SYN-D1")


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (MORE_WORK, "study-report"),
        (replace(MORE_WORK, about=FactSubject(study="72148")), "operative-report"),
        (replace(MORE_WORK, source="reviewer", document=None), "study-report"),
    ],
    ids=["a report", "a report of the line's study", "a reviewer"],
)
def test_increased_work_that_a_record_shows_is_priced_by_a_person(
    reference: ReferenceData, fact: SupportingFact, kind: str
) -> None:
    claim = replace(a_claim(a_line("72148", "22")), supporting=(fact,), documents=(replace(REPORT, kind=kind),))
    finding = one(edit(claim, reference), outcomes.INCREASED_WORK_SHOWN)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-PRICE")


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (replace(MORE_WORK, source="claim", author=None, document=None), "study-report"),
        (MORE_WORK, "explanation-of-benefits"),
        (replace(MORE_WORK, legible=False), "study-report"),
        (replace(MORE_WORK, value=False), "study-report"),
        (replace(MORE_WORK, about=FactSubject(study="72141")), "study-report"),
    ],
    ids=[
        "the biller's word",
        "a record of another kind",
        "an illegible report",
        "a report of no more",
        "another study",
    ],
)
def test_increased_work_that_no_record_shows_holds_nothing(
    reference: ReferenceData, fact: SupportingFact, kind: str
) -> None:
    claim = replace(a_claim(a_line("72148", "22")), supporting=(fact,), documents=(replace(REPORT, kind=kind),))
    assert found(edit(claim, reference)) == [outcomes.INCREASED_WORK, outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["52", "59", "76", "Q0", "23", "32", "33", "CS"])
def test_other_known_modifiers_stand(reference: ReferenceData, modifier: str) -> None:
    assert found(edit(a_claim(a_line("72148", modifier)), reference)) == [outcomes.EDITS_CLEAN]


def test_every_modifier_of_a_line_is_judged(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("0609T", "59", "TC", "ZZ", "62")), reference)
    shown = [evidence(f)["modifier"] for f in result.findings if f.outcome == outcomes.MODIFIER_INVALID]
    assert shown == ["TC", "62"]
    assert outcomes.MODIFIER_UNKNOWN in found(result)


@pytest.mark.parametrize("modifier", ["PD", "PO", "PN", "KX", "CT", "ME", "MG", "GC", "Q6", "CR"])
def test_informational_modifiers_need_no_coder(reference: ReferenceData, modifier: str) -> None:
    assert found(edit(a_claim(a_line("72148", modifier)), reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["24", "25", "57", "91"])
def test_modifiers_of_evaluations_and_laboratory_tests_are_wrong_on_imaging(
    reference: ReferenceData, modifier: str
) -> None:
    """NCCI policy manual, chapter I, section E."""
    finding = one(edit(a_claim(a_line("72142", modifier)), reference), outcomes.MODIFIER_INVALID)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)


def test_one_wrong_modifier_is_reported_as_such_and_a_wrong_combination_as_such(reference: ReferenceData) -> None:
    assert reference.outcomes[outcomes.MODIFIER_INVALID].rarcs == ("N823",)
    assert reference.outcomes[outcomes.MODIFIERS_CONTRADICT].rarcs == ("N519",)


@pytest.mark.parametrize("modifiers", [("26", "TC"), ("GA", "GZ"), ("GX", "GZ")], ids="+".join)
def test_modifiers_that_contradict_each_other_are_reported_once(
    reference: ReferenceData, modifiers: tuple[str, ...]
) -> None:
    """CMS: GZ and GA on one line are an invalid modifier; both parts of a study are billed without 26 and TC."""
    finding = one(edit(a_claim(a_line("72148", *modifiers)), reference), outcomes.MODIFIERS_CONTRADICT)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)


@pytest.mark.parametrize(
    ("plan", "verdict", "pend"),
    [
        ("HUDSON-MA", Verdict.DENIES, None),
        ("HUDSON-DSNP", Verdict.DENIES, None),
        ("HUDSON-COMM", Verdict.PENDS, "P-EDIT-OVR"),
        ("HUDSON-MCD", Verdict.PENDS, "P-EDIT-OVR"),
    ],
)
@pytest.mark.parametrize("modifier", ["GY", "GX"])
def test_what_the_biller_says_the_law_excludes_is_not_paid(
    reference: ReferenceData, modifier: str, plan: str, verdict: Verdict, pend: str | None
) -> None:
    """The statement is about Medicare's law; a plan of another kind asks a person what it means there."""
    result = edit(a_claim(a_line("72148", modifier)), reference, plan=plan)
    assert verdict_and_pend(one(result, outcomes.STATED_EXCLUDED)) == (verdict, pend)
    assert reference.outcomes[outcomes.STATED_EXCLUDED].carc == "96"


def test_what_the_biller_expects_to_be_denied_waits_for_a_clinician_and_is_never_denied_by_software(
    reference: ReferenceData,
) -> None:
    """CMS denies GZ with CO-50 at once (MM7228); here CARC 50 needs a licensed reviewer's signature."""
    result = edit(a_claim(a_line("72148", "GZ")), reference, plan="HUDSON-MA")
    assert verdict_and_pend(one(result, outcomes.STATED_NOT_NECESSARY)) == (Verdict.PENDS, "P-CLIN-N")
    assert reference.outcomes[outcomes.STATED_NOT_NECESSARY].clinical


def test_a_notice_of_liability_changes_nothing_about_payment(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("72148", "GA")), reference)
    assert found(result) == [outcomes.STATED_NOTICE, outcomes.EDITS_CLEAN]


@pytest.mark.parametrize(
    ("bill_type", "outcome"),
    [("131", outcomes.READING_ON_HOSPITAL_CLAIM), (None, outcomes.READING_ON_HOSPITAL_CLAIM), ("851", None)],
)
def test_a_reading_on_a_hospital_claim_waits_for_a_coder_unless_the_hospital_bills_its_physicians(
    reference: ReferenceData, bill_type: str | None, outcome: str | None
) -> None:
    claim = replace(a_claim(a_line("72148", "26"), form=ClaimForm.INSTITUTIONAL), bill_type=bill_type)
    assert found(edit(claim, reference)) == [outcome or outcomes.EDITS_CLEAN]
