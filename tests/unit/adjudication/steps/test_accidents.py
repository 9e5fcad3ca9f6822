"""A claim that says what its services are due to: another payer may be first, so it pends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Accident, Cause, Claim
from adjudication.model.determination import Pended
from adjudication.model.other_payers import PayerAdjudication, PayerOrder, StatedCoverage
from adjudication.model.reference import ReferenceData
from adjudication.steps.eligibility import verify_eligibility
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.claim_intake.checks import check_claim
from contracts.claim_intake.mapping import to_core
from contracts.event_builders.decisions import determination_messages
from contracts.events.claims import ClaimSubmittedV1
from contracts.ids import claim_id
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE, a_claim
from tests.builders.coverage import covered
from tests.builders.events import a_claim_event
from tests.builders.facts import documented


@pytest.mark.parametrize(
    ("stated", "outcome"),
    [
        (Accident(frozenset({Cause.AUTO})), "coordination.due_to_auto_accident"),
        (Accident(frozenset({Cause.EMPLOYMENT})), "coordination.due_to_employment"),
        (Accident(frozenset({Cause.OTHER})), "coordination.due_to_other_accident"),
        (Accident(occurrences=frozenset({"04", "11"})), "coordination.due_to_employment"),
        (Accident(occurrences=frozenset({"02"})), "coordination.due_to_auto_accident"),
        (Accident(conditions=frozenset({"02"})), "coordination.due_to_employment"),
        (Accident(values=frozenset({"14"})), "coordination.due_to_auto_accident"),
        (Accident(values=frozenset({"15"})), "coordination.due_to_employment"),
        (Accident(values=frozenset({"47"})), "coordination.due_to_other_accident"),
        *((Accident(values=frozenset({code})), "coordination.other_payer_stated") for code in ("12", "13", "16", "43")),
        *((Accident(conditions=frozenset({code})), "coordination.other_payer_stated") for code in ("06", "08", "77")),
        *((Accident(occurrences=frozenset({code})), "coordination.other_payer_stated") for code in ("24", "33")),
    ],
)
def test_a_claim_that_names_an_accident_or_another_payer_waits_for_the_coordination_unit(
    reference: ReferenceData, stated: Accident, outcome: str
) -> None:
    claim = replace(documented(a_claim("C1")), accident=stated)
    decision = adjudicate(claim, ClaimContext(7, [covered()]), RECEIVED, reference).decision
    assert isinstance(decision, Pended)
    assert [(pend.code, pend.outcome) for pend in decision.pends] == [("P-COB", outcome)]


def test_codes_that_name_no_accident_hold_nothing(reference: ReferenceData) -> None:
    claim = replace(documented(a_claim("C1")), accident=Accident(frozenset(), frozenset({"11"}), frozenset({"09"})))
    decision = adjudicate(claim, ClaimContext(7, [covered()]), RECEIVED, reference).decision
    assert not isinstance(decision, Pended)


def test_a_code_that_names_another_plan_is_answered_by_that_plans_decision(reference: ReferenceData) -> None:
    """Every secondary claim of a hospital carries such a code; a liable party stays a question."""
    decided_by_other = PayerAdjudication("SYN-OTHER", SERVICE_DATE, Decimal("320.00"))
    for code, asked in (("12", False), ("43", False), ("14", True), ("47", True)):
        claim = replace(
            documented(a_claim("C1")),
            accident=Accident(values=frozenset({code})),
            other_payers=(decided_by_other,),
        )
        found = verify_eligibility(claim, [covered()], reference).findings
        names = {
            "coordination.other_payer_stated",
            "coordination.due_to_auto_accident",
            "coordination.due_to_other_accident",
        }
        assert any(finding.outcome in names for finding in found) is asked


@pytest.mark.parametrize("order", [PayerOrder.PRIMARY, PayerOrder.UNKNOWN])
def test_a_payer_that_the_claim_names_is_asked_about_until_its_own_decision_is_there(
    reference: ReferenceData, order: PayerOrder
) -> None:
    """The decision may come with the claim, by a document or from a person; one of another payer is no answer."""
    claim = replace(documented(a_claim("C1")), other_coverages=(StatedCoverage("SYN-NAMED", order),))
    for decided, asked in ((None, True), ("SYN-OTHER", True), ("SYN-NAMED", False)):
        came = (
            () if decided is None else (PayerAdjudication(decided, SERVICE_DATE, Decimal("320.00"), source="SYN-DOC"),)
        )
        found = verify_eligibility(replace(claim, other_payers=came), [covered()], reference).findings
        assert any(finding.outcome == outcomes.OTHER_PAYER_STATED for finding in found) is asked, decided


def test_one_question_is_asked_where_a_code_and_a_loop_name_another_payer(reference: ReferenceData) -> None:
    claim = replace(
        documented(a_claim("C1")),
        accident=Accident(values=frozenset({"12"})),
        other_coverages=(StatedCoverage("SYN-NAMED", PayerOrder.PRIMARY),),
    )
    found = [f.outcome for f in verify_eligibility(claim, [covered()], reference).findings]
    assert found.count(outcomes.OTHER_PAYER_STATED) == len(claim.lines)


def _paid_by_original_medicare(reference: ReferenceData, claim: Claim, plan: str) -> bool:
    decision = adjudicate(claim, ClaimContext(7, [covered(plan=plan)]), RECEIVED, reference).decision
    found = [] if not isinstance(decision, Pended) else [finding.outcome for finding in decision.findings]
    return outcomes.ORIGINAL_MEDICARE_PAYS in found


@pytest.mark.parametrize("modifier", ["GV", "GW", "Q0", "Q1"])
def test_original_medicare_pays_hospice_patients_and_trials_for_its_members_only(
    reference: ReferenceData, modifier: str
) -> None:
    """42 CFR 422.320(c), 422.109(c)."""
    claim = documented(a_claim("C1"))
    by_modifier = replace(claim, lines=tuple(replace(line, modifiers=(modifier,)) for line in claim.lines))
    by_condition = replace(claim, accident=Accident(conditions=frozenset({"07"})))
    by_diagnosis = replace(claim, diagnoses=("Z00.6",))
    for each in (by_modifier, by_condition, by_diagnosis):
        assert _paid_by_original_medicare(reference, each, "HUDSON-MA")
        assert not _paid_by_original_medicare(reference, each, "HUDSON-COMM")


def test_a_line_of_several_days_waits_for_a_coder(reference: ReferenceData) -> None:
    [line] = a_claim("C1").lines
    claim = replace(documented(a_claim("C1")), lines=(replace(line, through=SERVICE_DATE + timedelta(days=2)),))
    decision = adjudicate(claim, ClaimContext(7, [covered()]), RECEIVED, reference).decision
    assert isinstance(decision, Pended)
    assert [(pend.code, pend.outcome) for pend in decision.pends] == [("P-EDIT-OVR", "edits.several_days")]


WHOLE: dict[str, Any] = {
    "subscriber": {"family_name": "Synthberg", "given_name": "Jack", "birth_date": "1943-10-22"},
    "referring": {"npi": "1245319599", "name": "Synthetic Referral Practice"},
    "pay_to": {"name": "Synthetic Lockbox"},
    "accident": {"causes": ["auto"], "state": "NY", "on": "2025-08-01"},
    "stay": {"starts": "2025-08-19", "through": "2025-08-21", "admitted_on": "2025-08-19"},
    "hospital": {
        "conditions": ["09"],
        "occurrences": [{"code": "11", "on": "2025-08-01"}],
        "values": [{"code": "80", "amount": "2.00"}],
        "admitting_diagnosis": "M54.16",
        "present_on_admission": ["Y"],
        "reasons_for_visit": ["M54.50", "R20.0"],
    },
    "other_coverages": [{"payer_id": "SYN-OTHER", "order": "secondary", "kind": "CI", "member_id": "SYN-OTHER-1"}],
    "patient_paid": "40.00",
    "referral_number": "SYN-REF-1",
    "assignment_accepted": True,
    "benefits_assigned": False,
    "repriced": {"allowed": "400.00", "organization": "SYN-REPRICER"},
    "delay_reason": "7",
}
LINE: dict[str, Any] = {
    "control_number": "SYN-LINE-7",
    "drug": {"ndc": "00000000000", "quantity": "15", "unit": "ML"},
    "attachment_numbers": ["SYN-PWK-1"],
    "notes": ["contrast was given"],
    "facility": {"npi": "1245319599", "name": "Synthetic Scanner"},
    "purchased": {"charge": "180.00", "provider": {"npi": "1245319599"}},
    "repriced": {"allowed": "300.00"},
    "not_covered": "0.00",
    "referral_number": "SYN-REF-2",
}


def whole_claim(**changes: Any) -> ClaimSubmittedV1:
    data = a_claim_event()["data"]
    data |= (
        WHOLE | {"attachments": [{"control_number": "SYN-PWK-1", "report_type": "OZ", "transmission": "EL"}]} | changes
    )
    data["lines"] = [data["lines"][0] | LINE]
    data["diagnoses"] = data["diagnoses"][:1]
    data["lines"][0]["diagnosis_pointers"] = [1]
    return ClaimSubmittedV1.model_validate(data, strict=False)


def test_everything_that_a_claim_states_is_kept_and_shown_to_reviewers() -> None:
    claim = to_core(whole_claim(), claim_id("SYNTHETIC", "C1", 1), RECEIVED)
    shown = {(each.name, each.line): each.value for each in claim.also_stated}
    assert shown == {
        ("subscriber", None): "Jack Synthberg, born 1943-10-22",
        ("pay to", None): "Synthetic Lockbox",
        ("due to", None): "auto",
        ("accident", None): "2025-08-01, NY",
        ("statement", None): "2025-08-19 through 2025-08-21",
        ("admitted on", None): "2025-08-19",
        ("condition codes", None): "09",
        ("occurrence code 11", None): "2025-08-01",
        ("value code 80", None): "2.00",
        ("admitting diagnosis", None): "M54.16",
        ("present on admission", None): f"{claim.diagnoses[0]} Y",
        ("reasons for the visit", None): "M54.50, R20.0",
        ("other coverage", None): "SYN-OTHER, secondary, CI, SYN-OTHER-1",
        ("paid by the patient", None): "40.00",
        ("referral number", None): "SYN-REF-1",
        ("service facility", 1): "Synthetic Scanner",
        ("purchased service", 1): "180.00 to 1245319599",
        ("charge not covered", 1): "0.00",
        ("repriced to", 1): "300.00 by an organization",
        ("referral number", 1): "SYN-REF-2",
        ("assignment accepted", None): "yes",
        ("benefits assigned", None): "no",
        ("repriced to", None): "400.00 by SYN-REPRICER",
        ("delay reason", None): "7",
        ("line control number", 1): "SYN-LINE-7",
        ("drug", 1): "NDC 00000000000, 15 ML",
        ("attachment", 1): "SYN-PWK-1",
        ("note", 1): "contrast was given",
    }
    assert claim.npis_by_role["referring"] == "1245319599", "whoever has an interest in a provider may not decide"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"attachments": []}, {"attachment_numbers"}),
        ({"hospital": {"present_on_admission": ["Y", "N"]}}, {"hospital.present_on_admission"}),
        ({"referring": {"npi": "1245319590"}}, {"referring.npi"}),
    ],
)
def test_parts_that_do_not_fit_each_other_are_rejected_by_name(changes: dict[str, Any], fields: set[str]) -> None:
    assert not check_claim(whole_claim(), RECEIVED.date())
    assert {reason.field for reason in check_claim(whole_claim(**changes), RECEIVED.date())} == fields


def test_a_patient_who_is_the_subscriber_has_the_subscribers_birth_date() -> None:
    member = {**a_claim_event()["data"]["member"], "relationship": "self"}
    found = check_claim(whole_claim(member=member), RECEIVED.date())
    assert {reason.field for reason in found} == {"member.relationship", "subscriber.birth_date"}


def test_a_determination_brings_back_the_submitters_own_line_number(reference: ReferenceData) -> None:
    [line] = a_claim("C1").lines
    claim = replace(documented(a_claim("C1")), lines=(replace(line, control_number="SYN-LINE-7"),))
    decision = adjudicate(claim, ClaimContext(7, [covered()]), RECEIVED, reference).decision
    assert not isinstance(decision, Pended)
    sent = determination_messages(claim, decision, reference)[0].value
    assert b'"line_control_number":"SYN-LINE-7"' in sent
