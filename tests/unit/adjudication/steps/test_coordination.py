"""Coordination of benefits as a claims examiner reads it: an MRI billed at 500.00 that we alone would pay with 412.50."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, Disposition, LineDetermination, Pended
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import DateRange, Verdict
from adjudication.steps.eligibility import CoverageSpan, verify_eligibility
from adjudication.steps.pipeline import ClaimContext, adjudicate
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE, a_claim
from tests.builders.coverage import covered
from tests.builders.other_payers import OTHER_PAYER, carrying, eob, other, with_other_payers
from tests.builders.roster import CENTER, listed

ALLOWED_350 = eob(("300.00", "CO-45 150.00, PR-2 50.00"))
PRIMARY, SECONDARY, UNKNOWN = other("primary"), other("secondary"), other("unknown")


def decided(reference: ReferenceData, claim: Claim, span: CoverageSpan) -> Determination | Pended:
    context = ClaimContext(1, spans=(span,), roster={CENTER: listed("HUDSON-MA")})
    return adjudicate(claim, context, RECEIVED, reference).decision


def waits_for(reference: ReferenceData, claim: Claim, span: CoverageSpan) -> list[tuple[str, str]]:
    decision = decided(reference, claim, span)
    assert isinstance(decision, Pended)
    return [(pend.code, pend.outcome) for pend in decision.pends]


def paid_line(reference: ReferenceData, claim: Claim, span: CoverageSpan) -> LineDetermination:
    decision = decided(reference, claim, span)
    assert isinstance(decision, Determination)
    (line,) = decision.lines
    assert line.disposition is Disposition.APPROVED
    return line


def adjustments_of(line: LineDetermination) -> list[str]:
    return [f"{a.group}-{a.carc} {a.amount}" for a in line.adjustments]


# Who pays first


@pytest.mark.parametrize(
    ("others", "explained", "waits"),
    [
        ((PRIMARY,), (), "primary_not_told"),
        ((UNKNOWN,), (), "order_unknown"),
        ((UNKNOWN,), (ALLOWED_350,), "order_unknown"),
        ((PRIMARY, other("secondary")), (ALLOWED_350,), "order_unknown"),
        ((), (ALLOWED_350,), "contradicts"),
        ((SECONDARY,), (ALLOWED_350,), "contradicts"),
        ((PRIMARY,), (eob(("300.00", "CO-45 200.00"), payer="SYN-No person-KNOWS"),), "primary_not_told"),
        ((PRIMARY, other("primary", "SYN-THIRD-PAYER")), (ALLOWED_350,), "primary_not_told"),
        ((PRIMARY,), (ALLOWED_350, eob(("0.00", "OA-23 500.00"), payer="SYN-No person-KNOWS")), "contradicts"),
    ],
)
def test_what_no_person_settled_waits_for_the_coordination_unit(
    reference: ReferenceData, others: tuple[object, ...], explained: tuple[PayerAdjudication, ...], waits: str
) -> None:
    span = with_other_payers(covered(), *others)  # type: ignore[arg-type]
    assert waits_for(reference, carrying(a_claim("C1"), *explained), span) == [("P-COB", f"coordination.{waits}")]


@pytest.mark.parametrize("span", [covered(), with_other_payers(covered()), with_other_payers(covered(), SECONDARY)])
def test_a_claim_is_paid_as_primary_where_no_person_is_known_to_pay_first(
    reference: ReferenceData, span: CoverageSpan
) -> None:
    line = paid_line(reference, a_claim("C1"), span)
    assert (line.paid, adjustments_of(line), line.reason, line.prior_payers) == (
        Decimal("412.50"),
        ["CO-45 87.50"],
        "pricing.rated",
        0,
    )


def test_coverage_that_pays_after_us_is_found_and_shown(reference: ReferenceData) -> None:
    found = verify_eligibility(a_claim("C1"), [with_other_payers(covered(), SECONDARY)], reference).findings
    assert [(f.outcome, f.verdict) for f in found][1:] == [("coordination.other_is_secondary", Verdict.PASSES)]


def test_other_coverage_counts_on_the_days_it_is_in_force_and_not_on_the_day_it_ends(reference: ReferenceData) -> None:
    ended = with_other_payers(covered(), other("primary", span=DateRange(date(2025, 1, 1), SERVICE_DATE)))
    ends_tomorrow = with_other_payers(covered(), other("primary", span=DateRange(SERVICE_DATE, date(2025, 8, 21))))
    assert paid_line(reference, a_claim("C1"), ended).paid == Decimal("412.50")
    assert waits_for(reference, a_claim("C1"), ends_tomorrow) == [("P-COB", "coordination.primary_not_told")]


def test_other_coverage_stands_to_the_plan_it_was_shown_with(reference: ReferenceData) -> None:
    before = with_other_payers(covered(ends=SERVICE_DATE, plan="HUDSON-EP", coverage_id="COV-SYN-0"), PRIMARY)
    context = ClaimContext(1, spans=(before, covered(SERVICE_DATE)))
    assert isinstance(adjudicate(a_claim("C1"), context, RECEIVED, reference).decision, Determination)


def test_no_finding_names_the_other_payer(reference: ReferenceData) -> None:
    decision = decided(reference, carrying(a_claim("C1"), ALLOWED_350), with_other_payers(covered(), PRIMARY))
    assert OTHER_PAYER not in repr(decision)


# What is paid after another payer


@pytest.mark.parametrize(
    ("explained", "paid", "adjustments"),
    [
        # The provider must accept 350 from it, and it paid 300: 50 is left, although we allow 412.50.
        ("300.00: CO-45 150.00, PR-2 50.00", "50.00", ["OA-23 450.00"]),
        # The provider must accept 220 from it, and it paid 176: 44 is left, not the 224 that our rate would add to.
        ("176.00: CO-45 280.00, PR-2 44.00", "44.00", ["OA-23 456.00"]),
        # The provider has no contract with it and may charge 500: ours is the higher allowance, so 112.50 is left of it.
        ("300.00: OA-45 150.00, PR-2 50.00", "112.50", ["OA-23 387.50"]),
        # It allowed more than we do: only the patient's share is left to pay.
        ("400.00: CO-45 20.00, PR-1 80.00", "80.00", ["OA-23 420.00"]),
        # It put everything to the deductible: we pay what we pay alone, and our contract writes off the rest.
        ("0.00: CO-45 50.00, PR-1 450.00", "412.50", ["OA-23 50.00", "CO-45 37.50"]),
        # It paid the whole charge: nothing is left.
        ("500.00:", "0", ["OA-23 500.00"]),
        # It paid above our rate, with a share that our contract does not add to.
        ("450.00: PR-3 50.00", "50.00", ["OA-23 450.00"]),
    ],
)
def test_a_commercial_plan_pays_what_is_left_of_what_the_provider_may_charge(
    reference: ReferenceData, explained: str, paid: str, adjustments: list[str]
) -> None:
    there, _, why = explained.partition(":")
    line = paid_line(reference, carrying(a_claim("C1"), eob((there, why))), with_other_payers(covered(), PRIMARY))
    assert (line.paid, adjustments_of(line)) == (Decimal(paid), adjustments)
    assert (line.reason, line.prior_payers) == ("pricing.secondary", 1)


def test_the_method_of_the_plan_decides_what_is_left(reference: ReferenceData) -> None:
    """Same MRI, same explanation of benefits: 300.00 paid of 350.00 allowed."""
    paid = {
        plan: paid_line(reference, carrying(a_claim("C1"), ALLOWED_350), with_other_payers(covered(plan=plan), PRIMARY))
        for plan in ("HUDSON-COMM", "HUDSON-MCD", "HUDSON-MA")
    }
    methods = {plan: line.findings[-1].evidence[0].value for plan, line in paid.items()}
    assert methods == {
        "HUDSON-COMM": "standard",
        "HUDSON-MCD": "medicaid-last-resort",
        "HUDSON-MA": "medicare-secondary",
    }
    # The government rate is 297.00: Medicaid adds nothing to 300.00; Medicare adds the patient's share.
    assert {plan: line.paid for plan, line in paid.items()} == {
        "HUDSON-COMM": Decimal("50.00"),
        "HUDSON-MCD": Decimal("0.00"),
        "HUDSON-MA": Decimal("50.00"),
    }


def test_two_payers_before_us_count_together(reference: ReferenceData) -> None:
    first = eob(("300.00", "CO-45 100.00, PR-2 100.00"))
    second = eob(("60.00", "OA-23 400.00, PR-2 40.00"), payer="SYN-THIRD-PAYER")
    span = with_other_payers(covered(), PRIMARY, other("primary", "SYN-THIRD-PAYER"))
    line = paid_line(reference, carrying(a_claim("C1"), first, second), span)
    assert (line.paid, adjustments_of(line), line.prior_payers) == (Decimal("40.00"), ["OA-23 460.00"], 2)


def test_of_two_decisions_of_one_payer_the_newer_counts(reference: ReferenceData) -> None:
    corrected = eob(("400.00", "CO-45 20.00, PR-1 80.00"), on=date(2025, 8, 30))
    for first, second in ((ALLOWED_350, corrected), (corrected, ALLOWED_350)):
        claim = carrying(a_claim("C1"), first, second)
        assert paid_line(reference, claim, with_other_payers(covered(), PRIMARY)).paid == Decimal("80.00")


def test_each_line_is_paid_by_what_was_decided_for_it(reference: ReferenceData) -> None:
    both = eob(("300.00", "CO-45 150.00, PR-2 50.00"), ("500.00", ""))
    decision = decided(
        reference, carrying(a_claim("C1", "72148", "72141"), both), with_other_payers(covered(), PRIMARY)
    )
    assert isinstance(decision, Determination)
    assert [line.paid for line in decision.lines] == [Decimal("50.00"), Decimal(0)]
    assert decision.prior_payers == 1


# What is not read off an explanation of benefits


@pytest.mark.parametrize(
    ("explained", "waits"),
    [
        (eob(("0.00", "CO-50 500.00")), "primary_denied"),
        (eob(("0.00", "CO-197 500.00")), "primary_rules_not_followed"),
        (eob(("0.00", "CO-197 400.00, CO-50 100.00")), "primary_denied"),
        (eob(("0.00", "PR-96 500.00")), "primary_denied"),
        (eob(("300.00", "CO-45 150.00, PR-242 50.00")), "primary_unclear"),
        (eob(("300.00", "CO-45 250.00, PR-2 -50.00")), "primary_unclear"),
        (eob(("300.00", "CO-45 150.00")), "primary_unclear"),
        (eob(("600.00", "CO-94 -100.00")), "primary_unclear"),
    ],
)
def test_what_the_other_payer_denied_or_did_not_say_clearly_waits_for_a_person(
    reference: ReferenceData, explained: PayerAdjudication, waits: str
) -> None:
    found = waits_for(reference, carrying(a_claim("C1"), explained), with_other_payers(covered(), PRIMARY))
    assert found == [("P-COB", f"coordination.{waits}")]


def test_a_sum_for_the_whole_claim_is_a_line_only_where_there_is_one(reference: ReferenceData) -> None:
    span = with_other_payers(covered(), PRIMARY)
    whole = eob(("300.00", "CO-45 150.00, PR-2 50.00"), by_line=False)
    assert paid_line(reference, carrying(a_claim("C1"), whole), span).paid == Decimal("50.00")
    two = a_claim("C1", "72148", "72141")
    for spread in (
        eob(("300.00", "CO-45 200.00"), ("300.00", "CO-45 200.00"), by_line=False),
        eob(("300.00", "CO-45 150.00, PR-2 50.00"), ("500.00", ""), whole="PR-1 100.00"),
    ):
        waits = waits_for(reference, carrying(two, spread), span)
        assert waits == [("P-COB", "coordination.primary_unclear")] * 2


def test_a_line_the_other_payer_said_nothing_of_waits(reference: ReferenceData) -> None:
    claim = carrying(a_claim("C1", "72148", "72141"), ALLOWED_350)
    assert waits_for(reference, claim, with_other_payers(covered(), PRIMARY)) == [
        ("P-COB", "coordination.primary_not_told")
    ]


def test_an_edit_does_not_decide_before_it_is_settled_who_pays_first(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72149", "72148")
    assert {code for code, _ in waits_for(reference, claim, with_other_payers(covered(), PRIMARY))} == {"P-COB"}


def test_only_a_denial_for_the_first_payers_own_rules_is_repeated_with_136(reference: ReferenceData) -> None:
    """CARC 136 says that the prior payer's coverage rules were not followed, and says this of no other denial."""
    assert reference.outcomes[outcomes.PRIMARY_RULES_NOT_FOLLOWED].carc == "136"
    assert reference.outcomes[outcomes.PRIMARY_DENIED].carc is None
