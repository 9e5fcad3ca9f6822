from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.history import LineState
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import AuthorizationNumber, LineNumber, OutcomeCode, Verdict
from adjudication.policy.catalog import PolicyCatalog
from adjudication.policy.tree import Policy
from adjudication.steps.necessity import review_medical_necessity
from tests.builders.activities.claims import SERVICE_DATE, a_claim
from tests.builders.claims import a_past_line
from tests.builders.coverage import plans_of
from tests.builders.facts import Value, contradicted, documented
from tests.builders.necessity import DECIDED_ON, NO_AUTHORIZATIONS, in_a_note, review

TODAY = SERVICE_DATE
FAMILY = ("0609T", "0610T", "0611T", "0612T")
GUIDELINE = "spine-imaging-guideline"


def evidence_of(finding: Finding) -> dict[str, str]:
    return {evidence.name: evidence.value for evidence in finding.evidence}


def asked(finding: Finding, gap: str = "missing") -> set[str]:
    return {name for name, value in evidence_of(finding).items() if value == gap}


def protecting(claim: Claim) -> AuthorizationResult:
    lines = [line.number for line in claim.lines]
    return AuthorizationResult((), (), {n: AuthorizationNumber("AUTH-SYN-1") for n in lines}, frozenset(lines))


def test_an_imaging_line_with_every_fact_is_met_and_names_policy_rule_and_place(reference: ReferenceData) -> None:
    finding = review(reference, documented())
    assert (finding.outcome, finding.verdict) == (outcomes.NECESSITY_MET, Verdict.PASSES)
    assert evidence_of(finding) == {"policy": f"{GUIDELINE} 1.0.2025", "rule": "S4-M01"}
    assert (finding.citation.source, finding.citation.locator) == (GUIDELINE, "S4-M01, MRI indications, paragraph 1")


def test_a_finding_records_the_version_by_hash_and_an_answer_for_every_criterion(reference: ReferenceData) -> None:
    [leg] = review(reference, documented()).legs
    version = reference.catalog.policies[GUIDELINE].versions[0]
    program = reference.catalog.program(version, "72148")
    assert program is not None
    assert (leg.policy, leg.version, leg.content_hash) == (GUIDELINE, "1.0.2025", version.content_hash)
    assert (leg.rule, leg.result, leg.decided_on) == ("S4-M01", "meets", DECIDED_ON)
    assert len(leg.answers) == len(program.nodes)
    assert set(leg.answers) <= set("012")


@pytest.mark.parametrize(
    ("criterion", "changes"),
    [
        ("S4-G01.eval.adequate", {"eval__adequate": False}),
        ("S4-G01.impact.documented", {"impact__documented": False}),
        ("S4-G04.visit", {"eval__in_person": TODAY - timedelta(days=99)}),
        ("S4-G04.visit", {"eval__in_person": TODAY + timedelta(days=1)}),
        ("S4-G05.trial.tx.weeks", {"tx__weeks": Decimal("5.9")}),
        ("S4-G05.trial.tx.outcome", {"tx__outcome": "improved"}),
        ("S4-G05.trial.tx.end", {"tx__end": TODAY - timedelta(days=85)}),
        ("S4-G06.contact", {"reeval__date": TODAY - timedelta(days=29)}),
        ("S4-G08.exam.neuro.reflexes", {"neuro__reflexes": False}),
        ("S4-G10", {"changes_management": False}),
    ],
)
def test_a_criterion_known_to_fail_waits_for_a_nurse_and_is_named(
    reference: ReferenceData, criterion: str, changes: dict[str, Value]
) -> None:
    finding = review(reference, documented(dx__as_or_dish=False, **changes))
    assert (finding.outcome, finding.verdict, finding.pend) == (
        outcomes.NECESSITY_CRITERIA_NOT_MET,
        Verdict.PENDS,
        "P-CLIN-N",
    )
    assert evidence_of(finding)[criterion] == "not met"
    assert evidence_of(finding)["would_be"] == "not-medically-necessary"


