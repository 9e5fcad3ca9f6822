from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import ClaimLine
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency, Verdict
from tests.builders.claims import CENTER, VENDOR, a_claim, a_line, a_past_line
from tests.builders.edits import edit, edit_uncovered, evidence, found, one, verdict_and_pend


def is_duplicate(reference: ReferenceData, line: ClaimLine | str, *history: HistoryLine) -> bool:
    return outcomes.DUPLICATE in found(edit(a_claim(line), reference, *history))


@pytest.mark.parametrize("state", [LineState.IN_PROCESS, LineState.PENDED, LineState.APPROVED])
@pytest.mark.parametrize("code", ["72148", "0609T", "C8931"])
def test_a_line_an_earlier_claim_bills_is_a_duplicate(reference: ReferenceData, code: str, state: LineState) -> None:
    result = edit(a_claim(code), reference, a_past_line(code, claim="first", state=state))
    finding = one(result, outcomes.DUPLICATE)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {"claim": "first"}
    assert reference.outcomes[outcomes.DUPLICATE].carc == "18"


@pytest.mark.parametrize(
    "past",
    [
        a_past_line("72148", state=LineState.DENIED),
        a_past_line("72148", sequence=9),
        a_past_line("72148", billing=VENDOR),
        a_past_line("72148", "26"),
        a_past_line("72148", on=date(2025, 8, 19)),
        a_past_line("72148", units="2"),
        a_past_line("72148", charge="500.01"),
        a_past_line("72141"),
    ],
    ids=["denied", "a later claim", "biller", "modifiers", "date", "units", "charge", "code"],
)
def test_a_line_that_differs_is_no_duplicate(reference: ReferenceData, past: HistoryLine) -> None:
    assert not is_duplicate(reference, "72148", past)


def test_amounts_are_compared_as_numbers_and_modifiers_in_any_order(reference: ReferenceData) -> None:
    past = a_past_line("72148", "TC", "59", units="1.0", charge="500")
    assert is_duplicate(reference, a_line("72148", "59", "TC"), past)


def test_a_corrected_claim_after_a_denial_is_no_duplicate_of_it(reference: ReferenceData) -> None:
    result = edit(a_claim("0609T"), reference, a_past_line("0609T", "TC", state=LineState.DENIED))
    assert found(result) == [outcomes.EDITS_CLEAN]


def test_a_replacement_is_a_duplicate_of_another_claim_than_the_one_it_changes(reference: ReferenceData) -> None:
    """What it changes is not in its history: adjudication/corrections/judge.py leaves it out."""
    result = edit(a_claim("72148", frequency=Frequency.REPLACEMENT), reference, a_past_line("72148"))
    assert outcomes.DUPLICATE in found(result)


def test_a_duplicate_is_found_without_a_plan(reference: ReferenceData) -> None:
    claim = a_claim("72148", "72148")
    assert found(edit_uncovered(claim, reference), 2) == [outcomes.DUPLICATE]


def test_a_line_repeated_on_one_claim_is_a_duplicate_of_the_first(reference: ReferenceData) -> None:
    result = edit(a_claim("72148", "72141", "72148"), reference)
    assert evidence(one(result, outcomes.DUPLICATE)) == {"line": "1"}
    assert outcomes.DUPLICATE in found(result, 3)
    assert found(result, 1) == [outcomes.EDITS_CLEAN]


@pytest.mark.parametrize("modifier", ["59", "76", "77", "91", "XE", "XP", "XS", "XU"])
def test_a_repeat_that_states_it_is_no_duplicate_within_a_claim(reference: ReferenceData, modifier: str) -> None:
    result = edit(a_claim(a_line("72148", modifier), a_line("72148", modifier)), reference)
    assert outcomes.DUPLICATE not in found(result, 2)


@pytest.mark.parametrize(
    "second",
    [a_line("72148", "26"), a_line("72148", on=date(2025, 8, 19)), a_line("72141")],
    ids=["modifiers", "date", "code"],
)
def test_another_line_is_no_duplicate_within_a_claim(reference: ReferenceData, second: ClaimLine) -> None:
    assert outcomes.DUPLICATE not in found(edit(a_claim("72148", second), reference), 2)


def test_the_order_of_modifiers_makes_no_other_line(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("72148", "26", "Q1"), a_line("72148", "Q1", "26")), reference)
    assert outcomes.DUPLICATE in found(result, 2)


def test_one_line_is_called_a_duplicate_once(reference: ReferenceData) -> None:
    history = [a_past_line("72148", claim=name, billing=CENTER, sequence=n) for n, name in enumerate(("a", "b"), 1)]
    result = edit(a_claim("72148"), reference, *history)
    assert found(result).count(outcomes.DUPLICATE) == 1


def test_a_claim_is_no_duplicate_of_itself(reference: ReferenceData) -> None:
    claim = a_claim("72148")
    itself = a_past_line("72148", claim=claim.claim_id, sequence=1)
    assert found(edit(claim, reference, itself)) == [outcomes.EDITS_CLEAN]


def test_the_same_service_in_another_place_is_suspected_and_not_denied(reference: ReferenceData) -> None:
    """Medicare's exact duplicates agree in their place of service; others are suspected (Claims Processing Manual, chapter 1, 120)."""
    claim = replace(a_claim("72148"), place_of_service="49")
    here, elsewhere = (replace(a_past_line("72148"), place_of_service=place) for place in ("49", "11"))
    assert found(edit(claim, reference, here)).count(outcomes.DUPLICATE) == 1
    result = edit(claim, reference, elsewhere)
    assert outcomes.DUPLICATE not in found(result)
    assert verdict_and_pend(one(result, outcomes.SUSPECTED_DUPLICATE)) == (Verdict.PENDS, "P-EDIT-OVR")
    unknown = replace(elsewhere, place_of_service=None)
    assert outcomes.DUPLICATE in found(edit(claim, reference, unknown))
