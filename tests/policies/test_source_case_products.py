"""The cases of policy 6.01.03 on products: which authority is asked, put to the orders of the plans that follow it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.policy.catalog import Authority, LegRuling, Precedence
from adjudication.policy.evidence import Evidence, Subject
from rulebook.library import default_policies_dir, load_library
from rulebook.source_cases.reading import SourceCase, cases_dir, read_source_cases
from rulebook.source_cases.schema import Answer

CATALOG = load_library(default_policies_dir()).medical.catalog
CASES = [case for case in read_source_cases(cases_dir(default_policies_dir())) if case.record.product is not None]
ORDERS = {
    "commercial": "ny-commercial",
    "essential-plan": "ny-commercial",
    "child-health-plus": "ny-commercial",
    "medicaid": "ny-medicaid",
    "medicare-advantage": "ny-medicare",
    "d-snp": "ny-dual-snp",
}
STANDS_IN = {"state-medicaid": "state-guideline", "ncd": "ncd"}


def with_guidance(order: Precedence, kind: str) -> Precedence:
    """Put a policy that speaks of the code where the state or CMS would have one: none is held."""

    def filled(authority: Authority) -> Authority:
        return replace(authority, policies=("ma-mrs",)) if authority.kind == kind else authority

    legs = tuple(replace(leg, authorities=tuple(map(filled, leg.authorities))) for leg in order.legs)
    return replace(order, legs=legs)


def answered(case: SourceCase) -> Answer:
    record = case.record
    assert record.product is not None
    order = CATALOG.precedences[ORDERS[record.product]]
    if record.other_authority is not None:
        order = with_guidance(order, STANDS_IN[record.other_authority])
    subject = Subject(record.code, case.service_date, case.service_date, diagnoses=("M51.360",), age_years=case.age)
    excluded = frozenset({record.code}) if record.excluded else frozenset()
    legs = CATALOG.rule(order, subject, Evidence(dict(case.facts)), date(2026, 2, 1), excluded)
    if case.record.expect.value in (Answer.ONE_LEG, Answer.SECOND_LEG):
        return Answer.SECOND_LEG if len(legs) > 1 else Answer.ONE_LEG
    return Answer.ASKED if case.policy in set(map(policy_of, legs)) else Answer.NOT_ASKED


def policy_of(leg: LegRuling) -> str | None:
    return None if leg.program is None else leg.program.version.policy


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.record.id)
def test_a_product_asks_the_policy_as_the_source_says(case: SourceCase) -> None:
    assert answered(case).value == case.record.expect.value
