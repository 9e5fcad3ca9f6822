from __future__ import annotations

from datetime import date, timedelta

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE
from tests.builders.claims import DEPENDENT, FAMILY, RADIOLOGIST, VENDOR, a_claim, a_line, a_past_line
from tests.builders.edits import by_line, edit, edit_uncovered, evidence, found, one, verdict_and_pend

CLEAN = [outcomes.EDITS_CLEAN]
DEADLINE = RECEIVED + timedelta(days=21)
STANDING = (LineState.IN_PROCESS, LineState.PENDED, LineState.APPROVED)


def scan(state: LineState = LineState.APPROVED, on: date = SERVICE_DATE, sequence: int = 3) -> HistoryLine:
    """The hospital's acquisition, on a separate claim."""
    return a_past_line("0609T", billing=VENDOR, state=state, on=on, sequence=sequence)


def read() -> Claim:
    return a_claim("0612T", billing=RADIOLOGIST)


def test_one_claim_with_all_four_components_is_whole(reference: ReferenceData) -> None:
    claim = a_claim(*FAMILY)
    assert by_line(edit(claim, reference), claim) == [CLEAN] * 4


def test_the_acquisition_needs_no_sibling(reference: ReferenceData) -> None:
    result = edit(a_claim("0609T"), reference, as_of=DEADLINE)
    assert found(result) == CLEAN


@pytest.mark.parametrize("code", DEPENDENT)
def test_a_component_without_its_acquisition_waits_and_states_until_when(reference: ReferenceData, code: str) -> None:
    finding = one(edit(a_claim(code), reference), outcomes.FAMILY_WAITING)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-FAM")
    assert evidence(finding) == {"needs": "0609T", "waits_until": "2025-09-22"}
    assert finding.citation == reference.family.citation


@pytest.mark.parametrize(
    ("late", "outcome"),
    [(timedelta(seconds=-1), outcomes.FAMILY_WAITING), (timedelta(0), outcomes.FAMILY_ORPHAN)],
)
def test_an_orphan_is_denied_when_its_wait_is_over_and_not_before(
    reference: ReferenceData, late: timedelta, outcome: str
) -> None:
    assert found(edit(read(), reference, as_of=DEADLINE + late)) == [outcome]


def test_an_orphan_denial_is_administrative(reference: ReferenceData) -> None:
    finding = one(edit(read(), reference, as_of=DEADLINE), outcomes.FAMILY_ORPHAN)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert not reference.outcomes[outcomes.FAMILY_ORPHAN].clinical


@pytest.mark.parametrize("code", [code for code in DEPENDENT if code != "0612T"])
def test_siblings_other_than_the_acquisition_do_not_end_the_wait(reference: ReferenceData, code: str) -> None:
    claim = a_claim("0612T", code)
    assert by_line(edit(claim, reference), claim) == [[outcomes.FAMILY_WAITING]] * 2


@pytest.mark.parametrize("sequence", [3, 9])
@pytest.mark.parametrize("state", STANDING)
def test_the_acquisition_may_be_on_any_standing_claim_of_any_biller(
    reference: ReferenceData, state: LineState, sequence: int
) -> None:
    assert found(edit(read(), reference, scan(state, sequence=sequence), as_of=DEADLINE)) == CLEAN


def test_a_denied_acquisition_does_not_count(reference: ReferenceData) -> None:
    assert found(edit(read(), reference, scan(LineState.DENIED))) == [outcomes.FAMILY_WAITING]


@pytest.mark.parametrize(
    ("days", "outcome"),
    [
        (-15, outcomes.FAMILY_WAITING),
        (-14, outcomes.EDITS_CLEAN),
        (14, outcomes.EDITS_CLEAN),
        (15, outcomes.FAMILY_WAITING),
    ],
)
def test_components_of_one_study_lie_within_the_window(reference: ReferenceData, days: int, outcome: str) -> None:
    day = SERVICE_DATE + timedelta(days=days)
    assert found(edit(read(), reference, scan(on=day))) == [outcome]


def test_the_window_holds_within_one_claim_too(reference: ReferenceData) -> None:
    claim = a_claim("0609T", a_line("0612T", on=SERVICE_DATE + timedelta(days=15)))
    assert by_line(edit(claim, reference), claim) == [CLEAN, [outcomes.FAMILY_WAITING]]


@pytest.mark.parametrize("code", FAMILY)
@pytest.mark.parametrize("state", STANDING)
def test_a_component_another_biller_has_waits_for_a_coder(
    reference: ReferenceData, code: str, state: LineState
) -> None:
    past = a_past_line(code, claim="vendor-claim", billing=VENDOR, state=state)
    finding = one(edit(a_claim(*FAMILY), reference, past), outcomes.COMPONENT_ELSEWHERE)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert finding.line == FAMILY.index(code) + 1
    assert evidence(finding) == {"claim": "vendor-claim", "state": state.value}


