"""What is refused of an action that its role might do, in the words a reviewer is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import LicenseNeeded, Refusal, Role
from adjudication.review.assignment_actions import GiveBack, HandOver, RecordPeerToPeer, SchedulePeerToPeer, Take
from adjudication.review.case import Done, fold
from adjudication.review.decision_actions import Decide
from adjudication.review.evidence_actions import Correct, RecordFacts, RequestDocuments
from adjudication.review.permissions import permit
from adjudication.review.settlements import Resolution
from tests.builders.reviews import (
    BILLING,
    CODER,
    EXAMINER,
    NEW_YORK,
    NOW,
    NURSE,
    ONE,
    PEER,
    PHYSICIAN,
    PHYSICIANS,
    PRICER,
    RATIONALE,
    SUPERVISOR,
    a_case,
    a_license,
    a_pend,
    a_person,
    ask,
    code_of,
    denies,
    done,
    passes,
    recommends,
    rules,
    taken,
)

HALF_AN_HOUR = timedelta(minutes=30)
MOMENT = timedelta(microseconds=1)


def words(answer: Done | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.words


# Access


def test_a_closed_claim_refuses_everything_before_anything_else() -> None:
    stranger = replace(a_person("stranger", Role.QUALITY), conflicts=frozenset({BILLING}))
    for action in (Take(), GiveBack(), passes(), denies(), HandOver("nurse")):
        assert code_of(ask(replace(a_case(), closed=True), action, stranger)) == "closed"


def test_a_person_with_an_interest_in_a_provider_of_the_claim_cannot_even_take_it() -> None:
    assert code_of(ask(a_case(), Take(), replace(NURSE, conflicts=frozenset({BILLING})))) == "conflict-of-interest"
    assert code_of(ask(a_case(), Take(), replace(NURSE, conflicts=frozenset({"1679576722"})))) == "ok"


def test_a_conflict_known_only_after_taking_still_stops_the_decision() -> None:
    answer = ask(a_case(held_by=PHYSICIAN), denies(), replace(PHYSICIAN, conflicts=frozenset({BILLING})))
    assert code_of(answer) == "conflict-of-interest"


def test_nothing_is_done_with_a_claim_that_was_not_taken() -> None:
    for action in (GiveBack(), passes(), recommends(), HandOver("coder"), RequestDocuments(("order",))):
        assert code_of(ask(a_case(), action, NURSE)) == "not-taken"


def test_a_claim_a_person_holds_is_not_taken_by_another_until_the_hold_runs_out() -> None:
    case = taken(a_case(), NURSE)
    assert code_of(ask(case, Take(), PHYSICIAN, NOW + HALF_AN_HOUR - MOMENT)) == "taken"
    assert (
        words(ask(case, Take(), PHYSICIAN))
        == "the claim is assigned to another reviewer until 2025-09-03 14:30 UTC; try again then"
    )
    assert code_of(ask(case, Take(), PHYSICIAN, NOW + HALF_AN_HOUR)) == "ok"


def test_a_hold_that_ran_out_decides_nothing() -> None:
    case = taken(a_case(), NURSE)
    assert code_of(ask(case, passes(), NURSE, NOW + HALF_AN_HOUR - MOMENT)) == "ok"
    assert code_of(ask(case, passes(), NURSE, NOW + HALF_AN_HOUR)) == "not-taken"


def test_taking_again_renews_the_hold() -> None:
    case = taken(taken(a_case(), NURSE), NURSE, NOW + timedelta(minutes=20))
    assert code_of(ask(case, passes(), NURSE, NOW + timedelta(minutes=49))) == "ok"
    assert code_of(ask(case, Take(), PHYSICIAN, NOW + timedelta(minutes=49))) == "taken"


def test_a_hold_that_was_lost_to_another_is_not_got_back_by_acting() -> None:
    case = taken(taken(a_case(), NURSE), PHYSICIAN, NOW + HALF_AN_HOUR)
    assert code_of(ask(case, passes(), NURSE, NOW + HALF_AN_HOUR)) == "not-taken"


def test_a_supervisor_hands_over_what_another_person_holds_and_no_other_person_does() -> None:
    case = taken(a_case(), NURSE)
    assert code_of(ask(case, HandOver("physician"), PHYSICIAN)) == "not-taken"
    assert code_of(ask(case, HandOver("physician"), SUPERVISOR)) == "ok"


def test_a_claim_is_handed_over_only_to_a_queue_there_is() -> None:
    answer = ask(taken(a_case(), NURSE), HandOver("not-a-role"), NURSE)
    assert code_of(answer) == "role"
    assert "clinical-peer" in words(answer)


# Decisions


def test_what_a_claim_does_not_wait_for_is_not_settled() -> None:
    case = a_case(held_by=NURSE)
    assert code_of(ask(case, passes(line=LineNumber(2)), NURSE)) == "not-waiting"
    assert code_of(ask(case, passes(outcomes.EXPERIMENTAL), NURSE)) == "not-waiting"


def test_what_was_settled_is_not_settled_again() -> None:
    case = done(a_case(a_pend(), a_pend(line=2)), (Take(), PHYSICIAN), (denies(), PHYSICIAN))
    assert code_of(ask(case, passes(), PHYSICIAN)) == "not-waiting"
    assert code_of(ask(case, passes(line=LineNumber(2)), PHYSICIAN)) == "ok"


@pytest.mark.parametrize(
    "rationale", ["", "not necessary", " " * 60, "x" * 40, "no " * 20, "aaaaaaaa bbbbbbbb cccccccc dddddddd eeeeeeee"]
)
def test_a_decision_without_its_own_reasons_is_refused(rationale: str) -> None:
    assert code_of(ask(a_case(held_by=NURSE), replace(passes(), rationale=rationale), NURSE)) == "rationale"
    assert code_of(ask(a_case(held_by=NURSE), replace(recommends(), rationale=rationale), NURSE)) == "rationale"


def test_the_policys_text_is_nobodys_own_reason() -> None:
    """Copied whole, in part, in capitals or with a few words around it; with reasons next to it, it may be quoted."""
    wording = max(rules().wordings, key=len)
    case = a_case(held_by=PHYSICIAN)
    for copied in (wording, wording.upper(), f"S3-09: {wording}, which is not met.", wording[: wording.rindex(" ")]):
        answer = ask(case, replace(denies(), rationale=copied), PHYSICIAN)
        assert words(answer).startswith("this is the policy's own text"), copied
    own = replace(denies(), rationale=f"It asks: {wording}. {RATIONALE}")
    assert code_of(ask(case, own, PHYSICIAN)) == "ok"


def test_a_denial_names_the_outcome_it_is_shown_as_and_only_one_that_fits() -> None:
    case = a_case(held_by=PHYSICIAN)
    assert code_of(ask(case, denies(denies_as=None), PHYSICIAN)) == "outcome"
    assert code_of(ask(case, denies(denies_as=outcomes.DUPLICATE), PHYSICIAN)) == "outcome"
    assert code_of(ask(case, denies(denies_as=outcomes.NECESSITY_CRITERIA_NOT_MET), PHYSICIAN)) == "outcome"
    for name in (
        outcomes.NOT_MEDICALLY_NECESSARY,
        outcomes.EXPERIMENTAL,
        outcomes.NOT_REASONABLE_AND_NECESSARY,
    ):
        assert code_of(ask(case, denies(denies_as=name), PHYSICIAN)) == "ok"


def test_an_edit_is_denied_as_itself_without_a_license() -> None:
    case = a_case(a_pend("P-EDIT-OVR", outcomes.UNLISTED_REVIEW), held_by=CODER)
    action = denies(outcomes.UNLISTED_REVIEW, outcomes.UNLISTED_REVIEW, criteria=())
    assert code_of(ask(case, action, CODER)) == "ok"
    assert action.license(CODER, NOW, NEW_YORK) is None
    clinical = replace(action, denies_as=outcomes.EXPERIMENTAL)
    assert code_of(ask(case, clinical, CODER)) == "role-may-not"
    assert code_of(ask(replace(case, assignment=None), Take(), PHYSICIAN)) == "not-your-queue"


def test_what_has_no_reason_code_cannot_be_denied() -> None:
    case = a_case(a_pend("P-POLICY", outcomes.TABLES_NOT_LOADED), held_by=PHYSICIAN)
    answer = ask(case, denies(outcomes.TABLES_NOT_LOADED, outcomes.TABLES_NOT_LOADED), PHYSICIAN)
    assert words(answer) == "name the outcome the line is denied with: none: it cannot be denied"


def test_a_clinical_denial_answers_criteria() -> None:
    assert code_of(ask(a_case(held_by=PHYSICIAN), denies(criteria=()), PHYSICIAN)) == "criteria"
    mistyped = ask(a_case(held_by=PHYSICIAN), denies(criteria=("S3-09", "S3-O9")), PHYSICIAN)
    assert words(mistyped) == "no policy has a criterion S3-O9; name those that the case shows"
    missing = a_case(a_pend("P-POLICY", outcomes.NO_POLICY_IN_FORCE), held_by=PHYSICIAN)
    assert code_of(ask(missing, denies(outcomes.NO_POLICY_IN_FORCE, criteria=("none in force",)), PHYSICIAN)) == "ok"


@pytest.mark.parametrize("signer", [PHYSICIAN, PEER])
def test_a_clinical_denial_by_who_may_sign_is_done_in_that_role(signer: object) -> None:
    assert isinstance(signer, type(PHYSICIAN))
    answer = ask(a_case(held_by=signer), denies(), signer)
    assert isinstance(answer, Done)
    assert {answer.role} == signer.roles


def test_the_license_is_looked_at_when_signing_and_not_when_taking() -> None:
    tomorrow = NOW.date() + timedelta(days=1)
    person = a_person("md", Role.PHYSICIAN, licenses=(a_license(ends=tomorrow),))
    today, later = NOW, NOW + timedelta(hours=10)  # midnight passes between the two
    case = taken(taken(a_case(), person), person, later - timedelta(minutes=5))
    assert code_of(ask(taken(a_case(), person), denies(), person, today)) == "ok"
    assert code_of(ask(case, denies(), person, later)) == "license-expired"
    assert code_of(ask(case, passes(), person, later)) == "ok"


@pytest.mark.parametrize(
    ("needed", "code"),
    [
        (LicenseNeeded(frozenset({"OH"}), frozenset({"radiology"}), PHYSICIANS), "license-state"),
        (LicenseNeeded(frozenset({"NY"}), frozenset({"neurology"}), PHYSICIANS), "license-expertise"),
        (LicenseNeeded(frozenset(), frozenset({"radiology"}), PHYSICIANS), "ok"),
    ],
)
def test_the_license_must_fit_the_line(needed: LicenseNeeded, code: str) -> None:
    assert code_of(ask(a_case(held_by=PHYSICIAN), denies(), PHYSICIAN, needed=needed)) == code


def test_no_office_role_signs_with_the_license_of_another_role() -> None:
    """A person who is an examiner and a physician signs as the physician; in a session as an examiner they sign nothing."""
    both = a_person("both", Role.EXAMINER, Role.PHYSICIAN)
    case = a_case(a_pend("P-DOC", outcomes.NECESSITY_CRITERIA_NOT_MET), held_by=both)
    signed = ask(case, denies(), both)
    assert isinstance(signed, Done)
    assert signed.role is Role.PHYSICIAN
    examiner = replace(both, roles=frozenset({Role.EXAMINER}))
    assert code_of(ask(case, denies(), examiner)) == "role-may-not"


def test_a_physician_who_is_a_nurse_too_acts_as_the_physician() -> None:
    both = a_person("both", Role.NURSE, Role.PHYSICIAN)
    for action in (denies(), passes()):
        answer = ask(a_case(held_by=both), action, both)
        assert isinstance(answer, Done)
        assert answer.role is Role.PHYSICIAN


def test_no_person_settles_what_they_recommended_in_any_role_and_either_way() -> None:
    both = a_person("both", Role.NURSE, Role.PHYSICIAN)
    case = taken(done(a_case(), (Take(), both), (recommends(), both)), both, NOW + HALF_AN_HOUR)
    later = NOW + HALF_AN_HOUR
    assert code_of(ask(case, denies(), both, later)) == "own-recommendation"
    assert code_of(ask(case, passes(), both, later)) == "own-recommendation"
    assert code_of(ask(taken(case, PHYSICIAN, later + HALF_AN_HOUR), denies(), PHYSICIAN, later + HALF_AN_HOUR)) == "ok"


def test_a_recommendation_about_one_line_leaves_the_other_line_free() -> None:
    both = a_person("both", Role.PHYSICIAN)
    case = done(a_case(a_pend(), a_pend(line=2)), (Take(), both), (recommends(), both), (Take(), both))
    assert code_of(ask(case, denies(), both)) == "own-recommendation"
    assert code_of(ask(case, denies(line=LineNumber(2)), both)) == "ok"


def test_a_price_is_set_by_pricing_where_a_price_is_missing() -> None:
    case = a_case(a_pend("P-PRICE", outcomes.MANUAL_PRICING), held_by=PRICER)
    priced = Decide(ONE, outcomes.MANUAL_PRICING, Resolution.PRICED, RATIONALE, allowed=Decimal("310.00"))
    assert code_of(ask(case, priced, PRICER)) == "ok"
    for amount in (None, Decimal(0), Decimal("-1.00")):
        assert code_of(ask(case, replace(priced, allowed=amount), PRICER)) == "price"
    assert code_of(ask(case, replace(priced, resolution=Resolution.PASSES), PRICER)) == "role-may-not"
    held = a_case(held_by=PHYSICIAN)
    assert code_of(ask(held, replace(passes(), allowed=Decimal(1)), PHYSICIAN)) == "price"
    assert code_of(ask(held, replace(passes(), resolution=Resolution.PRICED), PHYSICIAN)) == "role-may-not"


def test_what_only_an_event_releases_states_it() -> None:
    case = a_case(a_pend("P-CHAIN", outcomes.REPLACEMENT_CHAIN), held_by=EXAMINER)
    answer = ask(case, passes(outcomes.REPLACEMENT_CHAIN), EXAMINER)
    assert words(answer) == "this may be settled so by: no role; an event releases it"


# Documents, facts, corrections


def test_documents_are_asked_for_once_and_by_kinds_there_are() -> None:
    case = taken(a_case(), NURSE)
    assert code_of(ask(case, RequestDocuments(()), NURSE)) == "documents"
    assert "x-ray film" in words(ask(case, RequestDocuments(("order", "x-ray film")), NURSE))
    asked = replace(rules(), unanswered={"order": NOW + timedelta(days=45)})
    again = permit(case, RequestDocuments(("order", "therapy-notes")), NURSE, NOW, asked, NEW_YORK)
    assert words(again) == "already requested, and the answer may still come: order"
    assert code_of(permit(case, RequestDocuments(("therapy-notes",)), NURSE, NOW, asked, NEW_YORK)) == "ok"


OFFICE, CLINICAL = "explanation-of-benefits", "therapy-notes"


@pytest.mark.parametrize(
    ("requested_not_received", "examiner", "physician"),
    [
        ({OFFICE}, "ok", "ok"),
        ({CLINICAL}, "clinical-records", "ok"),
        ({OFFICE, CLINICAL}, "clinical-records", "ok"),
    ],
)
def test_a_denial_for_records_that_requested_not_received_is_signed_where_one_of_them_is_clinical(
    requested_not_received: set[str], examiner: str, physician: str
) -> None:
    """42 CFR 422.566(d), 438.210(b)(3), NY PHL 4903(a): what a clinical record would have shown is a clinical judgment."""
    over = replace(rules(), requested_not_received=frozenset(requested_not_received))
    pend = a_pend("P-DOC", outcomes.NECESSITY_FACTS_MISSING)
    by_office = denies(outcomes.NECESSITY_FACTS_MISSING, outcomes.DOCUMENTS_NOT_RECEIVED, criteria=())
    answer = permit(a_case(pend, held_by=EXAMINER), by_office, EXAMINER, NOW, over, NEW_YORK)
    assert code_of(answer) == examiner
    signed = denies(outcomes.NECESSITY_FACTS_MISSING, outcomes.RECORDS_NOT_RECEIVED)
    answer = permit(a_case(pend, held_by=PHYSICIAN), signed, PHYSICIAN, NOW, over, NEW_YORK)
    assert code_of(answer) == physician
    assert signed.license(PHYSICIAN, NOW, NEW_YORK) is not None
    for person in (EXAMINER, NURSE, CODER):
        refused = permit(a_case(pend, held_by=person), signed, person, NOW, over, NEW_YORK)
        assert code_of(refused) in {"role-may-not", "not-your-queue"}
    unlicensed = replace(PHYSICIAN, licenses=())
    refused = permit(a_case(pend, held_by=unlicensed), signed, unlicensed, NOW, over, NEW_YORK)
    assert code_of(refused) == "no-license"


def test_that_records_do_not_support_the_units_is_signed_though_a_coder_holds_the_line() -> None:
    pend = a_pend("P-EDIT-OVR", outcomes.UNITS_REVIEWABLE)
    itself = denies(outcomes.UNITS_REVIEWABLE, outcomes.UNITS_REVIEWABLE, criteria=())
    assert code_of(ask(a_case(pend, held_by=CODER), itself, CODER)) == "outcome"
    judged = denies(outcomes.UNITS_REVIEWABLE, outcomes.UNITS_NOT_SUPPORTED, criteria=())
    assert code_of(ask(a_case(pend, held_by=CODER), judged, CODER)) == "role-may-not"
    assert code_of(ask(a_case(pend, held_by=PHYSICIAN), judged, PHYSICIAN)) == "ok"
    assert judged.license(PHYSICIAN, NOW, NEW_YORK) is not None
    assert code_of(ask(a_case(pend, held_by=CODER), passes(outcomes.UNITS_REVIEWABLE), CODER)) == "ok"


def test_that_a_diagnosis_does_not_fit_the_service_is_signed_though_a_nurse_holds_the_line() -> None:
    """CARC 11 sounds like coding; whether the service is for this person's disease is a judgment about care."""
    pend = a_pend("P-CLIN-N", outcomes.DIAGNOSIS_INCONSISTENT)
    itself = denies(outcomes.DIAGNOSIS_INCONSISTENT, outcomes.DIAGNOSIS_INCONSISTENT, criteria=())
    assert code_of(ask(a_case(pend, held_by=PHYSICIAN), itself, PHYSICIAN)) == "outcome"
    judged = denies(outcomes.DIAGNOSIS_INCONSISTENT, outcomes.DIAGNOSIS_NOT_SUPPORTED, criteria=())
    assert code_of(ask(a_case(pend, held_by=NURSE), judged, NURSE)) == "role-may-not"
    unlicensed = replace(PHYSICIAN, licenses=())
    assert code_of(ask(a_case(pend, held_by=unlicensed), judged, unlicensed)) == "no-license"
    assert code_of(ask(a_case(pend, held_by=PHYSICIAN), judged, PHYSICIAN)) == "ok"
    assert judged.license(PHYSICIAN, NOW, NEW_YORK) is not None
    assert code_of(ask(a_case(pend, held_by=NURSE), passes(outcomes.DIAGNOSIS_INCONSISTENT), NURSE)) == "ok"


