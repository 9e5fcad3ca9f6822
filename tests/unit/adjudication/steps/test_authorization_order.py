"""Lines of a claim that are denied anyway take no unit from the line that was authorized."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from adjudication.model import outcomes
from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim
from adjudication.model.findings import Citation, Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, Step, Verdict
from adjudication.steps.authorization import MatchTerms
from adjudication.steps.authorization_order import denied_by_itself, match_payable_first
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE
from tests.builders.claims import a_claim, a_line
from tests.builders.coverage import authorized, plans_of, service

BUNDLED = a_claim("72148", "72158")
ANY_LUMBAR = replace(service("72148"), through="72158")


def matched(reference: ReferenceData, claim: Claim, *filing: Finding) -> AuthorizationResult:
    plans = plans_of(claim, reference, "HUDSON-MA")
    on_file = [authorized(ANY_LUMBAR, plan="HUDSON-MA")]
    denied = partial(denied_by_itself, claim, plans, filing, RECEIVED, reference)
    return match_payable_first(claim, plans, on_file, [], MatchTerms(), denied)


@pytest.mark.parametrize(
    "claim",
    [
        BUNDLED,
        a_claim("72149", "72158"),
        a_claim(a_line("72146", "91"), "72158"),
        a_claim(a_line("72146", "62"), "72158"),
    ],
    ids=["a bundled code", "another bundled code", "a laboratory modifier", "a surgical modifier"],
)
def test_the_line_that_can_be_paid_takes_the_unit_in_either_order(reference: ReferenceData, claim: Claim) -> None:
    result = matched(reference, claim)
    assert [use.code for use in result.uses] == ["72148-72158"]
    assert result.protected == {LineNumber(2)}
    first, second = claim.lines
    turned = replace(claim, lines=(replace(second, number=LineNumber(1)), replace(first, number=LineNumber(2))))
    assert matched(reference, turned).protected == {LineNumber(1)}


def test_a_line_filed_too_late_takes_no_unit_either(reference: ReferenceData) -> None:
    claim = a_claim(a_line("72149"), a_line("72158", on=SERVICE_DATE + timedelta(days=30)))
    late = Finding(
        Step.ELIGIBILITY, outcomes.FILED_LATE, Verdict.DENIES, Citation("ny-ins-3224-a", "(g)"), LineNumber(1)
    )
    assert matched(reference, claim).protected == {LineNumber(1)}
    assert matched(reference, claim, late).protected == {LineNumber(2)}


def test_the_findings_keep_the_order_of_the_lines(reference: ReferenceData) -> None:
    found = [(finding.line, finding.outcome) for finding in matched(reference, BUNDLED).findings]
    assert found == [(1, outcomes.AUTHORIZATION_NOT_REQUIRED), (2, outcomes.AUTHORIZATION_APPROVED)]


def test_running_again_after_the_wrong_line_took_the_unit_gives_it_to_the_right_one(reference: ReferenceData) -> None:
    plans, on_file = plans_of(BUNDLED, reference, "HUDSON-MA"), [authorized(ANY_LUMBAR, plan="HUDSON-MA")]
    first = match_payable_first(BUNDLED, plans, on_file, [], MatchTerms(), frozenset)
    assert first.protected == {LineNumber(1)}
    denied = partial(denied_by_itself, BUNDLED, plans, (), RECEIVED, reference)
    again = match_payable_first(BUNDLED, plans, on_file, first.uses, MatchTerms(), denied)
    assert again.protected == {LineNumber(2)}
