from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from adjudication import outcomes
from adjudication.authorizations import AuthorizationResult
from adjudication.claim import Claim
from adjudication.findings import Finding
from adjudication.imaging_gates import RED_FLAGS
from adjudication.necessity import review_medical_necessity, select_policy
from adjudication.reference import Plan, ReferenceData
from adjudication.vocabulary import AuthorizationNumber, DateRange, LineNumber, OutcomeCode, Verdict
from tests.activities.claims import SERVICE_DATE, a_claim
from tests.builders.coverage import plans_of
from tests.builders.facts import Value, contradicted, documented

DECIDED_ON = date(2025, 9, 2)
TODAY = SERVICE_DATE
NOBODY = AuthorizationResult((), (), {}, frozenset())
FAMILY = ("0609T", "0610T", "0611T", "0612T")


def review(
    reference: ReferenceData,
    claim: Claim,
    plan: str = "HUDSON-COMM",
    authorization: AuthorizationResult = NOBODY,
    decided_on: date = DECIDED_ON,
) -> Finding:
    (finding,) = review_medical_necessity(claim, plans_of(claim, reference, plan), authorization, decided_on, reference)
    return finding


def told(finding: Finding) -> dict[str, str]:
    return {evidence.name: evidence.value for evidence in finding.evidence}


def protecting(claim: Claim) -> AuthorizationResult:
    lines = [line.number for line in claim.lines]
    return AuthorizationResult((), (), {n: AuthorizationNumber("AUTH-SYN-1") for n in lines}, frozenset(lines))


def test_an_imaging_line_with_every_fact_is_met_gate_by_gate(reference: ReferenceData) -> None:
    finding = review(reference, documented())
    assert (finding.outcome, finding.verdict) == (outcomes.NECESSITY_MET, Verdict.PASSES)
    evidence = told(finding)
    assert evidence.pop("policy") == "hudson-6.01.03 2025-03-17"
    assert set(evidence) == {"S4-G01", "S4-G03", "S4-G04", "S4-G05", "S4-G06", "S4-G08", "S4-G10"}
    assert set(evidence.values()) == {"met"}
    assert finding.citation.source == "spine-imaging-guideline"


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("S4-G01", {"eval__adequate": False}),
        ("S4-G01", {"impact__documented": False}),
        ("S4-G03", {"xray__date": date(2025, 4, 30)}),
        ("S4-G03", {"xray__date": TODAY + timedelta(days=1)}),
        ("S4-G04", {"eval__in_person": date(2025, 4, 30)}),
        ("S4-G04", {"eval__in_person": TODAY + timedelta(days=1)}),
        ("S4-G05", {"tx__weeks": Decimal("5.9")}),
        ("S4-G05", {"tx__outcome": "improved"}),
        ("S4-G05", {"tx__end": TODAY - timedelta(days=85)}),
        ("S4-G05", {"tx__end": TODAY + timedelta(days=1), "reeval__date": None}),
        ("S4-G06", {"reeval__date": date(2025, 7, 14)}),
        ("S4-G06", {"reeval__date": TODAY + timedelta(days=1)}),
        ("S4-G08", {"neuro__documented": False}),
        ("S4-G10", {"changes_management": False}),
    ],
)
def test_a_fact_known_to_fail_waits_for_a_nurse_and_cites_its_rule(
    reference: ReferenceData, rule: str, changes: dict[str, Value]
) -> None:
    finding = review(reference, documented(**changes))
    assert (finding.outcome, finding.verdict, finding.pend) == (
        outcomes.NECESSITY_CRITERIA_NOT_MET,
        Verdict.PENDS,
        "P-CLIN-N",
    )
    assert told(finding)[rule] == "not met"
    assert rule in finding.citation.locator


@pytest.mark.parametrize(
    "changes",
    [
        {"tx__weeks": Decimal(6)},
        {"tx__end": TODAY - timedelta(days=84)},
        {"tx__end": TODAY, "reeval__date": TODAY},
        {"reeval__date": date(2025, 7, 15)},
        {"xray__date": date(2025, 5, 1), "eval__in_person": date(2025, 5, 1)},
        {"dx__as_or_dish": False},
        {"redflag__cancer": False},
    ],
)
def test_the_boundaries_of_every_gate_are_inside(reference: ReferenceData, changes: dict[str, Value]) -> None:
    assert review(reference, documented(**changes)).outcome == outcomes.NECESSITY_MET


@pytest.mark.parametrize("fact", [fact.fact for fact in documented().supporting])
def test_each_missing_fact_is_named_and_asked_for(reference: ReferenceData, fact: str) -> None:
    claim = documented(**{fact.replace(".", "__"): None})
    finding = review(reference, claim)
    assert (finding.outcome, finding.pend) == (outcomes.NECESSITY_FACTS_MISSING, "P-DOC")
    assert {name for name, value in told(finding).items() if value == "missing"} == {fact}


