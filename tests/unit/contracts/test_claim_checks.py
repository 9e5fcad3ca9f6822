from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.claim_intake.checks import check_claim
from contracts.events.claims import ClaimSubmitted
from contracts.events.codec import canonical
from tests.builders.events import (
    CENTER,
    PRIVATE,
    RADIOLOGIST,
    SERVICE_DATE,
    a_claim_event,
    a_line,
    an_institutional_claim_event,
)

WRONG_DIGIT = CENTER[:-1] + "4"
TODAY = date(2025, 9, 1)
Found = tuple[str, str | None, int | None]


def _problems(event: dict[str, Any], received_on: date = TODAY) -> list[Found]:
    claim = ClaimSubmitted.model_validate_json(canonical(event)).data
    reasons = check_claim(claim, received_on)
    for reason in reasons:
        assert not any(private in reason.message for private in PRIVATE)
    return [(reason.code, reason.field, reason.line) for reason in reasons]


@pytest.mark.parametrize("event", [a_claim_event(), an_institutional_claim_event()], ids=["professional", "hospital"])
def test_a_clean_claim_has_no_problem(event: dict[str, Any]) -> None:
    assert _problems(event) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"frequency": "7"}, ("M47", "payer_claim_number", None)),
        ({"frequency": "8"}, ("M47", "payer_claim_number", None)),
        ({"place_of_service": None}, ("M77", "place_of_service", 1)),
        ({"billing": {"npi": WRONG_DIGIT}}, ("N257", "billing.npi", None)),
        ({"rendering": {"npi": WRONG_DIGIT}}, ("N290", "rendering.npi", None)),
        ({"ordering": {"npi": WRONG_DIGIT}}, ("N265", "ordering.npi", None)),
        ({"facility": {"npi": WRONG_DIGIT}}, ("N293", "facility.npi", None)),
        ({"lines": [a_line(rendering={"npi": WRONG_DIGIT})]}, ("N290", "rendering.npi", 1)),
        ({"lines": [a_line(diagnosis_pointers=[2])]}, ("M76", "diagnosis_pointers", 1)),
        ({"lines": [a_line(diagnosis_pointers=[])]}, ("M76", "diagnosis_pointers", 1)),
        ({"lines": [a_line(code=None)]}, ("M51", "code", 1)),
        ({"lines": [a_line(), a_line(code="72141")]}, ("MA130", "number", 1)),
        ({"lines": [a_line(service_date="2025-09-02")]}, ("M52", "service_date", 1)),
        ({"lines": [a_line(service_date="1989-12-31")]}, ("M52", "service_date", 1)),
    ],
)
def test_one_thing_wrong_is_shown_with_its_code_field_and_line(changes: dict[str, Any], expected: Found) -> None:
    assert _problems(a_claim_event(**changes)) == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bill_type": None}, ("MA30", "bill_type", None)),
        ({"lines": [a_line(number=3, diagnosis_pointers=[])]}, ("M50", "revenue_code", 3)),
    ],
)
def test_a_hospital_claim_needs_its_own_fields(changes: dict[str, Any], expected: Found) -> None:
    assert _problems(an_institutional_claim_event(**changes)) == [expected]


@pytest.mark.parametrize(
    ("bill_type", "frequency"),
    [("137", None), ("138", None), ("131", "7"), ("131", "8"), ("137", "8"), ("138", "7"), ("133", "7"), ("147", "1")],
)
def test_a_type_of_bill_that_contradicts_the_frequency_is_rejected_with_both_named(
    bill_type: str, frequency: str | None
) -> None:
    names = {} if frequency in {None, "1"} else {"payer_claim_number": "CWSYNTHETIC"}
    found = _problems(an_institutional_claim_event(bill_type=bill_type, frequency=frequency, **names))
    assert found == [("MA30", "bill_type", None), ("MA30", "frequency", None)]


@pytest.mark.parametrize(
    ("bill_type", "frequency"), [("131", "1"), ("132", None), ("134", "1"), ("329", None), ("137", "7"), ("138", "8")]
)
def test_a_type_of_bill_that_says_what_the_frequency_says_passes(bill_type: str, frequency: str | None) -> None:
    names = {"payer_claim_number": "CWSYNTHETIC"} if frequency in {"7", "8"} else {}
    assert _problems(an_institutional_claim_event(bill_type=bill_type, frequency=frequency, **names)) == []


@pytest.mark.parametrize("bill_type", ["130", "135", "13G", "13Q"])
def test_a_bill_that_asks_for_no_decision_here_is_rejected(bill_type: str) -> None:
    assert _problems(an_institutional_claim_event(bill_type=bill_type)) == [("MA30", "bill_type", None)]


@pytest.mark.parametrize("changes", [{}, {"frequency": "1"}])
def test_an_original_that_names_an_earlier_claim_is_rejected_with_both_named(changes: dict[str, Any]) -> None:
    found = _problems(a_claim_event(payer_claim_number="CWSYNTHETIC", **changes))
    assert found == [("M47", "payer_claim_number", None), ("M47", "frequency", None)]


def test_a_hospital_line_may_have_a_revenue_code_only() -> None:
    lines = [a_line(revenue_code="0612"), a_line(2, code=None, revenue_code="0270", diagnosis_pointers=[])]
    assert _problems(an_institutional_claim_event(lines=lines)) == []
    neither = [a_line(code=None, diagnosis_pointers=[])]
    assert _problems(an_institutional_claim_event(lines=neither)) == [("M50", "revenue_code", 1)]


