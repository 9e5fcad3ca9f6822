from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode, Verdict
from adjudication.steps.eligibility import CoverageSpan, verify_eligibility
from tests.builders.activities.claims import SERVICE_DATE, a_claim
from tests.builders.coverage import MEMBER, covered

TOMORROW = SERVICE_DATE + timedelta(days=1)
A_YEAR = timedelta(days=365)


def found(claim: Claim, reference: ReferenceData, *spans: CoverageSpan) -> list[tuple[OutcomeCode, int | None]]:
    return [(f.outcome, f.line) for f in verify_eligibility(claim, spans, reference).findings]


def test_a_covered_line_passes_under_the_plan_of_its_date(reference: ReferenceData) -> None:
    result = verify_eligibility(a_claim("C1"), [covered()], reference)
    (finding,) = result.findings
    assert (finding.outcome, finding.verdict) == (outcomes.COVERAGE_ACTIVE, Verdict.PASSES)
    assert {line: plan.plan_id for line, plan in result.plans.items()} == {1: "HUDSON-COMM"}


def test_a_member_no_person_reported_waits_and_is_not_denied(reference: ReferenceData) -> None:
    result = verify_eligibility(a_claim("C1", "72148", "72141"), [], reference)
    (finding,) = result.findings
    assert (finding.outcome, finding.verdict, finding.pend, finding.line) == (
        outcomes.MEMBER_UNKNOWN,
        Verdict.PENDS,
        "P-ELIG",
        None,
    )
    assert result.plans == {}


def test_a_birth_date_no_span_knows_is_an_identity_mismatch_on_the_whole_claim(reference: ReferenceData) -> None:
    spans = [covered(birth_date=date(1970, 1, 1)), covered(birth_date=date(1971, 1, 1))]
    assert found(a_claim("C1"), reference, *spans) == [(outcomes.IDENTITY_MISMATCH, None)]


def test_one_span_with_the_right_birth_date_is_enough(reference: ReferenceData) -> None:
    spans = [covered(ends=date(2025, 2, 1), birth_date=date(1970, 1, 1)), covered(date(2025, 2, 1))]
    assert found(a_claim("C1"), reference, *spans) == [(outcomes.COVERAGE_ACTIVE, 1)]


def test_no_finding_holds_a_birth_date_or_a_member_id(reference: ReferenceData) -> None:
    for spans in ([], [covered()], [covered(birth_date=date(1970, 1, 1))], [covered(TOMORROW)]):
        text = repr(verify_eligibility(a_claim("C1"), spans, reference).findings)
        assert MEMBER.member_id not in text
        assert repr(MEMBER.birth_date) not in text
        assert MEMBER.birth_date.isoformat() not in text


@pytest.mark.parametrize(
    ("spans", "outcome"),
    [
        ([covered(TOMORROW)], outcomes.BEFORE_COVERAGE),
        ([covered(SERVICE_DATE)], outcomes.COVERAGE_ACTIVE),
        ([covered(ends=SERVICE_DATE)], outcomes.AFTER_TERMINATION),
        ([covered(ends=TOMORROW)], outcomes.COVERAGE_ACTIVE),
        ([covered(ends=SERVICE_DATE), covered(TOMORROW)], outcomes.COVERAGE_LAPSE),
        ([covered(TOMORROW), covered(ends=SERVICE_DATE)], outcomes.COVERAGE_LAPSE),
        ([covered(), covered(plan="HUDSON-MA")], outcomes.COVERAGE_OVERLAP),
        ([covered(coverage_id="COV-A"), covered(coverage_id="COV-B")], outcomes.COVERAGE_ACTIVE),
        ([covered(ends=SERVICE_DATE), covered(SERVICE_DATE, plan="HUDSON-MA")], outcomes.COVERAGE_ACTIVE),
        ([covered(plan="SYN-NOT-LOADED")], outcomes.PLAN_NOT_LOADED),
        # D-SNP: one plan id carries both legs, so Medicare and Medicaid never look like an overlap
        ([covered(plan="HUDSON-DSNP")], outcomes.COVERAGE_ACTIVE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_eligibility_follows_the_date_of_service(
    reference: ReferenceData, spans: list[CoverageSpan], outcome: OutcomeCode
) -> None:
    assert found(a_claim("C1"), reference, *spans) == [(outcome, 1)]


def test_a_date_before_the_first_version_of_a_plan_waits_for_the_policy_owner(reference: ReferenceData) -> None:
    claim = a_claim("C1")
    early = replace(claim, lines=tuple(replace(line, service_date=date(2020, 1, 1)) for line in claim.lines))
    (finding,) = verify_eligibility(early, [covered(date(2019, 1, 1))], reference).findings
    assert (finding.outcome, finding.pend) == (outcomes.PLAN_NOT_LOADED, "P-POLICY")


def test_each_line_is_judged_on_its_own_date(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "72141")
    moved = (claim.lines[0], replace(claim.lines[1], service_date=SERVICE_DATE + A_YEAR))
    result = verify_eligibility(replace(claim, lines=moved), [covered(ends=TOMORROW)], reference)
    assert [(f.outcome, f.line) for f in result.findings] == [
        (outcomes.COVERAGE_ACTIVE, 1),
        (outcomes.AFTER_TERMINATION, 2),
    ]
    assert set(result.plans) == {1}


@pytest.mark.parametrize("days", [1, 3])
def test_a_reading_dated_just_after_coverage_ended_is_asked_about_since_its_study_may_be_covered(
    reference: ReferenceData, days: int
) -> None:
    """A reading has its own date of service (SE17023); the technical part and a whole study have not."""
    ended = covered(ends=SERVICE_DATE - timedelta(days=days - 1))
    claim = a_claim("C1")
    for modifiers, outcome in (
        (("26",), outcomes.READING_AFTER_END),
        (("TC",), outcomes.AFTER_TERMINATION),
        ((), outcomes.AFTER_TERMINATION),
    ):
        billed = replace(claim, lines=(replace(claim.lines[0], modifiers=modifiers),))
        assert found(billed, reference, ended) == [(outcome, 1)]


def test_a_reading_long_after_coverage_ended_is_denied(reference: ReferenceData) -> None:
    claim = a_claim("C1")
    reading = replace(claim, lines=(replace(claim.lines[0], modifiers=("26",)),))
    assert found(reading, reference, covered(ends=SERVICE_DATE - timedelta(days=3))) == [
        (outcomes.AFTER_TERMINATION, 1)
    ]