def test_a_coder_recommends_the_denial_of_units_and_the_claim_goes_to_the_physicians() -> None:
    pend = a_pend("P-EDIT-OVR", outcomes.UNITS_REVIEWABLE)
    case = done(taken(a_case(pend), CODER), (recommends(outcomes.UNITS_REVIEWABLE), CODER))
    assert case.queue is Role.PHYSICIAN
    other = a_case(a_pend("P-EDIT-OVR", outcomes.UNLISTED_REVIEW), held_by=CODER)
    assert code_of(ask(other, recommends(outcomes.UNLISTED_REVIEW), CODER)) == "clinical-only"


def test_no_person_denies_for_lack_of_documents_while_they_may_still_come() -> None:
    case = a_case(a_pend("P-DOC", outcomes.NECESSITY_FACTS_MISSING), held_by=EXAMINER)
    until = NOW + timedelta(minutes=10)
    asked = replace(
        rules(), unanswered={OFFICE: until - MOMENT, "therapy-notes": until}, requested_not_received=frozenset({OFFICE})
    )
    denial = denies(outcomes.NECESSITY_FACTS_MISSING, outcomes.DOCUMENTS_NOT_RECEIVED)
    refused = permit(case, denial, EXAMINER, NOW, asked, NEW_YORK)
    assert words(refused) == (
        "requested documents may still come until 2025-09-03 14:10 UTC; deny for lack of them after that"
    )
    over = replace(asked, unanswered={}, requested_not_received=frozenset({OFFICE}))
    assert code_of(permit(case, denial, EXAMINER, until, over, NEW_YORK)) == "ok"
    passed = passes(outcomes.NECESSITY_FACTS_MISSING)
    nurse = a_case(a_pend("P-DOC", outcomes.NECESSITY_FACTS_MISSING), held_by=NURSE)
    assert code_of(permit(nurse, passed, NURSE, NOW, asked, NEW_YORK)) == "ok", "what is there may suffice"


