"""Each product line and level, as an appeals specialist would state it: who decides, by when, and what follows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adjudication.appeals.actions import (
    AssignDecider,
    NoteDeadline,
    OpenLevel,
    ReceiveProof,
    RecordForward,
    RecordOutsideRuling,
)
from adjudication.appeals.deadlines import deadlines
from adjudication.appeals.deciding import next_levels
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Appellant, Forum, LateDecisionEffect, Matter, Proof, Subject
from adjudication.model.vocabulary import LineNumber, ProductLine
from tests.builders.appeals import (
    APPEALS_MD,
    FILED,
    PEER,
    SECOND_MD,
    SPECIALIST,
    Appeal,
    an_appeal,
    decision,
    end_of,
    lines,
)

MA, DSNP, MCD = ProductLine.MEDICARE_ADVANTAGE, ProductLine.DUAL_SNP, ProductLine.MEDICAID
COMM, EP, CHP = ProductLine.COMMERCIAL, ProductLine.ESSENTIAL_PLAN, ProductLine.CHILD_HEALTH_PLUS
UPHELD, OVERTURNED = Ruling.UPHELD, Ruling.OVERTURNED
UPHELD_1 = (LineRuling(LineNumber(1), UPHELD),)
OVERTURNED_1 = (LineRuling(LineNumber(1), OVERTURNED),)


def goes_on(appeal: Appeal, level: str) -> None:
    asked = OpenLevel(level, FilingDates(appeal.now, notice_on=appeal.now.date()), appeal.now)
    appeal.does(asked)


def test_a_commercial_plan_decides_a_payment_appeal_within_sixty_days() -> None:
    assert an_appeal(COMM).due(Duty.DECISION) == end_of(2025, 5, 19)


def test_a_commercial_plan_decides_an_urgent_service_within_seventy_two_hours() -> None:
    appeal = an_appeal(COMM, subject=Subject.SERVICE, expedited=True, physician_requested_expedited=True)
    assert appeal.due(Duty.DECISION) == datetime(2025, 3, 23, 15, 0, tzinfo=UTC)


def test_a_commercial_denial_upheld_on_clinical_grounds_may_go_to_external_review_and_nowhere_by_itself() -> None:
    appeal = an_appeal(COMM)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    assert next_levels(appeal.state) == {"external-review"}
    assert appeal.owes() == ()
    goes_on(appeal, "external-review")
    assert appeal.state.outside
    appeal.does(RecordOutsideRuling(OVERTURNED_1, "DOC-9"))
    assert appeal.due(Duty.EFFECTUATION) == end_of(2025, 3, 21)  # the business day after Thursday 20 March


def test_a_commercial_denial_without_a_clinical_judgment_has_no_external_review() -> None:
    appeal = an_appeal(COMM, matter=Matter.ADMINISTRATIVE)
    appeal.decided(SPECIALIST, line1=UPHELD)
    assert next_levels(appeal.state) == frozenset()


def test_a_commercial_plan_that_misses_the_time_leaves_the_member_free_to_go_on_and_still_owes_an_answer() -> None:
    appeal = an_appeal(COMM)
    appeal.misses(Duty.DECISION)
    appeal.does(NoteDeadline(Duty.DECISION))
    assert appeal.state.deemed is LateDecisionEffect.EXHAUSTED
    assert next_levels(appeal.state) == {"external-review"}
    appeal.decided(APPEALS_MD, line1=OVERTURNED)


@pytest.mark.parametrize("product_line", [EP, CHP])
def test_a_new_york_plan_acknowledges_in_fifteen_days_and_decides_in_thirty(product_line: ProductLine) -> None:
    appeal = an_appeal(product_line)
    assert appeal.due(Duty.ACKNOWLEDGEMENT) == end_of(2025, 4, 4)
    assert appeal.due(Duty.DECISION) == end_of(2025, 4, 19)


def test_a_new_york_plan_decides_an_urgent_service_in_two_business_days() -> None:
    appeal = an_appeal(EP, subject=Subject.SERVICE, expedited=True, physician_requested_expedited=True)
    assert appeal.due(Duty.DECISION) == end_of(2025, 3, 24)  # Thursday to Monday night


def test_a_new_york_appeal_not_decided_in_time_is_won() -> None:
    appeal = an_appeal(EP)
    appeal.misses(Duty.DECISION)
    appeal.does(NoteDeadline(Duty.DECISION))
    result = appeal.state.result
    assert result is not None
    assert (result.rulings, result.by) == (OVERTURNED_1, None)
    assert Duty.EFFECTUATION in appeal.owes()
    assert appeal.refuses(decision(line1=UPHELD), PEER) == "decided"


@pytest.mark.parametrize(
    ("appellant", "period"), [(Appellant.MEMBER, "4 months"), (Appellant.CONTRACT_PROVIDER, "60 days")]
)
def test_an_external_appeal_is_open_four_months_to_a_member_and_sixty_days_to_a_provider(
    appellant: Appellant, period: str
) -> None:
    window = an_appeal(EP).state.case.path.level("external-appeal").window(appellant)
    assert window is not None
    assert str(window.period) == period


def test_a_grievance_of_the_essential_plan_has_a_second_level_decided_by_another_person() -> None:
    appeal = an_appeal(EP, matter=Matter.ADMINISTRATIVE)
    appeal.decided(SPECIALIST, line1=UPHELD)
    goes_on(appeal, "grievance-appeal")
    assert appeal.refuses(decision(line1=UPHELD), SPECIALIST) == "involved"
    appeal.decided(APPEALS_MD, line1=UPHELD)
    assert next_levels(appeal.state) == frozenset()


def test_a_grievance_not_decided_in_time_is_escalated_and_still_decided() -> None:
    appeal = an_appeal(EP, matter=Matter.ADMINISTRATIVE)
    appeal.misses(Duty.DECISION)
    appeal.does(NoteDeadline(Duty.DECISION))
    assert appeal.state.deemed is LateDecisionEffect.ESCALATE
    appeal.decided(SPECIALIST, line1=OVERTURNED)


def test_a_medicaid_plan_decides_in_thirty_days_and_then_the_state_hears_it() -> None:
    appeal = an_appeal(MCD)
    assert appeal.due(Duty.DECISION) == end_of(2025, 4, 19)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    goes_on(appeal, "fair-hearing")
    assert appeal.state.level.forum is Forum.STATE


def test_a_medicaid_plan_gives_a_service_it_wrongly_denied_within_seventy_two_hours() -> None:
    appeal = an_appeal(MCD, subject=Subject.SERVICE)
    appeal.decided(APPEALS_MD, line1=OVERTURNED)
    assert appeal.due(Duty.EFFECTUATION) == datetime(2025, 3, 23, 15, 0, tzinfo=UTC)


def test_a_medicaid_appeal_not_decided_in_time_is_deemed_exhausted_and_may_go_to_the_state() -> None:
    appeal = an_appeal(MCD)
    appeal.misses(Duty.DECISION)
    appeal.does(NoteDeadline(Duty.DECISION))
    assert appeal.state.deemed is LateDecisionEffect.EXHAUSTED
    assert next_levels(appeal.state) == {"fair-hearing"}


def test_a_medicaid_member_keeps_a_service_that_is_asked_for_in_ten_days() -> None:
    continuation = an_appeal(MCD).state.level.continuation
    assert continuation is not None
    assert str(continuation.ask_within) == "10 days"


def test_a_medicare_advantage_plan_decides_payment_in_sixty_days_and_a_service_in_thirty() -> None:
    assert an_appeal(MA).due(Duty.DECISION) == end_of(2025, 5, 19)
    assert an_appeal(MA, subject=Subject.SERVICE).due(Duty.DECISION) == end_of(2025, 4, 19)


@pytest.mark.parametrize("product_line", [MA, DSNP])
def test_what_a_medicare_plan_upholds_goes_to_the_independent_review_entity_in_the_same_time(
    product_line: ProductLine,
) -> None:
    appeal = an_appeal(product_line)
    limit = appeal.due(Duty.DECISION)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    assert (appeal.owes(), appeal.due(Duty.FORWARD)) == ((Duty.FORWARD,), limit)
    appeal.does(RecordForward("IRE-1"))
    assert appeal.state.level.forum is Forum.INDEPENDENT_REVIEW
    assert appeal.owes() == ()


@pytest.mark.parametrize("product_line", [MA, DSNP])
def test_a_medicare_plan_that_misses_the_time_has_affirmed_and_must_forward(product_line: ProductLine) -> None:
    appeal = an_appeal(product_line)
    appeal.misses(Duty.DECISION)
    assert appeal.refuses(decision(line1=UPHELD), APPEALS_MD) == "deemed"
    appeal.does(NoteDeadline(Duty.DECISION))
    assert appeal.state.deemed is LateDecisionEffect.FORWARD
    assert appeal.owes() == (Duty.FORWARD,)
    assert appeal.refuses(AssignDecider(APPEALS_MD), SPECIALIST) == "deemed"
    appeal.does(RecordForward("IRE-1"))


@pytest.mark.parametrize("product_line", [MA, DSNP])
def test_an_urgent_service_upheld_reaches_the_independent_review_entity_within_a_day(product_line: ProductLine) -> None:
    appeal = an_appeal(product_line, subject=Subject.SERVICE, expedited=True, physician_requested_expedited=True)
    appeal.waits(hours=10)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    assert appeal.due(Duty.FORWARD) == datetime(2025, 3, 22, 1, 0, tzinfo=UTC)


def test_a_medicare_advantage_plan_pays_what_it_reverses_within_sixty_days_of_the_request() -> None:
    appeal = an_appeal(MA)
    appeal.waits(days=40)
    appeal.decided(APPEALS_MD, line1=OVERTURNED)
    assert appeal.due(Duty.EFFECTUATION) == end_of(2025, 5, 19)


def test_a_reversal_by_the_independent_review_entity_is_paid_within_thirty_days_of_it() -> None:
    appeal = an_appeal(MA)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    appeal.does(RecordForward("IRE-1"))
    appeal.waits(days=45)
    appeal.does(RecordOutsideRuling(OVERTURNED_1, "IRE-2"))
    assert appeal.due(Duty.EFFECTUATION) == end_of(2025, 6, 3)


def test_after_the_independent_review_entity_come_judge_council_and_court() -> None:
    appeal = an_appeal(MA)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    appeal.does(RecordForward("IRE-1"))
    for level in ("law-judge", "council", "court"):
        appeal.does(RecordOutsideRuling(UPHELD_1, "DOC"))
        goes_on(appeal, level)
    appeal.does(RecordOutsideRuling(UPHELD_1, "DOC"))
    assert next_levels(appeal.state) == frozenset()


def test_only_the_part_that_was_upheld_goes_on() -> None:
    appeal = an_appeal(MA, lines=lines(1, 2))
    appeal.decided(APPEALS_MD, line1=UPHELD, line2=OVERTURNED)
    assert set(appeal.owes()) == {Duty.FORWARD, Duty.EFFECTUATION}
    appeal.does(RecordForward("IRE-1"))
    assert appeal.state.open_lines == lines(1)
    appeal.does(RecordOutsideRuling(UPHELD_1, "IRE-2"))


def test_the_clock_of_a_provider_without_a_contract_starts_when_the_waiver_arrives() -> None:
    appeal = an_appeal(MA, appellant=Appellant.NON_CONTRACT_PROVIDER)
    assert appeal.owes() == (Duty.PROOF,)
    assert appeal.refuses(decision(line1=OVERTURNED), APPEALS_MD) == "needs-proof"
    appeal.waits(days=12)
    appeal.does(ReceiveProof(Proof.WAIVER_OF_LIABILITY, "DOC-1"))
    assert appeal.due(Duty.DECISION) == end_of(2025, 5, 31)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    assert appeal.owes() == (Duty.FORWARD,)


def test_a_contract_dispute_stays_with_the_plan() -> None:
    appeal = an_appeal(MA, appellant=Appellant.CONTRACT_PROVIDER)
    assert appeal.due(Duty.DECISION) == end_of(2025, 5, 19)
    appeal.decided(SECOND_MD, line1=UPHELD)
    assert (appeal.owes(), next_levels(appeal.state)) == ((), frozenset())


def test_an_integrated_plan_acknowledges_in_five_days_and_decides_in_thirty() -> None:
    appeal = an_appeal(DSNP)
    assert appeal.due(Duty.ACKNOWLEDGEMENT) == end_of(2025, 3, 25)
    assert appeal.due(Duty.DECISION) == end_of(2025, 4, 19)


def test_after_an_integrated_reconsideration_the_state_may_hear_what_medicaid_covers() -> None:
    appeal = an_appeal(DSNP)
    appeal.decided(APPEALS_MD, line1=UPHELD)
    appeal.does(RecordForward("IRE-1"))
    appeal.does(RecordOutsideRuling(UPHELD_1, "IRE-2"))
    assert next_levels(appeal.state) == {"law-judge", "fair-hearing"}


def test_every_deadline_shows_its_arithmetic_and_its_rule() -> None:
    (acknowledge, decide) = deadlines(an_appeal(EP).state)
    assert acknowledge.arithmetic == "15 days from 2025-03-20: due 2025-04-04, end of the day (America/New_York)."
    assert decide.citation.source == "ny-phl-4904"
    assert decide.due_at > FILED
