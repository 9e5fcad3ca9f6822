"""Who is liable: the group code of an adjustment follows the outcome, the plan, the contract and the notice."""

from __future__ import annotations

import pytest

from adjudication.model import outcomes
from adjudication.model.liability import ContractStatus, LiabilityFacts, liable_group
from adjudication.model.vocabulary import GroupCode, OutcomeCode, ProductLine
from rulebook.library import default_policies_dir, load_library

LIBRARY = load_library(default_policies_dir())
COMMERCIAL, MEDICAID, MEDICARE = ProductLine.COMMERCIAL, ProductLine.MEDICAID, ProductLine.MEDICARE_ADVANTAGE
WITH, WITHOUT, UNKNOWN = ContractStatus.CONTRACTED, ContractStatus.NOT_CONTRACTED, ContractStatus.UNKNOWN


def group(
    outcome: OutcomeCode,
    product_line: ProductLine | None = COMMERCIAL,
    contract: ContractStatus = WITH,
    notice: str = "none",
) -> GroupCode:
    reference = LIBRARY.reference
    rule = reference.outcomes[outcome]
    facts = LiabilityFacts(product_line, contract, notice == "signed")
    return liable_group(outcome, rule.group, facts, reference.liability, clinical=rule.clinical)


@pytest.mark.parametrize("outcome", [outcomes.AFTER_TERMINATION, outcomes.COVERAGE_LAPSE, outcomes.BEFORE_COVERAGE])
def test_a_person_without_coverage_is_liable_outside_medicare(outcome: OutcomeCode) -> None:
    for product_line in (COMMERCIAL, MEDICAID, ProductLine.ESSENTIAL_PLAN, ProductLine.CHILD_HEALTH_PLUS):
        assert group(outcome, product_line, UNKNOWN) is GroupCode.PATIENT
    assert group(outcome, MEDICARE, UNKNOWN) is GroupCode.CONTRACTUAL


def test_a_provider_with_a_contract_bears_an_administrative_denial() -> None:
    assert group(outcomes.AUTHORIZATION_MISSING) is GroupCode.CONTRACTUAL
    assert group(outcomes.PAIR) is GroupCode.CONTRACTUAL


@pytest.mark.parametrize("contract", [WITHOUT, UNKNOWN])
@pytest.mark.parametrize("outcome", [outcomes.AUTHORIZATION_MISSING, outcomes.PAIR, outcomes.EXPERIMENTAL])
def test_without_a_known_contract_no_commercial_denial_says_that_the_provider_may_not_bill(
    outcome: OutcomeCode, contract: ContractStatus
) -> None:
    assert group(outcome, COMMERCIAL, contract) is GroupCode.OTHER


@pytest.mark.parametrize("product_line", [MEDICARE, MEDICAID, ProductLine.DUAL_SNP])
def test_medicare_and_medicaid_protect_the_member_without_a_contract_too(product_line: ProductLine) -> None:
    """42 CFR 422.214 and 447.15: the provider accepts the program's payment as payment in full."""
    for outcome in (outcomes.AUTHORIZATION_MISSING, outcomes.ABOVE_ALLOWED):
        assert group(outcome, product_line, WITHOUT) is GroupCode.CONTRACTUAL


def test_above_the_allowed_amount_the_contract_says_who_bears_it() -> None:
    """CARC 45 stands with PR or CO only."""
    assert group(outcomes.ABOVE_ALLOWED, COMMERCIAL, WITH) is GroupCode.CONTRACTUAL
    assert group(outcomes.ABOVE_ALLOWED, COMMERCIAL, WITHOUT) is GroupCode.PATIENT


def test_a_signed_notice_makes_a_commercial_member_liable_for_a_clinical_denial_and_for_no_other() -> None:
    assert group(outcomes.EXPERIMENTAL, notice="signed") is GroupCode.PATIENT
    assert group(outcomes.EXPERIMENTAL) is GroupCode.CONTRACTUAL
    assert group(outcomes.PAIR, notice="signed") is GroupCode.CONTRACTUAL
    assert group(outcomes.EXPERIMENTAL, MEDICARE, notice="signed") is GroupCode.CONTRACTUAL


def test_what_the_contract_excludes_is_the_members_own_expense_where_a_contract_governs() -> None:
    assert group(outcomes.BENEFIT_EXCLUDED, ProductLine.ESSENTIAL_PLAN) is GroupCode.PATIENT
    assert group(outcomes.BENEFIT_EXCLUDED, MEDICAID) is GroupCode.CONTRACTUAL


def test_an_outcome_that_assigns_no_liability_stays_so_everywhere() -> None:
    for contract in ContractStatus:
        assert group(outcomes.DUPLICATE, COMMERCIAL, contract) is GroupCode.OTHER


def test_the_letter_forbids_a_bill_only_where_the_group_does() -> None:
    """Of the four groups only CO says that a contract or the law forbids the bill."""
    words = LIBRARY.letters.payment
    assert [group for group, text in words.items() if "may not bill" in text] == [GroupCode.CONTRACTUAL]