def test_records_that_came_are_read_before_a_person_denies_for_lack_of_them() -> None:
    """A letter or a scan states no facts by itself: only a clinician knows what is in it."""
    waits = a_case(a_pend("P-DOC", outcomes.NECESSITY_FACTS_MISSING), held_by=EXAMINER)
    denial = denies(outcomes.NECESSITY_FACTS_MISSING, outcomes.DOCUMENTS_NOT_RECEIVED)
    came = replace(rules(), documents_unread_since=NOW, requested_not_received=frozenset())
    assert words(permit(waits, denial, EXAMINER, NOW, came, NEW_YORK)) == (
        "every requested document has come; a nurse or physician reads them, and requests what they lack"
    )
    some = replace(came, requested_not_received=frozenset({OFFICE}))
    refused = permit(waits, denial, EXAMINER, NOW, some, NEW_YORK)
    assert words(refused) == (
        "records came on 2025-09-03 14:00 UTC that no clinician has read; a nurse or physician reads them first, and "
        "records what they say or recommends"
    )
    fact = RecordFacts((SupportingFact("tx.weeks", Decimal(3), "SYN-DOC-1", NOW.date()),))
    for said in (fact, recommends(outcomes.NECESSITY_FACTS_MISSING)):
        read = fold(waits, [Done(said, NURSE.person_id, Role.NURSE, NOW)])
        read = replace(read, assignment=waits.assignment)
        assert code_of(permit(read, denial, EXAMINER, NOW, some, NEW_YORK)) == "ok"
        later = replace(some, documents_unread_since=NOW + MOMENT)
        assert code_of(permit(read, denial, EXAMINER, NOW, later, NEW_YORK)) == "records-unread", "more came since"