@pytest.mark.parametrize("fact", [fact.fact for fact in documented().supporting if isinstance(fact.value, bool)])
def test_a_contradicted_fact_is_unknown_and_not_no(reference: ReferenceData, fact: str) -> None:
    finding = review(reference, contradicted(documented(), fact, False))
    assert finding.outcome == outcomes.NECESSITY_FACTS_MISSING
    assert told(finding)[fact] == "conflicting"


def test_a_value_of_the_wrong_kind_is_named_as_unreadable(reference: ReferenceData) -> None:
    finding = review(reference, documented(tx__outcome="perhaps", xray__date="last spring"))
    assert finding.outcome == outcomes.NECESSITY_FACTS_MISSING
    assert {name for name, value in told(finding).items() if value == "unreadable"} == {"tx.outcome", "xray.date"}


def test_a_claim_without_facts_is_asked_for_all_of_them(reference: ReferenceData) -> None:
    finding = review(reference, replace(a_claim("C1"), supporting=()))
    asked = {name for name, value in told(finding).items() if value == "missing"}
    assert asked == {fact.fact for fact in documented().supporting}


def test_a_failing_gate_does_not_hide_what_another_needs(reference: ReferenceData) -> None:
    finding = review(reference, documented(tx__weeks=Decimal(2), xray__date=None))
    assert finding.outcome == outcomes.NECESSITY_CRITERIA_NOT_MET
    assert told(finding)["xray.date"] == "missing"
    assert finding.citation.locator.startswith("S4-G03, S4-G05;")


NO_TRIAL: dict[str, Value | None] = {"tx__weeks": None, "tx__end": None, "tx__outcome": None, "reeval__date": None}


@pytest.mark.parametrize("flag", RED_FLAGS)
def test_any_red_flag_waives_visit_trial_and_reevaluation(reference: ReferenceData, flag: str) -> None:
    flagged = {flag.replace(".", "__"): True}
    assert review(reference, documented(**NO_TRIAL, eval__in_person=None, **flagged)).outcome == outcomes.NECESSITY_MET


def test_a_red_flag_does_not_waive_the_x_ray_nor_the_neurological_findings(reference: ReferenceData) -> None:
    finding = review(reference, documented(redflag__fracture=True, xray__date=None, neuro__documented=None))
    assert {name for name, value in told(finding).items() if value == "missing"} == {"xray.date", "neuro.documented"}


def test_a_red_flag_told_both_ways_keeps_a_failed_trial_open(reference: ReferenceData) -> None:
    claim = documented(tx__weeks=Decimal(2), redflag__cancer=True)
    finding = review(reference, contradicted(claim, "redflag.cancer", False))
    assert finding.outcome == outcomes.NECESSITY_FACTS_MISSING
    assert told(finding)["redflag.cancer"] == "conflicting"


def test_a_red_flag_told_both_ways_does_not_matter_where_every_gate_is_met(reference: ReferenceData) -> None:
    claim = contradicted(documented(redflag__cancer=True), "redflag.cancer", False)
    assert review(reference, claim).outcome == outcomes.NECESSITY_MET


def test_ankylosing_disease_waives_x_ray_and_trial_but_not_the_visit(reference: ReferenceData) -> None:
    waived = documented(**NO_TRIAL, xray__date=None, dx__as_or_dish=True)
    assert review(reference, waived).outcome == outcomes.NECESSITY_MET
    unvisited = review(reference, documented(waived, eval__in_person=None))
    assert told(unvisited)["eval.in_person"] == "missing"


@pytest.mark.parametrize(
    ("contraindicated", "outcome"),
    [
        (True, outcomes.NECESSITY_MET),
        (False, outcomes.NECESSITY_CRITERIA_NOT_MET),
        (None, outcomes.NECESSITY_FACTS_MISSING),
    ],
)
def test_ct_needs_a_reason_not_to_use_mri(
    reference: ReferenceData, contraindicated: Value | None, outcome: OutcomeCode
) -> None:
    claim = documented(a_claim("C1", "72131"), mri__contraindicated=contraindicated)
    assert review(reference, claim).outcome == outcome