@pytest.mark.parametrize(
    "changes",
    [
        {"tx__weeks": Decimal(6)},
        {"tx__end": TODAY - timedelta(days=84)},
        {"tx__end": TODAY, "reeval__date": TODAY},
        {"reeval__date": TODAY - timedelta(days=28)},
        {"eval__in_person": TODAY - timedelta(days=98)},
        {"dx__as_or_dish": False},
    ],
)
def test_the_boundaries_of_every_criterion_are_inside(reference: ReferenceData, changes: dict[str, Value]) -> None:
    assert review(reference, documented(**changes)).outcome == outcomes.NECESSITY_MET


@pytest.mark.parametrize("fact", ["eval.adequate", "neuro.reflexes", "changes_management", "labs", "tx.end"])
def test_each_missing_fact_is_named_with_the_document_that_would_state(reference: ReferenceData, fact: str) -> None:
    finding = review(reference, documented(**{fact.replace(".", "__"): None}))
    assert (finding.outcome, finding.pend) == (outcomes.NECESSITY_FACTS_MISSING, "P-DOC")
    assert fact in asked(finding)
    assert "document" in evidence_of(finding)


def test_a_contradicted_fact_is_unknown_and_not_no_and_a_nurse_settles_it(reference: ReferenceData) -> None:
    finding = review(reference, contradicted(documented(), "eval.adequate", False))
    assert (finding.outcome, finding.pend) == (outcomes.FACTS_CONTRADICT, "P-CLIN-N")
    assert evidence_of(finding)["eval.adequate"] == "conflicting"


def test_a_contradiction_comes_before_what_is_missing_and_names_both(reference: ReferenceData) -> None:
    """Settled, it may make the missing fact idle; the nurse asks for the document at once where it does not."""
    finding = review(reference, contradicted(documented(tx__outcome=None), "eval.adequate", False))
    assert (finding.outcome, finding.pend) == (outcomes.FACTS_CONTRADICT, "P-CLIN-N")
    assert (evidence_of(finding)["eval.adequate"], evidence_of(finding)["tx.outcome"]) == ("conflicting", "missing")
    assert {"history-and-physical", "treatment-record"} & set(evidence_of(finding).values())


def test_a_contradiction_that_changes_nothing_holds_no_person_up(reference: ReferenceData) -> None:
    flagged = in_a_note(documented(redflag__none_found=None, redflag__fracture=True), "redflag.fracture")
    idle = contradicted(flagged, "tx.outcome", "improved")
    assert review(reference, idle).outcome == outcomes.NECESSITY_MET


def test_a_value_of_the_wrong_kind_is_named_as_unreadable(reference: ReferenceData) -> None:
    finding = review(reference, documented(tx__outcome="perhaps", dx__as_or_dish=False))
    assert finding.outcome == outcomes.NECESSITY_FACTS_MISSING
    assert asked(finding, "not the kind of value asked for") == {"tx.outcome"}


def test_a_claim_without_facts_is_asked_for_everything_at_once(reference: ReferenceData) -> None:
    finding = review(reference, replace(a_claim("C1"), supporting=(), diagnoses=("M54.16",)))
    assert {"eval.adequate", "hx.recent_detailed", "neuro.reflexes", "tx.weeks", "reeval.date"} <= asked(finding)


NO_TRIAL: dict[str, Value | None] = {"tx__weeks": None, "tx__end": None, "tx__outcome": None, "reeval__date": None}


@pytest.mark.parametrize("flag", ["motor.foot_drop", "redflag.cauda_equina", "redflag.fracture"])
def test_a_red_flag_waives_visit_trial_and_reevaluation(reference: ReferenceData, flag: str) -> None:
    changes: dict[str, Value | None] = {"redflag__none_found": None, flag.replace(".", "__"): True}
    claim = in_a_note(documented(**NO_TRIAL, eval__in_person=None, **changes), flag)
    assert review(reference, claim).outcome == outcomes.NECESSITY_MET


