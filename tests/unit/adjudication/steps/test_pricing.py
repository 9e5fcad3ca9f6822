from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.reference import Rate, ReferenceData
from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.pricing import Price, price_line
from tests.builders.activities.claims import SERVICE_DATE, a_line

RATE = Decimal("412.50")


def price(reference: ReferenceData, charge: str, units: str = "1", code: str = "72148") -> Price | None:
    plan = reference.plan(PlanId("HUDSON-COMM"), SERVICE_DATE)
    assert plan is not None
    return price_line(replace(a_line(1, code, charge), units=Decimal(units)), plan, reference)


@pytest.mark.parametrize(
    ("charge", "units", "paid"),
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
    reference: ReferenceData, charge: str, units: str, paid: str
) -> None:
    assert price(reference, charge, units) == Price(Decimal(paid), RATE)


def test_a_fraction_of_a_cent_is_rounded_half_up(reference: ReferenceData) -> None:
    found = price(reference, "500.00", "0.333")
    assert found is not None
    assert found.paid == Decimal("137.36")


@pytest.mark.parametrize("code", ["0609T", "0610T", "0611T", "0612T", "76390", "76498"])
def test_a_code_without_a_national_price_has_no_price_here(reference: ReferenceData, code: str) -> None:
    assert price(reference, "500.00", code=code) is None


def test_a_rate_counts_on_its_own_dates_only(reference: ReferenceData) -> None:
    plan = reference.plan(PlanId("HUDSON-COMM"), SERVICE_DATE)
    assert plan is not None
    rate = Rate(plan.rate_schedule, "72148", Decimal("10.00"), DateRange(date(2025, 8, 1), SERVICE_DATE))
    ended = replace(reference, rates={(plan.rate_schedule, "72148"): (rate,)})
    line = a_line(1, "72148")
    assert price_line(line, plan, ended) is None
    found = price_line(replace(line, service_date=date(2025, 8, 19)), plan, ended)
    assert found == Price(Decimal("10.00"), Decimal("10.00"))
