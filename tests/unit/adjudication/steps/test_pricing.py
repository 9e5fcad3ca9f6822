from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.components import Component
from adjudication.model.prices import ModifierPrice, PriceEffect
from adjudication.model.reference import Plan, Rate, ReferenceData
from adjudication.model.vocabulary import ClaimForm, DateRange, PlanId
from adjudication.steps.pricing import ByHand, Price, price_line
from tests.builders.activities.claims import SERVICE_DATE, a_line

RATE = Decimal("412.50")


def hudson(reference: ReferenceData, plan_id: str = "HUDSON-COMM") -> Plan:
    plan = reference.plan(PlanId(plan_id), SERVICE_DATE)
    assert plan is not None
    return plan


def price(
    reference: ReferenceData,
    charge: str = "900.00",
    units: str = "1",
    code: str = "72148",
    *modifiers: str,
    form: ClaimForm = ClaimForm.PROFESSIONAL,
    plan_id: str = "HUDSON-COMM",
) -> Price | ByHand:
    line = replace(a_line(1, code, charge), units=Decimal(units), modifiers=modifiers)
    return price_line(line, form, hudson(reference, plan_id), reference)


def paid(found: Price | ByHand) -> Decimal:
    assert isinstance(found, Price)
    return found.paid


@pytest.mark.parametrize(
    ("charge", "units", "amount"),
    [
        ("500.00", "1", "412.50"),
        ("412.50", "1", "412.50"),
        ("412.49", "1", "412.49"),
        ("0.00", "1", "0.00"),
        ("900.00", "2", "825.00"),
        ("800.00", "2", "800.00"),
        ("500.00", "0.5", "206.25"),
    ],
)
def test_a_line_pays_the_lesser_of_the_rate_times_units_and_the_charge(
    reference: ReferenceData, charge: str, units: str, amount: str
) -> None:
    found = price(reference, charge, units)
    assert isinstance(found, Price)
    assert (found.paid, found.rate) == (Decimal(amount), RATE)


def test_a_fraction_of_a_cent_is_rounded_half_up(reference: ReferenceData) -> None:
    assert paid(price(reference, "500.00", "0.333")) == Decimal("137.36")


@pytest.mark.parametrize("code", ["0609T", "0610T", "0611T", "0612T", "76390", "76498"])
def test_a_code_without_a_national_price_has_no_price_here(reference: ReferenceData, code: str) -> None:
    assert isinstance(price(reference, "500.00", code=code), ByHand)


def test_a_rate_counts_on_its_own_dates_only(reference: ReferenceData) -> None:
    plan = hudson(reference)
    rate = Rate(plan.rate_schedule, "72148", Decimal("10.00"), DateRange(date(2025, 8, 1), SERVICE_DATE))
    ended = replace(reference, rates={(plan.rate_schedule, "72148"): (rate,)})
    line = a_line(1, "72148")
    assert isinstance(price_line(line, ClaimForm.PROFESSIONAL, plan, ended), ByHand)
    found = price_line(replace(line, service_date=date(2025, 8, 19)), ClaimForm.PROFESSIONAL, plan, ended)
    assert paid(found) == Decimal("10.00")


def test_the_center_and_the_radiologist_share_one_rate_and_no_part_pays_it_all(reference: ReferenceData) -> None:
    """412.50 for the whole study; the technical part and the reading together are that, and never more."""
    whole = paid(price(reference))
    technical = paid(price(reference, "900.00", "1", "72148", "TC"))
    professional = paid(price(reference, "900.00", "1", "72148", "26"))
    assert whole == RATE
    assert technical + professional == whole
    assert 0 < professional < technical < whole


def test_every_shipped_rate_of_a_whole_study_is_the_sum_of_its_parts(reference: ReferenceData) -> None:
    """As in the physician fee schedule: the global row is the TC row plus the 26 row."""
    listed = [{rate.component: rate.amount for rate in rates} for rates in reference.rates.values()]
    split = [parts for parts in listed if len(parts) == len(Component)]
    assert split
    for parts in split:
        assert parts[Component.TECHNICAL] + parts[Component.PROFESSIONAL] == parts[Component.GLOBAL]


def test_a_hospital_claim_bills_the_technical_part_from_the_schedule_of_hospitals(reference: ReferenceData) -> None:
    hospital = price(reference, form=ClaimForm.INSTITUTIONAL)
    assert isinstance(hospital, Price)
    outpatient = reference.rate("hudson-outpatient", "72148", SERVICE_DATE, Component.TECHNICAL)
    assert outpatient is not None
    assert hospital.rate == outpatient.amount
    shown = {e.name: e.value for e in hospital.evidence}
    assert shown["component"] == "technical"
    assert "packaging" in shown["not_applied"]


def test_a_plan_without_a_schedule_of_hospitals_never_pays_them_as_physicians(reference: ReferenceData) -> None:
    found = price(reference, form=ClaimForm.INSTITUTIONAL, plan_id="HUDSON-MA")
    assert found == ByHand("the plan has no schedule for institutional claims")


@pytest.mark.parametrize(
    "modifiers", [("52",), ("53",), ("50",), ("26", "TC"), ("26", "52"), ("ZZ",), ("PD",)], ids=" ".join
)
def test_a_modifier_whose_effect_is_not_loaded_is_priced_by_a_person(
    reference: ReferenceData, modifiers: tuple[str, ...]
) -> None:
    assert isinstance(price(reference, "900.00", "1", "72148", *modifiers), ByHand)


@pytest.mark.parametrize("modifier", ["59", "76", "77", "XS", "GA", "22"])
def test_a_modifier_for_edits_or_the_record_leaves_the_rate_as_it_is(reference: ReferenceData, modifier: str) -> None:
    assert paid(price(reference, "900.00", "1", "72148", modifier)) == RATE


def test_a_hospital_study_stopped_before_anesthesia_is_paid_at_half(reference: ReferenceData) -> None:
    """42 CFR 419.44(b)."""
    full = paid(price(reference, form=ClaimForm.INSTITUTIONAL))
    stopped = paid(price(reference, "900.00", "1", "72148", "73", form=ClaimForm.INSTITUTIONAL))
    assert stopped * 2 == full


def test_a_contract_may_say_what_a_modifier_does_to_its_own_rates(reference: ReferenceData) -> None:
    plan = hudson(reference)
    dates, forms = DateRange(date(2025, 1, 1)), frozenset({ClaimForm.PROFESSIONAL})
    own = frozenset({plan.rate_schedule})
    halved = ModifierPrice("52", PriceEffect.PERCENT, Decimal(50), forms, own, dates, plan.citation)
    prices = {**reference.modifier_prices, "52": (*reference.modifier_prices["52"], halved)}
    assert paid(price(replace(reference, modifier_prices=prices), "900.00", "1", "72148", "52")) == RATE / 2


def test_a_person_prices_what_the_tables_do_not_and_a_loaded_rate_comes_first(reference: ReferenceData) -> None:
    plan, reduced = hudson(reference), replace(a_line(1, "72148", "900.00"), modifiers=("52",))
    by_hand = Decimal("150.00")
    assert paid(price_line(reduced, ClaimForm.PROFESSIONAL, plan, reference, by_hand)) == by_hand
    whole = a_line(1, "72148", "900.00")
    assert paid(price_line(whole, ClaimForm.PROFESSIONAL, plan, reference, by_hand)) == RATE