def test_only_a_denial_names_what_it_is_shown_as() -> None:
    """Half of it would be refused by the database for ever, and no person would ever answer who asked."""
    with_reason = replace(passes(), denies_as=outcomes.NOT_MEDICALLY_NECESSARY)
    assert words(ask(taken(a_case(), NURSE), with_reason, NURSE)) == (
        "only a denial names an outcome to be issued as; leave it out, or deny"
    )
    pricer = a_case(a_pend("P-PRICE", outcomes.MANUAL_PRICING), held_by=PRICER)
    priced = Decide(ONE, outcomes.MANUAL_PRICING, Resolution.PRICED, RATIONALE, allowed=Decimal("310.00"))
    assert code_of(ask(pricer, replace(priced, denies_as=outcomes.MANUAL_PRICING), PRICER)) == "outcome"


def test_a_call_is_agreed_for_a_time_to_come_and_shown_in_words_when_it_was_held() -> None:
    case = a_case(held_by=PHYSICIAN)
    assert code_of(ask(case, SchedulePeerToPeer(NOW + MOMENT), PHYSICIAN)) == "ok"
    assert words(ask(case, SchedulePeerToPeer(NOW), PHYSICIAN)) == (
        "that time has passed; name a later one, or record the call that took place"
    )
    assert code_of(ask(case, RecordPeerToPeer(held=True, note="  "), PHYSICIAN)) == "note"
    assert code_of(ask(case, RecordPeerToPeer(held=False, note="no person answered twice"), PHYSICIAN)) == "ok"


