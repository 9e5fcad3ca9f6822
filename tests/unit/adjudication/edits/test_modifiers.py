from __future__ import annotations

import pytest

from adjudication.model import outcomes
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import DEPENDENT, FAMILY, a_claim, a_line
from tests.builders.edits import edit, evidence, found, one, told

SURGICAL = ("54", "55", "56", "62", "66", "80", "81", "82", "AS")
ANAESTHESIA = "23"


@pytest.mark.parametrize("modifier", ["26", "TC"])
@pytest.mark.parametrize("code", FAMILY)
def test_the_family_is_split_by_code_so_component_modifiers_are_invalid(
    reference: ReferenceData, code: str, modifier: str
) -> None:
    finding = one(edit(a_claim(a_line(code, modifier)), reference), outcomes.MODIFIER_INVALID)
    assert told(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {"modifier": modifier, "code": code}
    assert finding.citation.source == "cms-rvu-2024-07"
    assert "PC/TC 0" in finding.citation.locator


@pytest.mark.parametrize("modifier", ["26", "TC"])
@pytest.mark.parametrize("code", ["72148", "76390"])
def test_a_code_with_both_components_may_be_split(reference: ReferenceData, code: str, modifier: str) -> None:
    assert found(edit(a_claim(a_line(code, modifier)), reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["26", "TC"])
def test_an_unverified_indicator_denies_nobody(reference: ReferenceData, modifier: str) -> None:
    assert reference.procedures["62302"][0].pc_tc == "unknown"
    assert found(edit(a_claim(a_line("62302", modifier)), reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("code", ["0610T", "72148", "76390"])
@pytest.mark.parametrize("modifier", [*SURGICAL, ANAESTHESIA])
def test_surgery_and_anaesthesia_modifiers_have_no_meaning_on_imaging(
    reference: ReferenceData, code: str, modifier: str
) -> None:
    assert outcomes.MODIFIER_INVALID in found(edit(a_claim(a_line(code, modifier)), reference))


@pytest.mark.parametrize("modifier", ["62", "23", "26"])
def test_a_modifier_of_a_code_we_hold_no_table_for_is_not_judged(reference: ReferenceData, modifier: str) -> None:
    assert found(edit(a_claim(a_line("63030", modifier)), reference)) == [outcomes.CODE_OUT_OF_SCOPE]


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
    assert told(one(result, outcomes.MODIFIER_UNKNOWN)) == (Verdict.PENDS, "P-EDIT-OVR")
    assert found(result) == [outcomes.MODIFIER_UNKNOWN]


def test_a_reduced_acquisition_waits_for_a_nurse(reference: ReferenceData) -> None:
    finding = one(edit(a_claim(a_line("0609T", "52")), reference), outcomes.REDUCED_ACQUISITION)
    assert told(finding) == (Verdict.PENDS, "P-CLIN-N")


@pytest.mark.parametrize("code", [*DEPENDENT, "72148"])
def test_any_other_reduced_service_stands(reference: ReferenceData, code: str) -> None:
    claim = a_claim(a_line(code, "52"), "0609T") if code in DEPENDENT else a_claim(a_line(code, "52"))
    assert found(edit(claim, reference)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["22", "52", "59", "76", "Q0", "GA", "LT"])
def test_other_known_modifiers_stand(reference: ReferenceData, modifier: str) -> None:
    assert found(edit(a_claim(a_line("72148", modifier)), reference)) == [outcomes.EDITS_CLEAN]


def test_every_modifier_of_a_line_is_judged(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("0609T", "59", "TC", "ZZ", "62")), reference)
    told_of = [evidence(f)["modifier"] for f in result.findings if f.outcome == outcomes.MODIFIER_INVALID]
    assert told_of == ["TC", "62"]
    assert outcomes.MODIFIER_UNKNOWN in found(result)