def test_a_red_flag_found_against_a_screening_that_found_none_is_a_conflict(reference: ReferenceData) -> None:
    finding = review(reference, documented(**NO_TRIAL, dx__as_or_dish=False, redflag__fracture=True))
    assert finding.outcome == outcomes.FACTS_CONTRADICT
    assert evidence_of(finding)["redflag.fracture"] == "conflicting"


def test_ankylosing_disease_waives_trial_but_not_the_visit(reference: ReferenceData) -> None:
    waived = documented(**NO_TRIAL, dx__as_or_dish=True)
    assert review(reference, waived).outcome == outcomes.NECESSITY_MET
    unvisited = review(reference, documented(waived, eval__in_person=TODAY + timedelta(days=1)))
    assert evidence_of(unvisited)["S4-G04.visit"] == "not met"


@pytest.mark.parametrize(
    ("plan", "code", "outcome", "pend", "rule"),
    [
        *(("HUDSON-COMM", code, outcomes.EXPERIMENTAL, "P-CLIN-MD", "S3-09") for code in FAMILY),
        *(
            ("CASCADE-MA", code, outcomes.REFERENCED_POLICY_NOT_LOADED, "P-POLICY", "S2-08")
            for code in (*FAMILY, "76390")
        ),
        *(("BUCKEYE-MCD", code, outcomes.NOT_MEDICALLY_NECESSARY, "P-CLIN-MD", "S4-S12") for code in FAMILY),
        ("HUDSON-COMM", "99999", outcomes.NECESSITY_JUDGMENT, "P-CLIN-N", ""),
    ],
)
def test_the_policy_names_the_label_and_a_person_decides(
    reference: ReferenceData, plan: str, code: str, outcome: OutcomeCode, pend: str, rule: str
) -> None:
    finding = review(reference, a_claim("C1", code), plan, decided_on=date(2025, 12, 1))
    assert (finding.outcome, finding.verdict, finding.pend) == (outcome, Verdict.PENDS, pend)
    assert rule in finding.citation.locator


def test_a_dual_eligible_line_is_ruled_on_under_both_benefits_in_one_record(reference: ReferenceData) -> None:
    finding = review(reference, a_claim("C1", "0609T"), "HUDSON-DSNP")
    assert [(leg.leg, leg.result) for leg in finding.legs] == [
        ("medicare", "experimental"),
        ("medicaid", "experimental"),
    ]
    assert (evidence_of(finding)["leg medicare"], evidence_of(finding)["leg medicaid"]) == (
        "experimental",
        "experimental",
    )


def test_a_benefit_the_first_contract_excludes_is_asked_of_the_second(reference: ReferenceData) -> None:
    claim = documented(a_claim("C1", "72148"))
    plans = {n: excluding(plan, "72148") for n, plan in plans_of(claim, reference, "HUDSON-DSNP").items()}
    (finding,) = review_medical_necessity(claim, plans, NO_AUTHORIZATIONS, DECIDED_ON, reference)
    assert finding.outcome == outcomes.NECESSITY_MET
    assert [leg.result for leg in finding.legs] == ["not-a-benefit", "meets"]


def test_an_overdue_review_is_shown_and_changes_nothing(reference: ReferenceData) -> None:
    before, after = (
        review(reference, a_claim("C1", "0609T"), decided_on=day) for day in (DECIDED_ON, date(2026, 3, 1))
    )
    assert "review_overdue_since" not in evidence_of(before)
    assert evidence_of(after)["review_overdue_since"] == "2026-01-31"
    assert before.outcome == after.outcome == outcomes.EXPERIMENTAL


