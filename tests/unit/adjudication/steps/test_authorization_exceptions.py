"""A required authorization that no person could ask for in time is not a reason to deny."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adjudication.model import outcomes
from adjudication.model.authorization_exceptions import AuthorizationExceptions, Circumstance, Treatment
from adjudication.model.authorizations import Authorization, AuthorizationStatus
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine, LineState, Setting
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimForm, LineNumber, OutcomeCode, PlanId, ProductLine, Verdict
from adjudication.steps.authorization import MatchTerms, match_authorizations
from adjudication.steps.authorization_exceptions import seen_elsewhere, settings_matter_from
from adjudication.steps.eligibility import verify_eligibility
from tests.builders.activities.claims import SERVICE_DATE, a_claim
from tests.builders.claims import a_past_line
from tests.builders.coverage import authorized, covered, plans_of, service
from tests.builders.plans import reference_requiring_authorization

MRI = "72158"  # every Medicare Advantage plan here and the Ohio Medicaid plan require one
OFFICE = a_claim("C1", MRI)


def hospital(bill_type: str, *revenue_codes: str) -> Claim:
    """One institutional line per revenue code, all of one day."""
    claim = a_claim("C1", *([MRI] * len(revenue_codes)))
    lines = tuple(replace(line, revenue_code=code) for line, code in zip(claim.lines, revenue_codes, strict=True))
    return replace(claim, form=ClaimForm.INSTITUTIONAL, bill_type=bill_type, place_of_service=None, lines=lines)


EMERGENCIES = {
    "the radiologist reads for the emergency room (place of service 23)": replace(OFFICE, place_of_service="23"),
    "the hospital bills an emergency visit of the same day (revenue code 0450)": hospital("131", "0612", "0450"),
    "the hospital bills another emergency room code (revenue code 0459)": hospital("131", "0612", "0459"),
    "the biller states an emergency (837 REF 4N, 3)": replace(OFFICE, authorization_exception="3"),
}
TO_A_PERSON = {
    "inpatient, by the reader (place of service 21)": replace(OFFICE, place_of_service="21"),
    "inpatient, by the hospital (bill type 111)": hospital("111", "0612"),
    "inpatient part B (bill type 121)": hospital("121", "0612"),
    "urgent care (place of service 20)": replace(OFFICE, place_of_service="20"),
    "urgent care in the emergency room (revenue code 0456)": hospital("131", "0612", "0456"),
    "urgent, as stated (837 REF 4N, 1)": replace(OFFICE, authorization_exception="1"),
    "retroactive eligibility, as stated (837 REF 4N, 2)": replace(OFFICE, authorization_exception="2"),
    "another exception, as stated (837 REF 4N, 7)": replace(OFFICE, authorization_exception="7"),
}
PLANS = ("HUDSON-MA", "HUDSON-DSNP", "HUDSON-MCD", "HUDSON-CHP", "HUDSON-EP", "HUDSON-COMM", "HUDSON-LG")


@pytest.fixture(scope="module")
def requiring() -> ReferenceData:
    """Every Hudson plan asks for an authorization of the MRI."""
    shipped = reference_requiring_authorization()
    plans = {
        name: tuple(replace(v, authorization_required=v.authorization_required | {MRI}) for v in versions)
        for name, versions in shipped.plans.items()
    }
    return replace(shipped, plans=plans)


def first(
    reference: ReferenceData,
    claim: Claim,
    *authorizations: Authorization,
    plan: str = "HUDSON-MA",
    late: frozenset[LineNumber] = frozenset(),
) -> Finding:
    plans = plans_of(claim, reference, plan)
    return match_authorizations(claim, plans, authorizations, [], MatchTerms(late=late)).findings[0]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("claim", EMERGENCIES.values(), ids=EMERGENCIES.keys())
def test_an_emergency_needs_no_authorization_under_any_product_line(
    requiring: ReferenceData, claim: Claim, plan: str
) -> None:
    found = first(requiring, claim, plan=plan)
    assert (found.outcome, found.verdict) == (outcomes.AUTHORIZATION_EMERGENCY, Verdict.PASSES)
    law = {"HUDSON-MA": "42-cfr-422-113", "HUDSON-DSNP": "42-cfr-422-113", "HUDSON-MCD": "42-cfr-438-114"}
    assert found.citation.source == law.get(plan, found.citation.source) != "synthetic-payers"


@pytest.mark.parametrize("claim", TO_A_PERSON.values(), ids=TO_A_PERSON.keys())
def test_what_could_not_be_asked_for_in_time_goes_to_a_person(requiring: ReferenceData, claim: Claim) -> None:
    found = first(requiring, claim)
    assert (found.outcome, found.verdict, found.pend) == (
        outcomes.AUTHORIZATION_CIRCUMSTANCE, Verdict.PENDS, "P-AUTH",
    )  # fmt: skip


def test_an_ordinary_office_claim_is_still_denied_197(requiring: ReferenceData) -> None:
    assert first(requiring, OFFICE).outcome == outcomes.AUTHORIZATION_MISSING
    assert first(requiring, OFFICE).verdict is Verdict.DENIES


def test_an_emergency_visit_on_another_day_of_the_claim_proves_nothing_for_the_line(requiring: ReferenceData) -> None:
    claim = hospital("131", "0612", "0450")
    visit = replace(claim.lines[1], service_date=date(2025, 8, 12))
    assert first(requiring, replace(claim, lines=(claim.lines[0], visit))).verdict is Verdict.DENIES


@pytest.mark.parametrize(
    "status", [AuthorizationStatus.DENIED, AuthorizationStatus.PENDED, AuthorizationStatus.CANCELLED]
)
def test_an_emergency_does_not_depend_on_a_request_that_was_not_approved(
    requiring: ReferenceData, status: AuthorizationStatus
) -> None:
    claim = EMERGENCIES["the biller states an emergency (837 REF 4N, 3)"]
    assert first(requiring, claim, authorized(service(MRI), plan="HUDSON-MA", status=status)).verdict is Verdict.PASSES


def test_an_authorization_that_covers_an_emergency_still_protects_the_line(requiring: ReferenceData) -> None:
    claim = replace(OFFICE, place_of_service="23")
    covered_by = first(requiring, claim, authorized(service(MRI), plan="HUDSON-MA"))
    assert covered_by.outcome == outcomes.AUTHORIZATION_APPROVED


@pytest.mark.parametrize(
    ("treatment", "outcome"),
    [
        (Treatment.NOT_REQUIRED, outcomes.AUTHORIZATION_EXCEPTED),
        (Treatment.REVIEW, outcomes.AUTHORIZATION_CIRCUMSTANCE),
        (Treatment.REQUIRED, outcomes.AUTHORIZATION_MISSING),
    ],
)
def test_the_plan_says_what_happens_in_a_circumstance_that_no_law_settles(
    requiring: ReferenceData, treatment: Treatment, outcome: OutcomeCode
) -> None:
    plan = requiring.plan(PlanId("HUDSON-MA"), SERVICE_DATE)
    assert plan is not None
    stated = _with(plan, replace(plan.exceptions, treatments={Circumstance.INPATIENT: treatment}))
    claim = replace(OFFICE, place_of_service="21")
    assert match_authorizations(claim, {LineNumber(1): stated}, [], []).findings[0].outcome == outcome


def test_where_no_emergency_law_is_loaded_a_person_decides(requiring: ReferenceData) -> None:
    plan = requiring.plan(PlanId("HUDSON-MA"), SERVICE_DATE)
    assert plan is not None
    lawless = _with(plan, replace(plan.exceptions, emergency=None))
    found = match_authorizations(replace(OFFICE, place_of_service="23"), {LineNumber(1): lawless}, [], []).findings[0]
    assert found.outcome == outcomes.AUTHORIZATION_CIRCUMSTANCE


def _with(plan: Plan, exceptions: AuthorizationExceptions) -> Plan:
    return replace(plan, exceptions=exceptions)


def test_every_product_line_has_its_emergency_law(requiring: ReferenceData) -> None:
    lawless = {
        v.product_line for versions in requiring.plans.values() for v in versions if v.exceptions.emergency is None
    }
    assert lawless == set()
    assert {v.product_line for versions in requiring.plans.values() for v in versions} == set(ProductLine)


@pytest.mark.parametrize(
    ("known_on", "outcome"),
    [
        (date(2025, 8, 21), outcomes.AUTHORIZATION_CIRCUMSTANCE),
        (None, outcomes.AUTHORIZATION_CIRCUMSTANCE),
        (SERVICE_DATE, outcomes.AUTHORIZATION_MISSING),
        (date(2025, 1, 1), outcomes.AUTHORIZATION_MISSING),
    ],
    ids=["enrolled the day after", "no person knows when", "enrolled that day", "enrolled long before"],
)
def test_enrollment_decided_after_the_service_is_retroactive(
    requiring: ReferenceData, known_on: date | None, outcome: OutcomeCode
) -> None:
    spans = [covered(plan="HUDSON-MA", known_on=known_on)]
    eligibility = verify_eligibility(OFFICE, spans, requiring)
    assert first(requiring, OFFICE, late=eligibility.late).outcome == outcome


READING = replace(OFFICE, lines=(replace(OFFICE.lines[0], modifiers=("26",)),), place_of_service="22")
VISIT, EMERGENCY_LINE, ROOM = "99284", "0450", "0120"


def after(reference: ReferenceData, claim: Claim, *history: HistoryLine, plan: str = "HUDSON-MA") -> Finding:
    plans = plans_of(claim, reference, plan)
    matched = match_authorizations(claim, plans, [], [])
    return seen_elsewhere(claim, plans, matched, history, reference).findings[0]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("code", [VISIT, EMERGENCY_LINE, ROOM])
def test_the_sign_of_an_emergency_or_a_stay_on_the_other_claim_of_a_study_makes_a_person_look(
    requiring: ReferenceData, code: str, plan: str
) -> None:
    """The reader copies the place from the order: 42 CFR 422.113(b)(2), and unknown is never no."""
    for claim in (READING, OFFICE):
        found = after(requiring, claim, a_past_line(code), plan=plan)
        assert (found.outcome, found.verdict, found.pend) == (
            outcomes.AUTHORIZATION_CIRCUMSTANCE, Verdict.PENDS, "P-AUTH",
        )  # fmt: skip


def test_a_reading_for_the_emergency_room_shows_where_the_hospitals_patient_was(requiring: ReferenceData) -> None:
    other = replace(a_past_line(MRI, "26"), place_of_service="23")
    assert after(requiring, hospital("131", "0612"), other).verdict is Verdict.PENDS


def test_a_reading_is_of_a_study_up_to_three_days_before_and_a_scan_of_the_same_day(requiring: ReferenceData) -> None:
    before = a_past_line(VISIT, on=SERVICE_DATE - timedelta(days=2))
    assert after(requiring, READING, before).verdict is Verdict.PENDS
    assert after(requiring, OFFICE, before).verdict is Verdict.DENIES
    assert after(requiring, READING, a_past_line(VISIT, on=SERVICE_DATE + timedelta(days=1))).verdict is Verdict.DENIES


@pytest.mark.parametrize("state", list(LineState))
@pytest.mark.parametrize(
    "setting",
    [
        Setting(bill_type="111"),
        Setting(bill_type="131", exception_code="3"),
        Setting(bill_type="131", revenue_code="0450"),
        Setting(bill_type="131", admission_type="1"),
        Setting(place_of_service="23"),
        Setting(place_of_service="22", emergency="true"),
    ],
    ids=["inpatient bill", "REF 4N", "revenue code", "type of admission", "emergency room", "SV109"],
)
def test_every_sign_of_the_other_claim_counts_whatever_was_decided_on_it(
    requiring: ReferenceData, setting: Setting, state: LineState
) -> None:
    """42 CFR 422.113(b)(2): what became of a claim does not change where the patient was."""
    other = replace(a_past_line(MRI, state=state), setting=setting)
    assert after(requiring, READING, other).outcome == outcomes.AUTHORIZATION_CIRCUMSTANCE
    ordinary = replace(other, setting=Setting("131", None, "0612", "22"))
    assert after(requiring, READING, ordinary).verdict is Verdict.DENIES


def test_the_settings_of_other_claims_are_read_only_where_something_is_refused(requiring: ReferenceData) -> None:
    refused = match_authorizations(READING, plans_of(READING, requiring, "HUDSON-MA"), [], [])
    emergency = replace(READING, place_of_service="23")
    passed = match_authorizations(emergency, plans_of(emergency, requiring, "HUDSON-MA"), [], [])
    assert settings_matter_from(READING, refused, requiring) == SERVICE_DATE - timedelta(days=3)
    assert settings_matter_from(emergency, passed, requiring) is None


def test_other_claims_without_such_a_sign_change_nothing(requiring: ReferenceData) -> None:
    assert after(requiring, READING, a_past_line(MRI), a_past_line("99213")).verdict is Verdict.DENIES