def test_no_facts_are_no_action() -> None:
    assert code_of(ask(a_case(held_by=NURSE), RecordFacts(()), NURSE)) == "facts"


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (Correct("authorization-number", "AUTH-2"), "ok"),
        (Correct("place-of-service", "22", ONE), "ok"),
        (Correct("diagnosis", "M54.16"), "field"),
        (Correct("charge", "1"), "field"),
        (Correct("place-of-service", "  "), "value"),
    ],
)
def test_clerical_fields_are_corrected_and_no_others(action: Correct, code: str) -> None:
    case = a_case(a_pend("P-AUTH", outcomes.AUTHORIZATION_OTHER_SERVICE), held_by=EXAMINER)
    assert code_of(ask(case, action, EXAMINER)) == code


def test_every_refusal_states_a_person_what_to_do_and_names_no_person() -> None:
    codes: dict[str, str] = {}
    people = (NURSE, PHYSICIAN, CODER, SUPERVISOR)
    cases = (a_case(), replace(a_case(), closed=True), *(a_case(held_by=person) for person in people))
    asked = (Take(), Correct("charge", "1"), RequestDocuments(()), RecordFacts(()), denies(criteria=()), passes())
    for case in cases:
        for person in people:
            for action in asked:
                answer = ask(case, action, person)
                if isinstance(answer, Refusal):
                    codes[answer.code] = answer.words
    assert len(codes) >= 8
    assert all(len(value) > 20 and "SYN-" not in value for value in codes.values()), codes


