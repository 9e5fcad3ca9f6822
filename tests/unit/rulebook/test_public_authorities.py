"""A government plan whose order of authorities leaves out what binds it is refused when the policies are loaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model.vocabulary import PlanId
from rulebook.errors import PolicyDataError
from rulebook.public_authorities import refuse_unasked
from tests.builders.letters.letter_values import shipped

DAY = date(2025, 12, 1)


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        ("HUDSON-MA", "ncd"),
        ("CASCADE-MA", "lcd"),
        ("HUDSON-DSNP", "lcd"),
        ("HUDSON-MCD", "state-guideline"),
        ("BUCKEYE-MCD", "state-guideline"),
    ],
)
@pytest.mark.parametrize("fault", ["left out", "asked last"])
def test_a_government_plan_asks_what_binds_it_before_its_own_policies(plan: str, kind: str, fault: str) -> None:
    reference = shipped().reference
    terms = reference.plan(PlanId(plan), DAY)
    assert terms is not None
    order = reference.catalog.precedences[terms.precedence]
    refuse_unasked(plan, terms, order)
    first = order.legs[0]
    moved = tuple(each for each in first.authorities if each.kind == kind) if fault == "asked last" else ()
    rest = tuple(each for each in first.authorities if each.kind != kind)
    spoiled = replace(order, legs=(replace(first, authorities=(*rest, *moved)), *order.legs[1:]))
    with pytest.raises(PolicyDataError, match=f"does not ask the authority {kind} before its own policies"):
        refuse_unasked(plan, terms, spoiled)


def test_a_commercial_plan_may_ask_its_own_policies_alone() -> None:
    reference = shipped().reference
    terms = reference.plan(PlanId("HUDSON-COMM"), DAY)
    assert terms is not None
    refuse_unasked("HUDSON-COMM", terms, reference.catalog.precedences[terms.precedence])
