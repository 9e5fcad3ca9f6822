"""One study is paid once over all billers: once globally, or its technical part once and its reading once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from adjudication.steps.subjects import Subjects
from tests.builders.claims import RADIOLOGIST, VENDOR, a_claim, a_line, a_past_line
from tests.builders.edits import edit, evidence, found, one, verdict_and_pend

NEXT_DAY = date(2025, 8, 21)


def hospital(*modifiers: str, code: str = "72148") -> HistoryLine:
    """The hospital's line of the study, on an institutional claim."""
    return replace(a_past_line(code, *modifiers, billing=VENDOR), form=ClaimForm.INSTITUTIONAL)


@pytest.mark.parametrize(
    "earlier",
    [hospital(), hospital("TC"), a_past_line("72148", "TC", billing=VENDOR)],
    ids=["hospital", "hospital TC", "center TC"],
)
def test_the_scan_by_the_hospital_and_the_reading_by_the_radiologist_are_both_paid(
    reference: ReferenceData, earlier: HistoryLine
) -> None:
    claim = a_claim(a_line("72148", "26"), billing=RADIOLOGIST)
    assert found(edit(claim, reference, earlier)) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("state", [LineState.APPROVED, LineState.PENDED, LineState.IN_PROCESS])
@pytest.mark.parametrize(
    ("billed", "earlier"),
    [
        (a_line("72148"), a_past_line("72148", billing=VENDOR)),
        (a_line("72148", "26"), a_past_line("72148", billing=VENDOR)),
        (a_line("72148", "TC"), a_past_line("72148", billing=VENDOR)),
        (a_line("72148"), a_past_line("72148", "26", billing=VENDOR)),
        (a_line("72148", "26"), a_past_line("72148", "26", billing=VENDOR)),
        (a_line("72148", "TC"), hospital()),
        (a_line("72148", "26"), a_past_line("72148", billing=VENDOR, on=date(2025, 8, 19))),
    ],
    ids=["two globals", "26 after global", "TC after global", "global after 26", "26 twice", "TC twice", "read later"],
)
def test_a_part_that_another_biller_already_bills_pends_for_a_coder(
    reference: ReferenceData, billed: ClaimLine, earlier: HistoryLine, state: LineState
) -> None:
    result = edit(a_claim(billed), reference, replace(earlier, state=state))
    finding = one(result, outcomes.COMPONENT_ELSEWHERE)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert evidence(finding)["claim"] == "other-claim"
    assert reference.outcomes[outcomes.COMPONENT_ELSEWHERE].carc == "B20"


@pytest.mark.parametrize(
    ("billed", "earlier"),
    [
        (a_line("72148", charge="500.01"), a_past_line("72148")),
        (a_line("72148", "26"), a_past_line("72148")),
    ],
    ids=["another charge", "the reading after the whole"],
)
def test_the_same_biller_billing_much_the_same_again_is_suspected_and_not_denied(
    reference: ReferenceData, billed: ClaimLine, earlier: HistoryLine
) -> None:
    result = edit(a_claim(billed), reference, earlier)
    assert verdict_and_pend(one(result, outcomes.SUSPECTED_DUPLICATE)) == (Verdict.PENDS, "P-EDIT-OVR")


def test_a_reading_on_the_same_claim_as_the_whole_study_is_suspected(reference: ReferenceData) -> None:
    result = edit(a_claim("72148", a_line("72148", "26")), reference)
    assert evidence(one(result, outcomes.SUSPECTED_DUPLICATE))["line"] == "1"
    assert outcomes.SUSPECTED_DUPLICATE in found(result, 2)


def test_both_parts_on_one_claim_are_one_study_and_one_unit(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("72148", "TC"), a_line("72148", "26")), reference)
    assert found(result, 1) == found(result, 2) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["76", "77", "59", "XE"])
def test_a_biller_who_says_that_it_did_its_study_again_is_not_suspected_and_another_one_is(
    reference: ReferenceData, modifier: str
) -> None:
    """The units of the day answer for a biller's own repeat; another biller's word does not pay a study twice."""
    again = a_claim(a_line("72148", modifier))
    own = edit(again, reference, a_past_line("72148", charge="450.00"))
    assert outcomes.SUSPECTED_DUPLICATE not in found(own)
    other = edit(again, reference, a_past_line("72148", billing=VENDOR))
    assert verdict_and_pend(one(other, outcomes.COMPONENT_ELSEWHERE)) == (Verdict.PENDS, "P-EDIT-OVR")