@pytest.mark.parametrize(
    ("plan", "code", "outcome", "pend", "rule"),
    [
        *(("HUDSON-COMM", code, outcomes.EXPERIMENTAL, "P-CLIN-MD", "S3-09") for code in FAMILY),
        ("HUDSON-COMM", "76390", outcomes.NECESSITY_JUDGEMENT, "P-CLIN-N", "S3-01"),
        *(
            ("CASCADE-MA", code, outcomes.REFERENCED_POLICY_NOT_LOADED, "P-POLICY", "S2-08")
            for code in (*FAMILY, "76390")
        ),
        *(
            ("BUCKEYE-MCD", code, outcomes.NOT_MEDICALLY_NECESSARY, "P-CLIN-MD", "S4-S12")
            for code in (*FAMILY, "76390")
        ),
        ("HUDSON-COMM", "99999", outcomes.NECESSITY_JUDGEMENT, "P-CLIN-N", ""),
    ],
)
def test_the_policy_names_the_label_and_a_person_decides(
    reference: ReferenceData, plan: str, code: str, outcome: OutcomeCode, pend: str, rule: str
) -> None:
    claim = a_claim("C1", code)
    in_force = date(2025, 11, 3) if plan == "BUCKEYE-MCD" else TODAY
    moved = replace(claim, lines=(replace(claim.lines[0], service_date=in_force),))
    finding = review(reference, moved, plan, decided_on=date(2025, 12, 1))
    assert (finding.outcome, finding.verdict, finding.pend) == (outcome, Verdict.PENDS, pend)
    assert rule in finding.citation.locator


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA", "HUDSON-DSNP", "CASCADE-MA"])
def test_an_approved_authorization_settles_necessity_in_every_product_line(reference: ReferenceData, plan: str) -> None:
    claim = a_claim("C1", "0609T")
    finding = review(reference, claim, plan, protecting(claim))
    assert (finding.outcome, finding.verdict) == (outcomes.NECESSITY_PROTECTED, Verdict.PASSES)
    medicare = plan != "HUDSON-COMM"
    assert (finding.citation.source == "42-cfr-422-138") is medicare


def test_an_excluded_benefit_is_denied_first_and_stops_the_policy(reference: ReferenceData) -> None:
    claim = a_claim("C1", "0609T")
    plans = {number: excluding(plan, "0609T") for number, plan in plans_of(claim, reference).items()}
    for authorization in (NOBODY, protecting(claim)):
        (finding,) = review_medical_necessity(claim, plans, authorization, DECIDED_ON, reference)
        assert (finding.outcome, finding.verdict) == (outcomes.BENEFIT_EXCLUDED, Verdict.DENIES)
    assert not reference.outcomes[outcomes.BENEFIT_EXCLUDED].clinical


def excluding(plan: Plan, code: str) -> Plan:
    return replace(plan, excluded_codes=frozenset({code}))


def test_a_date_of_service_before_the_policy_is_a_gap_and_not_a_default(reference: ReferenceData) -> None:
    claim = a_claim("C1")
    early = replace(claim, lines=(replace(claim.lines[0], service_date=date(2025, 3, 16)),))
    finding = review(reference, early)
    assert (finding.outcome, finding.pend) == (outcomes.NO_POLICY_IN_FORCE, "P-POLICY")


def test_a_policy_published_after_the_decision_did_not_count(reference: ReferenceData) -> None:
    (loaded,) = reference.necessity["hudson-6.01.03"]
    revised = replace(loaded, version="SYN-REVISED", published_on=date(2025, 10, 1))
    both = replace(reference, necessity={"hudson-6.01.03": (loaded, revised)})
    assert select_policy(both, "hudson-6.01.03", TODAY, date(2025, 9, 30)) == loaded
    assert select_policy(both, "hudson-6.01.03", TODAY, date(2025, 10, 1)) == revised
    assert select_policy(both, "hudson-6.01.03", TODAY, loaded.published_on - timedelta(days=1)) is None
    assert select_policy(both, "no-such-policy", TODAY, DECIDED_ON) is None


def test_the_version_in_force_on_the_date_of_service_governs(reference: ReferenceData) -> None:
    (loaded,) = reference.necessity["hudson-6.01.03"]
    turn = date(2025, 8, 1)
    old = replace(loaded, version="SYN-OLD", dates=DateRange(loaded.dates.starts, turn))
    new = replace(loaded, version="SYN-NEW", dates=DateRange(turn))
    both = replace(reference, necessity={"hudson-6.01.03": (old, new)})
    assert select_policy(both, "hudson-6.01.03", turn - timedelta(days=1), DECIDED_ON) == old
    assert select_policy(both, "hudson-6.01.03", turn, DECIDED_ON) == new


def test_a_line_without_a_plan_is_not_reviewed(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "0609T")
    only_first = {LineNumber(1): plans_of(claim, reference)[LineNumber(1)]}
    findings = review_medical_necessity(claim, only_first, NOBODY, DECIDED_ON, reference)
    assert [finding.line for finding in findings] == [1]
