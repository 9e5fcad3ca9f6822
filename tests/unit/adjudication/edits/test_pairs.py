from __future__ import annotations

from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.history import LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.activities.claims import SERVICE_DATE
from tests.builders.claims import (
    DEPENDENT,
    FAMILY,
    RADIOLOGIST,
    SPINE_MRI,
    VENDOR,
    a_claim,
    a_line,
    a_past_line,
)
from tests.builders.edits import by_line, edit, edit_uncovered, evidence, found, one, verdict_and_pend
from tests.builders.reference import with_code_ended, with_pair, without_edit_tables, without_ncci

CLEAN = [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("form", list(ClaimForm))
@pytest.mark.parametrize("component", FAMILY)
@pytest.mark.parametrize("mri", SPINE_MRI)
def test_spine_mri_bundles_each_component_on_both_forms(
    reference: ReferenceData, mri: str, component: str, form: ClaimForm
) -> None:
    result = edit(a_claim(mri, component, form=form), reference)
    assert found(result, 1) == CLEAN
    assert outcomes.PAIR in found(result, 2)


def test_a_bundled_line_states_the_pair_the_release_and_where_column_one_is(reference: ReferenceData) -> None:
    finding = one(edit(a_claim("0609T", "72148"), reference), outcomes.PAIR)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert finding.line == 1
    assert evidence(finding) == {
        "column_one": "72148",
        "column_two": "0609T",
        "indicator": "0",
        "release": "2024Q3, carried forward",
        "found_on": "line 2",
    }
    assert finding.citation.source == "cms-ncci-2024q3"
    assert "carried forward" in finding.citation.locator


def test_a_release_in_its_own_quarter_is_not_called_carried_forward(reference: ReferenceData) -> None:
    day = date(2024, 9, 30)
    finding = one(edit(a_claim(a_line("0609T", on=day), a_line("72148", on=day)), reference), outcomes.PAIR)
    assert evidence(finding)["release"] == "2024Q3"


@pytest.mark.parametrize("modifier", ["59", "XE", "XP", "XS", "XU", "79", "LT"])
@pytest.mark.parametrize("line", [0, 1])
def test_no_modifier_on_either_line_opens_indicator_0(reference: ReferenceData, modifier: str, line: int) -> None:
    lines = [a_line("72148", modifier), a_line("0609T")] if line == 0 else [a_line("72148"), a_line("0609T", modifier)]
    assert outcomes.PAIR in found(edit(a_claim(*lines), reference), 2)


def test_the_components_are_billed_together_without_a_pair(reference: ReferenceData) -> None:
    claim = a_claim(*FAMILY)
    assert by_line(edit(claim, reference), claim) == [CLEAN] * 4


@pytest.mark.parametrize(
    ("one_modifiers", "two_modifiers", "outcome"),
    [
        ((), (), outcomes.PAIR),
        (("26",), ("26",), outcomes.PAIR),
        (("59",), (), outcomes.PAIR_BYPASSED),
        ((), ("59",), outcomes.PAIR_BYPASSED),
        ((), ("XS",), outcomes.PAIR_BYPASSED),
    ],
)
def test_indicator_1_is_opened_by_a_bypass_modifier_on_either_line(
    reference: ReferenceData, one_modifiers: tuple[str, ...], two_modifiers: tuple[str, ...], outcome: str
) -> None:
    claim = a_claim(a_line("72156", *one_modifiers), a_line("72142", *two_modifiers))
    assert outcome in found(edit(claim, reference), 2)
    assert found(edit(claim, reference), 1) == CLEAN


def test_an_opened_pair_is_noted_and_the_line_stays_clean(reference: ReferenceData) -> None:
    result = edit(a_claim("72156", a_line("72142", "59")), reference)
    assert verdict_and_pend(one(result, outcomes.PAIR_BYPASSED)) == (Verdict.NOTES, None)
    assert found(result, 2) == [outcomes.PAIR_BYPASSED, outcomes.REDUCTION_NOT_APPLIED, outcomes.EDITS_CLEAN]


def test_indicator_9_is_ignored(reference: ReferenceData) -> None:
    claim = a_claim("72148", "76800")
    assert found(edit(claim, with_pair(reference, "72148", "76800", "9")), 2) == CLEAN
    assert found(edit(claim, with_pair(reference, "72148", "76800", "0")), 2) == [outcomes.PAIR]


@pytest.mark.parametrize("component", FAMILY)
def test_general_spectroscopy_next_to_a_component_is_bundled(reference: ReferenceData, component: str) -> None:
    assert found(edit(a_claim(component, "76390"), reference), 2) == [outcomes.PAIR]


@pytest.mark.parametrize(("family_modifiers", "general_modifiers"), [((), ("59",)), (("59",), ())])
def test_a_modifier_on_that_pair_asks_for_proof_of_distinct_anatomy(
    reference: ReferenceData, family_modifiers: tuple[str, ...], general_modifiers: tuple[str, ...]
) -> None:
    claim = a_claim(a_line("0609T", *family_modifiers), a_line("76390", *general_modifiers))
    finding = one(edit(claim, reference), outcomes.PAIR_BYPASS_REVIEW)
    assert (finding.line, verdict_and_pend(finding)) == (2, (Verdict.PENDS, "P-EDIT-OVR"))


def test_another_day_is_no_pair(reference: ReferenceData) -> None:
    claim = a_claim(a_line("72148", on=date(2025, 8, 19)), "0609T")
    assert by_line(edit(claim, reference), claim) == [CLEAN, CLEAN]


@pytest.mark.parametrize("sequence", [3, 9])
@pytest.mark.parametrize("state", [LineState.IN_PROCESS, LineState.PENDED, LineState.APPROVED])
def test_column_one_on_another_claim_bundles_in_either_order(
    reference: ReferenceData, state: LineState, sequence: int
) -> None:
    result = edit(a_claim("0609T"), reference, a_past_line("72148", state=state, sequence=sequence))
    assert evidence(one(result, outcomes.PAIR))["found_on"] == "claim other-claim line 1"


@pytest.mark.parametrize(
    "past",
    [
        a_past_line("72148", state=LineState.DENIED),
        a_past_line("72148", billing=RADIOLOGIST),
        a_past_line("72148", on=date(2025, 8, 19)),
    ],
    ids=["denied", "another biller", "another day"],
)
def test_column_one_that_does_not_count_bundles_nothing(reference: ReferenceData, past: object) -> None:
    history = [past] if isinstance(past, type(a_past_line("72148"))) else []
    assert history
    assert found(edit(a_claim("0609T"), reference, *history)) == CLEAN


def test_column_one_that_is_itself_invalid_bundles_nothing(reference: ReferenceData) -> None:
    claim = a_claim(a_line("72148", "62"), "0609T")
    assert by_line(edit(claim, reference), claim) == [[outcomes.MODIFIER_INVALID], CLEAN]
    ended = with_code_ended(reference, "72148", SERVICE_DATE)
    claim = a_claim("72148", "0609T")
    assert by_line(edit(claim, ended), claim) == [[outcomes.CODE_NOT_IN_FORCE], CLEAN]


def test_column_one_that_only_waits_bundles_all_the_same(reference: ReferenceData) -> None:
    assert outcomes.PAIR in found(edit(a_claim(a_line("72148", "ZZ"), "0609T"), reference), 2)


def test_an_invalid_column_two_names_the_pair_too(reference: ReferenceData) -> None:
    result = edit(a_claim("72148", a_line("0609T", "TC")), reference)
    assert found(result, 2) == [outcomes.MODIFIER_INVALID, outcomes.PAIR]


def test_column_two_already_paid_elsewhere_holds_column_one(reference: ReferenceData) -> None:
    finding = one(edit(a_claim("72148"), reference, a_past_line("0609T")), outcomes.PAIR_PAID_EARLIER)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert evidence(finding)["column_two"] == "0609T"


@pytest.mark.parametrize("state", [LineState.PENDED, LineState.DENIED])
def test_column_two_not_yet_paid_holds_nothing(reference: ReferenceData, state: LineState) -> None:
    assert found(edit(a_claim("72148"), reference, a_past_line("0609T", state=state))) == CLEAN


@pytest.mark.parametrize("code", ["72148"])
def test_column_two_paid_to_another_biller_or_day_holds_nothing(reference: ReferenceData, code: str) -> None:
    history = [a_past_line("0609T", billing=VENDOR), a_past_line("0609T", on=date(2025, 8, 19))]
    assert found(edit(a_claim(code), reference, *history)) == CLEAN


def test_column_two_of_a_claim_being_decided_now_makes_column_one_wait_for_it(reference: ReferenceData) -> None:
    past = a_past_line("0609T", state=LineState.IN_PROCESS)
    finding = one(edit(a_claim("72148"), reference, past), outcomes.PAIR_UNDECIDED)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-SYS")


def test_column_two_of_a_later_claim_makes_no_person_wait(reference: ReferenceData) -> None:
    past = a_past_line("0609T", state=LineState.IN_PROCESS, sequence=999_999)
    assert found(edit(a_claim("72148"), reference, past)) == CLEAN


def test_an_opened_pair_paid_earlier_holds_nothing(reference: ReferenceData) -> None:
    assert found(edit(a_claim("72156"), reference, a_past_line("72142", "59"))) == [
        outcomes.REDUCTION_NOT_APPLIED,
        outcomes.EDITS_CLEAN,
    ]


def test_general_spectroscopy_paid_earlier_with_a_modifier_is_looked_at_when_the_family_comes(
    reference: ReferenceData,
) -> None:
    result = edit(a_claim("0609T"), reference, a_past_line("76390", "59"))
    assert verdict_and_pend(one(result, outcomes.PAIR_BYPASS_REVIEW)) == (Verdict.PENDS, "P-EDIT-OVR")


def test_a_plan_that_does_not_adopt_the_edits_has_neither_pairs_nor_limits(reference: ReferenceData) -> None:
    claim = a_claim("72148", a_line("0609T", units="5"))
    assert by_line(edit(claim, without_ncci(reference)), claim) == [CLEAN, CLEAN]
    assert by_line(edit(claim, without_edit_tables(without_ncci(reference))), claim) == [CLEAN, CLEAN]


def test_a_line_without_a_plan_skips_pairs_and_tables(reference: ReferenceData) -> None:
    claim = a_claim("72148", "0609T")
    assert by_line(edit_uncovered(claim, reference), claim) == [CLEAN, CLEAN]


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (date(2024, 6, 30), outcomes.TABLES_NOT_LOADED),
        (date(2024, 7, 1), outcomes.EDITS_CLEAN),
        (date(2025, 12, 31), outcomes.EDITS_CLEAN),
        (date(2026, 12, 31), outcomes.EDITS_CLEAN),
        (date(2027, 1, 1), outcomes.TABLES_NOT_LOADED),
    ],
)
def test_a_date_no_release_covers_is_a_gap(reference: ReferenceData, day: date, outcome: str) -> None:
    assert found(edit(a_claim(a_line("72148", on=day)), reference)) == [outcome]


def test_a_gap_waits_for_the_policy_owner(reference: ReferenceData) -> None:
    result = edit(a_claim("72148", *DEPENDENT), without_edit_tables(reference))
    gaps = [finding for finding in result.findings if finding.outcome == outcomes.TABLES_NOT_LOADED]
    assert [verdict_and_pend(gap) for gap in gaps] == [(Verdict.PENDS, "P-POLICY")] * 4


@pytest.mark.parametrize("modifier", ["91", "25", "LT", "RT", "58", "79", "E1", "GA", "KX"])
def test_a_modifier_that_does_not_fit_imaging_opens_no_pair(reference: ReferenceData, modifier: str) -> None:
    """72142 next to 72156 has indicator 1; 91 is for laboratory tests, 25 for evaluations, LT for paired structures."""
    assert outcomes.PAIR in found(edit(a_claim("72156", a_line("72142", modifier)), reference), 2)


@pytest.mark.parametrize("modifier", ["59", "XE", "XP", "XS", "XU"])
def test_a_modifier_of_a_distinct_service_opens_the_pair(reference: ReferenceData, modifier: str) -> None:
    assert outcomes.PAIR not in found(edit(a_claim("72156", a_line("72142", modifier)), reference), 2)
