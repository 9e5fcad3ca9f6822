"""What holds of every secondary payment: never more than alone, never below nothing, never more together than is allowed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model import outcomes
from adjudication.model.other_payers import PriorPayment
from adjudication.model.reason_codes import Remittance, check_combination
from adjudication.model.vocabulary import CoordinationMethod
from adjudication.steps.secondary_payment import secondary_adjustments, secondary_payment
from rulebook.library import default_policies_dir, load_reference
from tests.builders.other_payers import DECIDED_THERE, prior

SHIPPED = load_reference(default_policies_dir())
METHODS = st.sampled_from(CoordinationMethod)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Decimal, PriorPayment]:
    """What we would pay alone, and what payers before us did: what is neither paid nor left is written off, some by contract."""
    charge = draw(st.integers(1, 300_000))
    paid = draw(st.integers(0, charge))
    share = draw(st.integers(0, charge - paid))
    contract = draw(st.integers(0, charge - paid - share))
    own = draw(st.integers(1, charge))
    alone, *before = (Decimal(cents) / 100 for cents in (own, charge, paid, share, charge - contract))
    return alone, PriorPayment(1, *before)


@given(METHODS, lines())
def test_no_more_is_paid_than_alone_and_never_less_than_nothing(
    method: CoordinationMethod, line: tuple[Decimal, PriorPayment]
) -> None:
    own, before = line
    assert 0 <= secondary_payment(method, own, before) <= own


@given(METHODS, lines())
def test_together_no_more_is_paid_than_the_higher_allowance_or_what_was_paid_before(
    method: CoordinationMethod, line: tuple[Decimal, PriorPayment]
) -> None:
    own, before = line
    together = before.paid + secondary_payment(method, own, before)
    assert together <= max(own, before.allowed, before.paid) <= before.charge


@given(METHODS, lines())
def test_a_cent_more_paid_before_never_raises_what_we_pay(
    method: CoordinationMethod, line: tuple[Decimal, PriorPayment]
) -> None:
    own, before = line
    if before.share >= Decimal("0.01"):
        cent = Decimal("0.01")
        more = PriorPayment(1, before.charge, before.paid + cent, before.share - cent, before.accepted)
        assert secondary_payment(method, own, more) <= secondary_payment(method, own, before)


@given(lines())
def test_medicaid_pays_last_and_never_more_than_the_others_would(line: tuple[Decimal, PriorPayment]) -> None:
    own, before = line
    least = secondary_payment(CoordinationMethod.MEDICAID, own, before)
    assert least <= secondary_payment(CoordinationMethod.STANDARD, own, before)


@given(METHODS, lines())
def test_the_adjustments_make_up_the_charge_and_may_be_sent(
    method: CoordinationMethod, line: tuple[Decimal, PriorPayment]
) -> None:
    own, before = line
    paid = secondary_payment(method, own, before)
    shown = secondary_adjustments(paid, before)
    assert before.charge - sum((amount for _, amount in shown), Decimal(0)) == paid
    assert all(amount > 0 for _, amount in shown)
    assert [outcome for outcome, _ in shown] == sorted(
        dict(shown), key=[outcomes.PRIOR_PAYER, outcomes.ABOVE_ALLOWED].index
    )
    for outcome, amount in shown:
        rule = SHIPPED.outcomes[outcome]
        assert rule.carc is not None
        said = Remittance(rule.group, rule.carc, rule.rarcs, amount, before.charge, DECIDED_THERE)
        check_combination(said, SHIPPED.combinations)


@given(METHODS, lines(), st.integers(0, 100))
def test_a_part_of_a_line_is_coordinated_with_its_part_of_what_was_paid(
    method: CoordinationMethod, line: tuple[Decimal, PriorPayment], percent: int
) -> None:
    own, before = line
    charge = (before.charge * percent / 100).quantize(Decimal("0.01"))
    part = before.for_charge(charge)
    paid = secondary_payment(method, min(own, charge), part)
    assert 0 <= paid <= charge
    assert part.paid + part.share <= charge
    assert charge - sum((amount for _, amount in secondary_adjustments(paid, part)), Decimal(0)) == paid


def test_the_example_of_the_medicare_rule_comes_out_as_printed() -> None:
    """42 CFR 411.33(b): charge 175, the primary payer allowed 150 and paid 120; alone Medicare would pay 100."""
    before = prior("175.00", "120.00", "30.00", accepted="175.00")
    assert secondary_payment(CoordinationMethod.MEDICARE, Decimal("100.00"), before) == Decimal("30.00")


@given(METHODS)
def test_no_plan_adds_anything_where_the_provider_accepts_the_primary_payment_in_full(
    method: CoordinationMethod,
) -> None:
    """42 CFR 411.32(b); NAIC MO-120, section 3: what the provider may not charge is not an allowable expense."""
    assert secondary_payment(method, Decimal("140.00"), prior("175.00", "120.00", "0.00")) == 0


@given(METHODS, lines())
def test_the_provider_never_gets_more_than_it_must_accept_from_the_payers_before_us(
    method: CoordinationMethod, line: tuple[Decimal, PriorPayment]
) -> None:
    own, before = line
    assert before.paid + secondary_payment(method, own, before) <= max(before.accepted, before.paid)


def test_the_example_of_the_remittance_guide_comes_out_as_answered() -> None:
    """X12 RFI 1696: billed 500, Medicare paid 300 with PR 75 and CO-45 125; Medicaid pays 65: OA-23 425 and CO-45 10."""
    before = prior("500.00", "300.00", "75.00")
    paid = secondary_payment(CoordinationMethod.MEDICAID, Decimal("365.00"), before)
    assert paid == Decimal("65.00")
    assert secondary_adjustments(paid, before) == (
        (outcomes.PRIOR_PAYER, Decimal("425.00")),
        (outcomes.ABOVE_ALLOWED, Decimal("10.00")),
    )