def test_a_hospital_line_needs_neither_pointer_nor_place_of_service() -> None:
    assert _problems(an_institutional_claim_event(place_of_service=None)) == []


def test_a_line_may_bring_the_place_of_service_that_the_claim_lacks() -> None:
    lines = [a_line(), a_line(2, place_of_service="22")]
    assert _problems(a_claim_event(place_of_service=None, lines=lines)) == [("M77", "place_of_service", 1)]


@pytest.mark.parametrize("total", ["850.00", "850", 850])
def test_a_total_that_is_the_sum_of_the_lines_passes(total: str | int) -> None:
    lines = [a_line(), a_line(2, code="72141", charge="350.00")]
    assert _problems(a_claim_event(lines=lines, total_charge=total)) == []


@pytest.mark.parametrize("total", ["500.00", "850.01", "0.00"])
def test_a_total_that_is_not_the_sum_of_the_lines_is_rejected(total: str) -> None:
    lines = [a_line(), a_line(2, code="72141", charge="350.00")]
    assert _problems(a_claim_event(lines=lines, total_charge=total)) == [("M54", "total_charge", None)]


def test_a_replacement_that_names_its_original_passes() -> None:
    assert _problems(a_claim_event(frequency="7", payer_claim_number="CWSYNTHETIC")) == []


def test_a_service_before_birth_is_rejected_and_one_on_the_day_of_birth_is_not() -> None:
    member = {**a_claim_event()["data"]["member"], "birth_date": SERVICE_DATE}
    born_later = {**member, "birth_date": "2025-08-21"}
    assert _problems(a_claim_event(member=member)) == []
    assert _problems(a_claim_event(member=born_later)) == [("M52", "service_date", 1)]


def test_a_service_on_the_day_of_receipt_passes() -> None:
    assert _problems(a_claim_event(lines=[a_line(service_date="2025-09-01")])) == []


@pytest.mark.parametrize("values", [{}, {"flag": True, "number": "3"}, {"day": SERVICE_DATE, "code": "failed"}])
def test_a_supporting_fact_needs_exactly_one_value(values: dict[str, Any]) -> None:
    good = {"fact": "tx.weeks", "number": "7", "source": "SYN-EHR", "recorded_on": SERVICE_DATE}
    bad = {"fact": "tx.outcome", "source": "SYN-EHR", "recorded_on": SERVICE_DATE, **values}
    found = _problems(a_claim_event(supporting_information=[good, bad]))
    assert found == [("N29", "supporting_information[1]", None)]


@pytest.mark.parametrize("npi", [CENTER, RADIOLOGIST, "1245319599", "2000000002"])
def test_the_check_digit_admits_valid_numbers_and_no_other_last_digit(npi: str) -> None:
    valid = [digit for digit in "0123456789" if _problems(a_claim_event(billing={"npi": npi[:-1] + digit})) == []]
    assert valid == [npi[-1]]


def test_every_problem_is_shown_at_once() -> None:
    event = a_claim_event(frequency="7", billing={"npi": WRONG_DIGIT}, lines=[a_line(diagnosis_pointers=[9])])
    assert {code for code, _, _ in _problems(event)} == {"M47", "N257", "M76"}


def _eob(**changes: Any) -> dict[str, Any]:
    """Another payer paid 300.00 of the first line's 1850.00 and left 50.00 to the patient."""
    shown = [{"group": "CO", "carc": "45", "amount": "1500.00"}, {"group": "PR", "carc": "2", "amount": "50.00"}]
    line = {"number": 1, "paid": "300.00", "adjustments": shown}
    return {
        "payer_id": "SYN-OTHER-PAYER",
        "adjudicated_on": "2025-08-28",
        "paid": "300.00",
        "lines": [line],
        **changes,
    }


def _whole(amount: str) -> list[dict[str, str]]:
    return [{"group": "CO", "carc": "45", "amount": amount}]


@pytest.mark.parametrize(
    "expected",
    [_eob(), _eob(lines=[], adjustments=_whole("1550.00")), _eob(paid="290.00", adjustments=_whole("10.00"))],
)
def test_what_another_payer_did_is_taken_where_it_adds_up(expected: dict[str, Any]) -> None:
    assert _problems(a_claim_event(lines=[a_line(charge="1850.00")], other_payers=[expected])) == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ([_eob(paid="300.01")], ("N4", "other_payers[0]", None)),
        ([_eob(lines=[])], ("N4", "other_payers[0]", None)),
        ([_eob(adjudicated_on="2025-09-02")], ("N4", "other_payers[0].adjudicated_on", None)),
        ([_eob(adjudicated_on="2025-01-01")], ("N4", "other_payers[0].adjudicated_on", None)),
        ([_eob(lines=[{"number": 1, "paid": "300.00"}])], ("N4", "other_payers[0].lines", 1)),
        (
            [_eob(lines=[{"number": 2, "paid": "300.00", "adjustments": _whole("1550.00")}])],
            ("N4", "other_payers[0].lines", 2),
        ),
        ([_eob(), _eob()], ("N4", "other_payers[1]", None)),
    ],
)
def test_what_another_payer_cannot_have_done_is_shown_with_its_place(
    message: list[dict[str, Any]], expected: Found
) -> None:
    assert _problems(a_claim_event(lines=[a_line(charge="1850.00")], other_payers=message)) == [expected]
