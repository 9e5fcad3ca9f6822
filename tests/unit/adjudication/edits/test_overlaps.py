"""One region imaged by two billers on one day with and without contrast is one study (NCCI policy manual, chapter IX, A)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import RADIOLOGIST, VENDOR, a_claim, a_line, a_past_line
from tests.builders.edits import edit, evidence, found, one, verdict_and_pend


@pytest.mark.parametrize("state", [LineState.APPROVED, LineState.PENDED, LineState.IN_PROCESS])
@pytest.mark.parametrize(
    ("billed", "earlier"),
    [
        ("72148", "72149"),
        ("72149", "72148"),
        ("72158", "72148"),
        ("72149", "72158"),
        ("72141", "72156"),
        ("72147", "72146"),
        ("72131", "72132"),
        ("72197", "72195"),
    ],
)
def test_one_region_with_other_contrast_by_another_biller_pends_for_a_coder(
    reference: ReferenceData, billed: str, earlier: str, state: LineState
) -> None:
    past = replace(a_past_line(earlier, billing=VENDOR), state=state)
    finding = one(edit(a_claim(billed), reference, past), outcomes.COMPONENT_ELSEWHERE)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert evidence(finding) == {"claim": "other-claim", "state": state.value, "code": earlier}


@pytest.mark.parametrize("modifier", ["59", "77", "XE"])
def test_the_word_of_the_later_biller_that_its_study_is_a_separate_one_pays_nothing(
    reference: ReferenceData, modifier: str
) -> None:
    result = edit(a_claim(a_line("72148", modifier)), reference, a_past_line("72149", billing=VENDOR))
    assert verdict_and_pend(one(result, outcomes.COMPONENT_ELSEWHERE)) == (Verdict.PENDS, "P-EDIT-OVR")


@pytest.mark.parametrize(
    ("billed", "earlier"),
    [
        (a_line("72148"), a_past_line("72142", billing=VENDOR)),
        (a_line("72148"), a_past_line("72132", billing=VENDOR)),
        (a_line("72148"), a_past_line("72149", billing=VENDOR, on=date(2025, 8, 19))),
        (a_line("72148"), replace(a_past_line("72149", billing=VENDOR), state=LineState.DENIED)),
        (a_line("72148"), replace(a_past_line("72149", billing=VENDOR), sequence=99)),
    ],
    ids=[
        "another region",
        "CT and MRI",
        "another day",
        "denied",
        "came later",
    ],
)
def test_what_is_no_overlap_passes(reference: ReferenceData, billed: ClaimLine, earlier: HistoryLine) -> None:
    assert outcomes.COMPONENT_ELSEWHERE not in found(edit(a_claim(billed), reference, earlier))


@pytest.mark.parametrize(("billed", "earlier"), [("26", "TC"), ("TC", "26")])
def test_a_scan_and_a_reading_of_one_region_under_two_codes_pend_for_a_coder(
    reference: ReferenceData, billed: str, earlier: str
) -> None:
    """They are two parts of one study, and one of the two codes is wrong."""
    past = a_past_line("72149", earlier, billing=VENDOR)
    finding = one(edit(a_claim(a_line("72148", billed)), reference, past), outcomes.COMPONENT_ELSEWHERE)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")


def test_a_reading_whose_own_scan_is_on_file_is_not_held_for_another_one(reference: ReferenceData) -> None:
    own, other = a_past_line("72148", "TC", billing=VENDOR), a_past_line("72149", "TC", billing=VENDOR, claim="third")
    assert outcomes.COMPONENT_ELSEWHERE not in found(edit(a_claim(a_line("72148", "26")), reference, own, other))


def test_the_scan_of_a_hospital_overlaps_with_the_whole_study_of_a_center(reference: ReferenceData) -> None:
    scan = replace(a_past_line("72148", billing=VENDOR), form=ClaimForm.INSTITUTIONAL)
    assert verdict_and_pend(one(edit(a_claim("72158"), reference, scan), outcomes.COMPONENT_ELSEWHERE)) == (
        Verdict.PENDS,
        "P-EDIT-OVR",
    )


def test_the_biller_s_own_pair_is_for_the_pair_tables(reference: ReferenceData) -> None:
    result = edit(a_claim("72148"), reference, a_past_line("72149"))
    assert outcomes.PAIR in found(result)
    assert outcomes.COMPONENT_ELSEWHERE not in found(result)


def test_a_reading_of_a_study_that_a_center_bills_whole_with_other_contrast_pends(reference: ReferenceData) -> None:
    claim = a_claim(a_line("72148", "26"), billing=RADIOLOGIST)
    assert outcomes.COMPONENT_ELSEWHERE in found(edit(claim, reference, a_past_line("72149", billing=VENDOR)))
