"""What an appellant is shown, letter by letter and law by law: whole, in plain words, with the next right of the path."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from adjudication.appeals.actions import Decide, NoteDeadline, RecordForward
from adjudication.appeals.duty import Duty
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Appellant, Matter
from adjudication.deadlines.calendar import Holidays, LegalCalendar
from adjudication.deadlines.periods import Period, Unit
from adjudication.letters.appeal_facts import kinds_due
from adjudication.letters.appeal_letters import appeal_letter
from adjudication.letters.letter import (
    OF_APPEALS,
    Audience,
    ElementName,
    IncompleteLetterError,
    Letter,
    LetterError,
    LetterKind,
    complete,
)
from adjudication.letters.readability import long_sentences, unexplained
from adjudication.model.errors import ClinicalDenialNeedsSignatureError
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine
from tests.builders.appeals import APPEALS_MD, PEER, RATIONALE, Appeal, lines
from tests.builders.letters.appeal_letters import (
    NEW_YORK,
    WHY_LONGER,
    about,
    an_appeal_notice,
    decided,
    dismissed,
    extendable,
    filed,
    letter_facts,
    overdue,
    said,
    the_letter,
    withdrawn,
)

COMMERCIAL, MEDICAID, MEDICARE = ProductLine.COMMERCIAL, ProductLine.MEDICAID, ProductLine.MEDICARE_ADVANTAGE
ESSENTIAL, DUAL = ProductLine.ESSENTIAL_PLAN, ProductLine.DUAL_SNP
MEMBER, PROVIDER = Audience.MEMBER, Audience.PROVIDER
FORWARDING = frozenset({MEDICARE, DUAL})
ONLY = {LetterKind.APPEAL_FORWARDING: FORWARDING, LetterKind.APPEAL_OVERDUE: frozenset({COMMERCIAL, MEDICAID})}
"""Letters that only some product lines have: what goes on by itself, and what the appellant may take on unanswered."""
EVERY = [
    (line, kind, audience)
    for line, kind, audience in product(ProductLine, sorted(OF_APPEALS), Audience)
    if line in ONLY.get(kind, ProductLine)
]
every_letter = pytest.mark.parametrize(("line", "kind", "audience"), EVERY, ids="-".join)
PERSONS_OWN = {ElementName.CLINICAL_RATIONALE, ElementName.DECIDER_REASONS}


def written(line: ProductLine, kind: LetterKind, audience: Audience) -> Letter:
    notice = an_appeal_notice(kind, audience, line)
    assert notice is not None
    return notice


@every_letter
def test_a_letter_of_an_appeal_has_every_element_its_product_line_demands(
    line: ProductLine, kind: LetterKind, audience: Audience
) -> None:
    notice = written(line, kind, audience)
    assert notice.checklist.demands
    assert complete(notice.elements, notice.checklist) == ()
    assert (notice.kind, notice.audience, notice.product_line) == (kind, audience, line)


@every_letter
def test_without_any_one_demanded_element_there_is_no_letter(
    line: ProductLine, kind: LetterKind, audience: Audience
) -> None:
    notice = written(line, kind, audience)
    for demand in notice.checklist.demands:
        rest = tuple(element for element in notice.elements if element.name is not demand.element)
        with pytest.raises(IncompleteLetterError, match=demand.element.value):
            replace(notice, elements=rest)


@every_letter
def test_members_read_short_sentences_and_no_person_is_named(
    line: ProductLine, kind: LetterKind, audience: Audience
) -> None:
    letter = written(line, kind, audience)
    assert letter.elements
    for element in letter.elements:
        assert "{" not in element.text
        assert "SYN-" not in element.text
        if audience is MEMBER and element.name not in PERSONS_OWN:
            assert long_sentences(element.text) == (), element.name
            assert unexplained(element.text) == (), element.name


@pytest.mark.parametrize("line", ProductLine)
def test_an_open_appeal_is_acknowledged_with_the_services_and_the_day_it_is_decided_by(line: ProductLine) -> None:
    notice = the_letter(line, filed(line))
    assert notice.kind is LetterKind.APPEAL_ACKNOWLEDGEMENT
    assert "March 20, 2025" in said(notice, ElementName.DECISION)
    assert "MRI lumbar spine" in said(notice, ElementName.DECISION)
    day = "April 19, 2025" if line in NEW_YORK | {MEDICAID, DUAL} else "May 19, 2025"
    assert said(notice, ElementName.DECIDE_BY) == f"We decide by {day}."


def test_an_appeal_letter_that_lacks_a_proof_says_what_is_missing_instead_of_a_day() -> None:
    appeal = filed(MEDICARE, appellant=Appellant.REPRESENTATIVE)
    words = said(the_letter(MEDICARE, appeal), ElementName.DECIDE_BY)
    assert "a signed paper that lets another person act for the member" in words
    assert "We decide by" not in words


@pytest.mark.parametrize("line", [MEDICARE, DUAL])
def test_what_medicare_upholds_goes_to_the_independent_review_entity_without_a_request(line: ProductLine) -> None:
    appeal = decided(line, Ruling.UPHELD)
    assert kinds_due(letter_facts(appeal)) == (LetterKind.APPEAL_CLINICAL_DENIAL, LetterKind.APPEAL_FORWARDING)
    notice = the_letter(line, appeal)
    assert "We send the case to the independent review entity by" in said(notice, ElementName.FORWARDING)
    assert "You do not have to do anything" in said(notice, ElementName.INDEPENDENT_REVIEW)


def test_once_the_file_has_left_the_letter_says_on_which_day() -> None:
    appeal = decided(MEDICARE, Ruling.UPHELD)
    came = appeal.state.received_at
    appeal.waits(days=3)
    appeal.does(RecordForward("SYN-FILE"))
    left = letter_facts(appeal, forwarded_at=appeal.now, received_at=came, rationale=RATIONALE)
    notice = appeal_letter(LetterKind.APPEAL_FORWARDING, left, MEMBER, about(MEDICARE, appeal))
    assert "on March 23, 2025" in said(notice, ElementName.FORWARDING)
    assert "received on March 20, 2025" in said(notice, ElementName.DECISION)


def test_where_the_law_opens_the_next_step_for_a_missed_time_the_letter_states_it_and_promises_a_decision_still() -> (
    None
):
    medicaid, commercial = the_letter(MEDICAID, overdue(MEDICAID)), the_letter(COMMERCIAL, overdue(COMMERCIAL))
    for notice in (medicaid, commercial):
        assert notice.kind is LetterKind.APPEAL_OVERDUE
        assert "We did not decide the appeal that we received on March 20, 2025 in time." in said(
            notice, ElementName.DECISION
        )
        assert "We still decide it" in said(notice, ElementName.REASONS)
    assert "You can ask the state for a fair hearing now." in said(medicaid, ElementName.FAIR_HEARING)
    assert "bring a civil action in court now" in said(commercial, ElementName.RIGHT_TO_SUE)
    assert "independent experts outside the plan" in said(commercial, ElementName.EXTERNAL_REVIEW)


def test_what_new_york_reverses_for_a_missed_time_is_shown_as_won() -> None:
    notice = the_letter(ESSENTIAL, overdue(ESSENTIAL))
    assert notice.kind is LetterKind.APPEAL_REVERSAL
    assert "The law then decides it against us." in said(notice, ElementName.DECISION)


def test_before_the_time_has_passed_no_person_learns_that_it_has() -> None:
    appeal = filed(MEDICAID)
    with pytest.raises(LetterError, match="has not passed"):
        appeal_letter(LetterKind.APPEAL_OVERDUE, letter_facts(appeal), MEMBER, about(MEDICAID, appeal))


def test_a_time_that_was_missed_is_shown_as_the_reason_the_file_goes_on() -> None:
    appeal = filed(MEDICARE)
    appeal.now = appeal.due(Duty.DECISION) + timedelta(hours=1)
    appeal.does(NoteDeadline(Duty.DECISION))
    notice = the_letter(MEDICARE, appeal)
    assert notice.kind is LetterKind.APPEAL_FORWARDING
    assert "We did not decide the appeal in time." in said(notice, ElementName.REASONS)


@pytest.mark.parametrize("plan", [None, "HUDSON-COMM"], ids=["essential-plan", "insured-commercial"])
def test_in_new_york_what_is_upheld_is_the_final_adverse_determination_with_the_external_appeal(
    plan: str | None,
) -> None:
    line = ESSENTIAL if plan is None else COMMERCIAL
    appeal = decided(ESSENTIAL, Ruling.UPHELD) if plan is None else upheld_under(plan)
    context = about(line, appeal, plan)
    member = appeal_letter(LetterKind.APPEAL_CLINICAL_DENIAL, letter_facts(appeal), MEMBER, context)
    assert "final adverse determination" in said(member, ElementName.EXTERNAL_REVIEW)
    assert "within 4 months" in said(member, ElementName.EXTERNAL_REVIEW)
    provider = appeal_letter(LetterKind.APPEAL_CLINICAL_DENIAL, letter_facts(appeal), PROVIDER, context)
    assert "of your own within 60 days" in said(provider, ElementName.EXTERNAL_REVIEW)
    assert bool(said(member, ElementName.RIGHT_TO_SUE)) is (plan is not None)


def upheld_under(plan: str) -> Appeal:
    appeal = filed(COMMERCIAL, plan_id=PlanId(plan))
    assert appeal.state.case.path.name == "ny-utilization-review"
    appeal.decided(PEER, line1=Ruling.UPHELD)
    return appeal


def test_an_employer_plans_letter_names_external_review_and_the_court() -> None:
    notice = the_letter(COMMERCIAL, decided(COMMERCIAL, Ruling.UPHELD))
    assert "within 4 months" in said(notice, ElementName.EXTERNAL_REVIEW)
    assert "civil action" in said(notice, ElementName.RIGHT_TO_SUE)
    administrative = the_letter(COMMERCIAL, decided(COMMERCIAL, Ruling.UPHELD, Matter.ADMINISTRATIVE))
    assert said(administrative, ElementName.EXTERNAL_REVIEW) == ""
    assert "no further level" in said(administrative, ElementName.LAST_LEVEL)


def test_a_medicaid_letter_names_the_fair_hearing_and_keeping_the_service() -> None:
    notice = the_letter(MEDICAID, decided(MEDICAID, Ruling.UPHELD))
    assert "You have 120 days" in said(notice, ElementName.FAIR_HEARING)
    assert "within 10 days" in said(notice, ElementName.CONTINUATION)


def test_a_grievance_that_is_upheld_can_be_appealed_to_the_plan_once_more() -> None:
    notice = the_letter(ESSENTIAL, decided(ESSENTIAL, Ruling.UPHELD, Matter.ADMINISTRATIVE))
    assert notice.kind is LetterKind.APPEAL_DENIAL
    assert "within 60 business days of the day you receive" in said(notice, ElementName.APPEAL)
    assert RATIONALE in said(notice, ElementName.DECIDER_REASONS)


@pytest.mark.parametrize("line", ProductLine)
def test_a_clinical_denial_upheld_states_the_deciders_own_reasons_and_qualification(line: ProductLine) -> None:
    notice = the_letter(line, decided(line, Ruling.UPHELD))
    assert notice.kind is LetterKind.APPEAL_CLINICAL_DENIAL
    assert RATIONALE in said(notice, ElementName.CLINICAL_RATIONALE)
    who = "clinical peer reviewer" if line in NEW_YORK else "physician"
    assert f"A {who} made this decision." in said(notice, ElementName.REVIEWER_QUALIFICATION)
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        replace(notice, signature=None)


def test_an_unsigned_ruling_on_a_clinical_denial_cannot_be_shown() -> None:
    appeal = decided(MEDICARE, Ruling.UPHELD)
    (result,) = appeal.state.results
    appeal.state = replace(appeal.state, results=(replace(result, signature=None),))
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        the_letter(MEDICARE, appeal)


@pytest.mark.parametrize("line", ProductLine)
def test_what_is_overturned_is_shown_with_the_day_it_is_carried_out_by(line: ProductLine) -> None:
    notice = the_letter(line, decided(line, Ruling.OVERTURNED))
    assert notice.kind is LetterKind.APPEAL_REVERSAL
    assert "We changed our decision on: MRI lumbar spine" in said(notice, ElementName.DECISION)
    assert "2025" in said(notice, ElementName.CARRY_OUT)
    assert said(notice, ElementName.EXTERNAL_REVIEW) == said(notice, ElementName.FORWARDING) == ""


@pytest.mark.parametrize("line", [MEDICARE, ProductLine.DUAL_SNP])
def test_a_dismissal_under_medicare_states_its_reason_and_both_ways_against_it(line: ProductLine) -> None:
    notice = the_letter(line, dismissed(line))
    assert "None of the services has a final decision" in said(notice, ElementName.REASONS)
    ways = said(notice, ElementName.DISMISSAL_REVIEW)
    assert "within 6 months" in ways
    assert "independent review entity" in ways


@pytest.mark.parametrize("line", [COMMERCIAL, MEDICAID, ESSENTIAL])
def test_elsewhere_a_dismissal_says_how_to_ask_that_it_is_taken_back(line: ProductLine) -> None:
    assert "take the dismissal back" in said(the_letter(line, dismissed(line)), ElementName.DISMISSAL_REVIEW)


@pytest.mark.parametrize("line", ProductLine)
def test_a_withdrawal_is_confirmed_with_its_day(line: ProductLine) -> None:
    notice = the_letter(line, withdrawn(line))
    assert notice.kind is LetterKind.APPEAL_WITHDRAWAL
    assert "March 22, 2025" in said(notice, ElementName.DECISION)
    assert "filed again" in said(notice, ElementName.FILE_AGAIN)


@pytest.mark.parametrize("line", [MEDICAID, MEDICARE, DUAL])
def test_an_extension_states_the_reason_the_new_day_and_the_complaint_against_it(line: ProductLine) -> None:
    appeal = extendable(line)
    case = letter_facts(appeal, why_longer=WHY_LONGER)
    notice = appeal_letter(LetterKind.APPEAL_EXTENSION, case, MEMBER, about(line, appeal))
    assert said(notice, ElementName.REASONS) == WHY_LONGER
    day = "June 2, 2025" if line is MEDICARE else "May 3, 2025"
    assert day in said(notice, ElementName.DECIDE_BY)
    assert "complaint" in said(notice, ElementName.GRIEVANCE)
    with pytest.raises(LetterError, match="why more time is needed"):
        appeal_letter(LetterKind.APPEAL_EXTENSION, letter_facts(appeal), MEMBER, about(line, appeal))


def test_where_the_rule_gives_no_extension_no_letter_promises_one() -> None:
    appeal = filed(ESSENTIAL)
    case = letter_facts(appeal, why_longer=WHY_LONGER)
    with pytest.raises(LetterError, match="no extension"):
        appeal_letter(LetterKind.APPEAL_EXTENSION, case, MEMBER, about(ESSENTIAL, appeal))


def test_a_providers_dispute_under_its_contract_is_not_shown_to_the_member() -> None:
    dispute = filed(MEDICARE, appellant=Appellant.CONTRACT_PROVIDER)
    assert dispute.state.case.path.name == "contract-dispute"
    with pytest.raises(LetterError, match="the member is not a party"):
        the_letter(MEDICARE, dispute)
    dispute = decided(MEDICARE, Ruling.UPHELD, appellant=Appellant.CONTRACT_PROVIDER)
    notice = the_letter(MEDICARE, dispute, PROVIDER)
    assert "no further level" in said(notice, ElementName.LAST_LEVEL)
    assert said(notice, ElementName.INDEPENDENT_REVIEW) == ""


def test_a_partial_reversal_states_what_changed_and_what_stands() -> None:
    appeal = filed(MEDICAID, lines=lines(1))
    half = LineRuling(LineNumber(1), Ruling.PARTLY, Decimal("0.5"))
    appeal.does(Decide((half,), RATIONALE), APPEALS_MD)
    notice = the_letter(MEDICAID, appeal)
    assert "We changed our decision in part on" in said(notice, ElementName.DECISION)
    assert "Units granted: 0.5" in said(notice, ElementName.DECISION)
    assert said(notice, ElementName.FAIR_HEARING)
    assert said(notice, ElementName.CARRY_OUT)


def test_a_day_that_cannot_be_counted_is_not_shown_and_the_letter_says_which_year_is_missing() -> None:
    appeal = filed(MEDICARE, calendar=LegalCalendar("America/New_York", Holidays("synthetic")))
    level = appeal.state.level
    business = tuple(replace(each, period=Period(20, Unit.BUSINESS_DAYS)) for each in level.decisions)
    appeal.state = replace(appeal.state, level=replace(level, decisions=business))
    with pytest.raises(LetterError, match=r"the day of decision cannot be computed yet: .*2025"):
        the_letter(MEDICARE, appeal)
