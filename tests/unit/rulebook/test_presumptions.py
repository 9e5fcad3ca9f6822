"""What plans presume of a chart that never mentions a thing: from a day on, and nothing where the plan decided nothing."""

from __future__ import annotations

from datetime import date

import pytest

from adjudication.policy.catalog import PolicyCatalog
from rulebook.library import PolicyLibrary
from rulebook.medical.presumptions import PlanPresumption, by_plan

CITED = {"citation": {"source": "synthetic-payers", "locator": "test"}, "confidence": "synthetic"}
DECIDED = {"decided_by": "SYN-MD", "decided_on": date(2024, 1, 1), "why": "A test asks for it.", **CITED}


def presumed(plan: str, name: str, *values: tuple[date, bool]) -> PlanPresumption:
    rows = tuple({"starts": starts, "presumed": holds, **DECIDED} for starts, holds in values)
    return PlanPresumption.model_validate({"plan": plan, "presumption": name, "values": rows})


def test_a_presumption_holds_from_its_first_day_of_service_until_the_plan_takes_it_back() -> None:
    flags = presumed("SYN-A", "no-flags", (date(2025, 1, 1), True), (date(2026, 1, 1), False))
    pain = presumed("SYN-A", "no-pain", (date(2025, 7, 1), True))
    catalog = PolicyCatalog({}, {}, presumptions=by_plan([flags, pain]))
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1)]
    assert [catalog.presumed("SYN-A", day) for day in days] == [
        frozenset(),
        {"no-flags"},
        {"no-flags", "no-pain"},
        {"no-pain"},
    ]
    assert catalog.presumed("SYN-B", date(2025, 7, 1)) == frozenset()


@pytest.mark.parametrize(("plan", "presumes"), [("HUDSON-LG", {"no-red-flags"}), ("HUDSON-COMM", set())])
def test_of_the_shipped_plans_only_one_presumes_that_a_red_flag_would_be_written(
    library: PolicyLibrary, plan: str, presumes: set[str]
) -> None:
    assert library.medical.catalog.presumed(plan, date(2025, 6, 2)) == presumes
    assert library.medical.conflicts["X-103"].decided_by == "SYN-MEDICAL-DIRECTOR"