def test_the_same_biller_with_another_charge_has_it_elsewhere_too(reference: ReferenceData) -> None:
    result = edit(a_claim("0609T"), reference, a_past_line("0609T", charge="499.00"))
    assert outcomes.COMPONENT_ELSEWHERE in found(result)
    assert outcomes.DUPLICATE not in found(result)


def test_an_exact_duplicate_is_called_that_and_nothing_else_of_the_family(reference: ReferenceData) -> None:
    result = edit(a_claim("0609T"), reference, a_past_line("0609T"))
    assert outcomes.DUPLICATE in found(result)
    assert outcomes.COMPONENT_ELSEWHERE not in found(result)


def test_of_two_billers_only_the_later_claim_is_held(reference: ReferenceData) -> None:
    assert found(edit(a_claim("0609T"), reference, a_past_line("0609T", billing=VENDOR, sequence=9))) == CLEAN


@pytest.mark.parametrize(
    "past",
    [
        a_past_line("0611T", billing=VENDOR, state=LineState.DENIED),
        a_past_line("0611T", billing=VENDOR, on=date(2025, 8, 19)),
        a_past_line("72148", billing=VENDOR),
    ],
    ids=["denied", "another day", "another code"],
)
def test_what_is_not_the_same_component_holds_nothing(reference: ReferenceData, past: HistoryLine) -> None:
    claim = a_claim("0609T", "0611T")
    assert by_line(edit(claim, reference, past), claim) == [CLEAN, CLEAN]


def test_a_component_is_found_elsewhere_without_a_plan(reference: ReferenceData) -> None:
    assert found(edit_uncovered(read(), reference)) == [outcomes.FAMILY_WAITING]


def test_an_acquisition_completes_the_claims_that_wait_for_it(reference: ReferenceData) -> None:
    waiting = [
        a_past_line("0610T", claim="center", state=LineState.PENDED),
        a_past_line("0611T", claim="vendor", billing=VENDOR, state=LineState.PENDED),
        a_past_line("0612T", claim="vendor", billing=VENDOR, state=LineState.PENDED),
        a_past_line("0612T", claim="radiologist", billing=RADIOLOGIST, state=LineState.PENDED, sequence=9),
    ]
    assert edit(a_claim("0609T"), reference, *waiting).completes == ("center", "vendor", "radiologist")


@pytest.mark.parametrize(
    "past",
    [
        a_past_line("0612T", state=LineState.APPROVED),
        a_past_line("0612T", state=LineState.DENIED),
        a_past_line("0612T", state=LineState.PENDED, on=SERVICE_DATE + timedelta(days=15)),
        a_past_line("0609T", state=LineState.PENDED),
        a_past_line("72148", state=LineState.PENDED),
    ],
    ids=["approved", "denied", "outside the window", "an acquisition", "imaging"],
)
def test_an_acquisition_completes_nothing_else(reference: ReferenceData, past: HistoryLine) -> None:
    assert edit(a_claim("0609T"), reference, past).completes == ()


def test_only_an_acquisition_completes(reference: ReferenceData) -> None:
    past = a_past_line("0612T", state=LineState.PENDED)
    assert edit(a_claim("0610T", "0611T", "72148"), reference, past).completes == ()


@pytest.mark.parametrize("reader", ["radiologist first", "hospital first"])
def test_hospital_scans_and_a_radiologist_reads_in_either_order(reference: ReferenceData, reader: str) -> None:
    """Billing pattern 1: the scan on 837I, the read on 837P."""
    hospital = a_claim("0609T", "0610T", control="H", billing=VENDOR, form=ClaimForm.INSTITUTIONAL)
    sent = a_past_line("0612T", claim="read", billing=RADIOLOGIST, state=LineState.PENDED)
    if reader == "radiologist first":
        assert edit(hospital, reference, sent).completes == ("read",)
    assert by_line(edit(hospital, reference, sent), hospital) == [CLEAN, CLEAN]
    assert found(edit(read(), reference, scan())) == CLEAN


def test_center_vendor_and_radiologist_bill_one_study(reference: ReferenceData) -> None:
    """Billing pattern 3: 0609T and 0610T by the center, 0611T by the vendor, 0612T by the radiologist."""
    center = [scan(LineState.PENDED), a_past_line("0610T", billing=VENDOR, state=LineState.PENDED)]
    analysis = a_past_line("0611T", claim="vendor", billing=RADIOLOGIST, state=LineState.PENDED, sequence=4)
    assert found(edit(a_claim("0611T", billing=VENDOR), reference, *center)) == CLEAN
    assert found(edit(read(), reference, *center, analysis)) == CLEAN