def test_earlier_services_are_read_from_the_history_unless_denied(reference: ReferenceData) -> None:
    claim = documented(
        a_claim("C1", "76390"), imaging__conventional_limited=True, mrs__neoplasm=True, study__body_site="brain"
    )
    claim = replace(claim, diagnoses=("C71.2",))
    pet = a_past_line("78813", on=TODAY - timedelta(days=30))
    assert review(reference, claim).outcome == outcomes.NECESSITY_MET
    assert review(reference, claim, history=(pet,)).outcome == outcomes.NECESSITY_JUDGMENT
    refused = replace(pet, state=LineState.DENIED)
    assert review(reference, claim, history=(refused,)).outcome == outcomes.NECESSITY_MET
    long_ago = replace(pet, service_date=TODAY - timedelta(days=91))
    assert review(reference, claim, history=(long_ago,)).outcome == outcomes.NECESSITY_MET


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA", "HUDSON-DSNP", "CASCADE-MA"])
def test_an_approved_authorization_settles_necessity_in_every_product_line(reference: ReferenceData, plan: str) -> None:
    claim = a_claim("C1", "0609T")
    plans = plans_of(claim, reference, plan)
    (finding,) = review_medical_necessity(claim, plans, protecting(claim), DECIDED_ON, reference)
    assert (finding.outcome, finding.verdict) == (outcomes.NECESSITY_PROTECTED, Verdict.PASSES)
    medicare = plan != "HUDSON-COMM"
    assert (finding.citation.source == "42-cfr-422-138") is medicare


def test_an_excluded_benefit_is_denied_first_and_stops_the_policy(reference: ReferenceData) -> None:
    claim = a_claim("C1", "0609T")
    plans = {number: excluding(plan, "0609T") for number, plan in plans_of(claim, reference).items()}
    for authorization in (NO_AUTHORIZATIONS, protecting(claim)):
        (finding,) = review_medical_necessity(claim, plans, authorization, DECIDED_ON, reference)
        assert (finding.outcome, finding.verdict) == (outcomes.BENEFIT_EXCLUDED, Verdict.DENIES)
    assert not reference.outcomes[outcomes.BENEFIT_EXCLUDED].clinical


def excluding(plan: Plan, code: str) -> Plan:
    return replace(plan, excluded_codes=frozenset({code}))


def test_a_date_of_service_before_the_policy_is_a_gap_and_not_a_default(reference: ReferenceData) -> None:
    claim = a_claim("C1", "0609T")
    early = replace(claim, lines=(replace(claim.lines[0], service_date=date(2025, 3, 16)),))
    finding = review(reference, early)
    assert (finding.outcome, finding.pend) == (outcomes.NO_POLICY_IN_FORCE, "P-POLICY")
    assert evidence_of(finding)["policy"] == "hudson-6.01.03"


def test_a_code_that_was_not_searched_in_public_authorities_waits_for_the_policy_owner(
    reference: ReferenceData,
) -> None:
    claim = a_claim("C1", "72159")
    finding = review(reference, claim, "HUDSON-MA")
    assert (finding.outcome, finding.pend, finding.verdict) == (
        outcomes.AUTHORITY_NOT_SEARCHED,
        "P-POLICY",
        Verdict.PENDS,
    )
    assert evidence_of(finding)["authority"] == "ncd"
    assert [leg.result for leg in finding.legs] == ["not-searched"]


def test_a_version_published_after_the_decision_did_not_count(reference: ReferenceData) -> None:
    policy = reference.catalog.policies["hudson-6.01.03"]
    loaded = policy.versions[0]
    revised = replace(loaded, version="SYN-REVISED", content_hash="ef" * 32, published_on=date(2025, 10, 1))
    catalog = PolicyCatalog(
        {**reference.catalog.policies, policy.policy: Policy(policy.policy, (loaded, revised))},
        reference.catalog.precedences,
    )
    both = replace(reference, catalog=catalog)
    claim = a_claim("C1", "0609T")
    assert evidence_of(review(both, claim, decided_on=date(2025, 9, 30)))["policy"].endswith("2025-03-17")
    assert evidence_of(review(both, claim, decided_on=date(2025, 10, 1)))["policy"].endswith("SYN-REVISED")


def test_a_line_without_a_plan_is_not_reviewed(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "0609T")
    only_first = {LineNumber(1): plans_of(claim, reference)[LineNumber(1)]}
    findings = review_medical_necessity(claim, only_first, NO_AUTHORIZATIONS, DECIDED_ON, reference)
    assert [finding.line for finding in findings] == [1]