@pytest.mark.parametrize(
    "earlier",
    [
        a_past_line("72148", billing=VENDOR, state=LineState.DENIED),
        a_past_line("72148", billing=VENDOR, sequence=9),
        a_past_line("72141", billing=VENDOR),
        a_past_line("72148", billing=VENDOR, on=date(2025, 8, 19)),
    ],
    ids=["denied", "a later claim", "another code", "another day"],
)
def test_another_study_is_never_suspected(reference: ReferenceData, earlier: HistoryLine) -> None:
    assert found(edit(a_claim("72148"), reference, earlier)) == [outcomes.EDITS_CLEAN]


def test_a_reading_dated_a_day_after_its_study_is_no_repeat_imaging(reference: ReferenceData) -> None:
    """The reading's date of service is the day of interpretation (SE17023); the scan a day before is its own study."""
    reading = a_claim(a_line("72148", "26", on=NEXT_DAY), billing=RADIOLOGIST)
    days = reference.reading.days
    assert Subjects(reading, [hospital()], days).of(reading.lines[0]).history == ()
    another = a_past_line("72148", billing=VENDOR)
    assert len(Subjects(reading, [another], days).of(reading.lines[0]).history) == 1
    long_before = replace(hospital(), service_date=date(2025, 6, 1))
    assert len(Subjects(reading, [long_before], days).of(reading.lines[0]).history) == 1


@pytest.mark.parametrize("place", ["19", "21", "22", "23", "31", "51", "61"])
@pytest.mark.parametrize("modifiers", [(), ("TC",)], ids=["whole", "TC"])
@pytest.mark.parametrize(("plan", "by"), [("HUDSON-MA", "42-cfr-411-15"), ("HUDSON-COMM", "synthetic-payers")])
def test_the_technical_part_of_a_hospitals_patient_is_the_hospitals_to_bill(
    reference: ReferenceData, modifiers: tuple[str, ...], place: str, plan: str, by: str
) -> None:
    """A person looks: the place may be wrong, or the service under arrangement. No contract says that others may bill it."""
    claim = replace(a_claim(a_line("72148", *modifiers)), place_of_service=place)
    finding = one(edit(claim, reference, plan=plan), outcomes.TECHNICAL_OF_HOSPITAL)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert finding.citation.source == by


@pytest.mark.parametrize("place", ["02", "10", "41", "42", "81"])
@pytest.mark.parametrize("modifiers", [(), ("TC",)], ids=["whole", "TC"])
def test_a_scan_from_a_place_where_none_is_made_pends_for_a_coder(
    reference: ReferenceData, modifiers: tuple[str, ...], place: str
) -> None:
    claim = replace(a_claim(a_line("72148", *modifiers)), place_of_service=place)
    finding = one(edit(claim, reference, plan="HUDSON-MA"), outcomes.PLACE_WITHOUT_SCANNER)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    rule = reference.outcomes[outcomes.PLACE_WITHOUT_SCANNER]
    assert (rule.carc, rule.rarcs) == ("5", ("M77",))


@pytest.mark.parametrize(
    ("modifiers", "place"),
    [(("26",), "22"), (("26",), "23"), ((), "15"), ((), "11"), ((), "32"), ((), "49")],
    ids=["the reading", "in the emergency room", "mobile unit", "office", "nursing facility", "clinic"],
)
def test_a_reading_and_other_places_are_not_held_for_it(
    reference: ReferenceData, modifiers: tuple[str, ...], place: str
) -> None:
    claim = replace(a_claim(a_line("72148", *modifiers)), place_of_service=place)
    assert found(edit(claim, reference, plan="HUDSON-MA")) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("place", ["01", "12", "27", "41", "60", "98", "99"])
@pytest.mark.parametrize("modifiers", [(), ("TC",), ("26",)], ids=["whole", "technical part", "reading"])
def test_a_place_where_no_scan_is_made_or_that_does_not_exist_waits_for_a_coder(
    reference: ReferenceData, modifiers: tuple[str, ...], place: str
) -> None:
    """A reading states the place of its study (Claims Processing Manual, chapter 26, 10.5)."""
    claim = replace(a_claim(a_line("72148", *modifiers)), place_of_service=place)
    for plan in ("HUDSON-COMM", "HUDSON-MA"):
        finding = one(edit(claim, reference, plan=plan), outcomes.PLACE_WITHOUT_SCANNER)
        assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
