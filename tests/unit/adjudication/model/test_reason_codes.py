from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.errors import CombinationError
from adjudication.model.reason_codes import Remittance, check_combination
from adjudication.model.reference import CombinationRules, ReferenceData
from adjudication.model.vocabulary import GroupCode

CO, OA, PI, PR = GroupCode.CONTRACTUAL, GroupCode.OTHER, GroupCode.PAYER_INITIATED, GroupCode.PATIENT
TODAY = date(2025, 9, 2)
NEED_A_REMARK = ["16", "96", "129", "148", "226", "227", "234", "237", "250", "251", "252", "A1"]
ONLY_OTHER = ["18", "23", "133", "136", "209", "257"]


@pytest.fixture(scope="module")
def rules(reference: ReferenceData) -> CombinationRules:
    return reference.combinations


def said(carc: str, group: GroupCode = CO, rarcs: tuple[str, ...] = ("N362",), amount: str = "100.00") -> Remittance:
    return Remittance(group, carc, rarcs, Decimal(amount), Decimal("100.00"), TODAY)


@pytest.mark.parametrize("carc", ["138", "165", "B5"])
def test_a_deactivated_code_is_refused(rules: CombinationRules, carc: str) -> None:
    with pytest.raises(CombinationError, match="deactivated"):
        check_combination(said(carc), rules)


def test_a_code_may_be_sent_until_the_day_it_ends(rules: CombinationRules) -> None:
    check_combination(replace(said("138"), decided_on=date(2018, 4, 30)), rules)
    with pytest.raises(CombinationError, match="2018-05-01"):
        check_combination(replace(said("138"), decided_on=date(2018, 5, 1)), rules)


@pytest.mark.parametrize("carc", NEED_A_REMARK)
@pytest.mark.parametrize("rarcs", [(), ("N381",), ("MA01", "N140")], ids=["none", "an alert", "alerts"])
def test_a_code_that_needs_a_remark_is_refused_without_one_that_is_no_alert(
    rules: CombinationRules, carc: str, rarcs: tuple[str, ...]
) -> None:
    with pytest.raises(CombinationError, match="needs a remark"):
        check_combination(said(carc, rarcs=rarcs), rules)


@pytest.mark.parametrize("carc", NEED_A_REMARK)
def test_a_remark_that_is_no_alert_satisfies_next_to_an_alert(rules: CombinationRules, carc: str) -> None:
    check_combination(said(carc, rarcs=("MA01", "M127")), rules)


@pytest.mark.parametrize("carc", ONLY_OTHER)
@pytest.mark.parametrize("group", [CO, PI, PR])
def test_a_code_bound_to_the_other_group_is_refused_elsewhere(
    rules: CombinationRules, carc: str, group: GroupCode
) -> None:
    with pytest.raises(CombinationError, match="only with group OA"):
        check_combination(said(carc, group), rules)
    check_combination(said(carc, OA), rules)


def test_16_is_never_for_missing_documents(rules: CombinationRules) -> None:
    missing = replace(said("16"), documents_missing=True)
    with pytest.raises(CombinationError, match="252 or 226"):
        check_combination(missing, rules)
    check_combination(replace(missing, carc="252"), rules)
    check_combination(replace(missing, carc="226"), rules)
    check_combination(said("16"), rules)


@pytest.mark.parametrize("amount", ["100.00", "100.01"])
def test_45_never_takes_the_whole_charge(rules: CombinationRules, amount: str) -> None:
    with pytest.raises(CombinationError, match="whole charge"):
        check_combination(said("45", amount=amount), rules)


def test_45_may_take_all_but_a_cent(rules: CombinationRules) -> None:
    check_combination(said("45", amount="99.99"), rules)


def test_a_refusal_names_the_combination_and_what_to_do(rules: CombinationRules) -> None:
    with pytest.raises(CombinationError) as refused:
        check_combination(said("18", rarcs=("N702", "N522")), rules)
    assert str(refused.value).startswith("CO-18 with N702+N522 may not be sent: ")


def test_every_reason_we_ship_passes_the_gate(reference: ReferenceData) -> None:
    checked = 0
    for rule in reference.outcomes.values():
        if rule.carc is not None:
            amount = "40.00" if rule.carc == "45" else "100.00"
            documents = replace(
                said(rule.carc, rule.group, rule.rarcs, amount), documents_missing=rule.scenario == "S1"
            )
            check_combination(documents, reference.combinations)
            checked += 1
    assert checked > 30
