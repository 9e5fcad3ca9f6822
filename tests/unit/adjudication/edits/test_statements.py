"""A death before the service, and payment that the provider or the member did not agree to, are questions for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adjudication.edits.component_edits import apply_component_edits
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import PlanId
from tests.builders.activities.claims import SERVICE_DATE
from tests.builders.claims import a_claim, a_line
from tests.builders.edits import edit, found

CLEAN = [outcomes.EDITS_CLEAN]


def died(days_before: int, *modifiers: str) -> Claim:
    claim = a_claim(a_line("72148", *modifiers))
    return replace(claim, member=replace(claim.member, died_on=SERVICE_DATE - timedelta(days=days_before)))


@pytest.mark.parametrize(("claim", "expected"), [
    (died(1), [outcomes.AFTER_DEATH]), (died(0), CLEAN), (died(3, "26"), CLEAN), (died(4, "26"), [outcomes.AFTER_DEATH]),
    (died(1, "TC"), [outcomes.AFTER_DEATH]),
])  # fmt: skip
def test_a_service_after_death_is_asked_about_and_a_reading_only_after_three_days(
    reference: ReferenceData, claim: Claim, expected: list[str]
) -> None:
    assert found(edit(claim, reference)) == expected


@pytest.mark.parametrize(("plan", "expected"), [
    ("HUDSON-MA", [outcomes.ASSIGNMENT_REFUSED]), ("BUCKEYE-MCD", [outcomes.ASSIGNMENT_REFUSED]), ("HUDSON-COMM", CLEAN),
])  # fmt: skip
def test_a_provider_who_does_not_accept_assignment_is_asked_about_in_public_programs(
    reference: ReferenceData, plan: str, expected: list[str]
) -> None:
    assert found(edit(replace(a_claim(), assignment_accepted=False), reference, plan=plan)) == expected
    assert found(edit(replace(a_claim(), assignment_accepted=True), reference, plan=plan)) == CLEAN


def test_benefits_that_are_not_assigned_may_be_the_members_unless_contracts_have_the_plan_pay_the_provider(
    reference: ReferenceData,
) -> None:
    claim = replace(a_claim(), benefits_assigned=False)
    assert found(edit(claim, reference, plan="HUDSON-COMM")) == CLEAN
    contracted = reference.plan(PlanId("HUDSON-COMM"), SERVICE_DATE)
    assert contracted is not None
    assert _found(claim, contracted, reference) == CLEAN
    assert _found(claim, replace(contracted, contracted_billers=None), reference) == [outcomes.BENEFITS_NOT_ASSIGNED]


def _found(claim: Claim, plan: Plan, reference: ReferenceData) -> list[str]:
    plans = {line.number: plan for line in claim.lines}
    done = apply_component_edits(claim, plans, (), claim.received_at, reference, sequence=1)
    return [str(each.outcome) for each in done.findings]