def test_every_outcome_a_clinical_line_is_denied_as_is_known_to_the_rules() -> None:
    never_wait = {outcomes.NECESSITY_MET, outcomes.NECESSITY_PROTECTED}
    clinical = {outcome for outcome, names in rules().deniable.items() if outcomes.EXPERIMENTAL in names}
    clinical -= {outcomes.UNITS_NOT_SUPPORTED, outcomes.DIAGNOSIS_NOT_SUPPORTED, outcomes.RECORDS_NOT_RECEIVED}
    # A denial never pends.
    assert clinical - never_wait == {
        OutcomeCode(name)
        for name in (
            "necessity.authority_not_searched",
            "necessity.clinical_judgement",
            "necessity.criteria_not_met",
            "necessity.experimental",
            "necessity.facts_contradict",
            "necessity.no_policy_in_force",
            "necessity.not_medically_necessary",
            "necessity.not_reasonable_and_necessary",
            "necessity.records_unread",
            "necessity.referenced_policy_not_loaded",
            "necessity.stated_not_necessary",
            "quality.sent_back",
        )
    }


def test_a_clerical_correction_is_recorded_as_the_clerk_s_who_may_make_it() -> None:
    both = a_person("both", Role.PHYSICIAN, Role.INTAKE_CLERK)
    answer = ask(taken(a_case(), both), Correct("place-of-service", "22", None), both)
    assert isinstance(answer, Done)
    assert answer.role is Role.INTAKE_CLERK


def test_clinical_facts_are_recorded_as_the_clinician_s_who_may_state_them() -> None:
    both = a_person("both", Role.NURSE, Role.CODER)
    waiting = taken(a_case(a_pend("P-EDIT-OVR", outcomes.UNLISTED_REVIEW)), both)
    answer = ask(waiting, RecordFacts((SupportingFact("eval.adequate", True, "SYN-DOC-1", NOW.date()),)), both)
    assert isinstance(answer, Done)
    assert answer.role is Role.NURSE
