"""The life of an appeal before and around its decision: good cause, urgency, dismissal, withdrawal, deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from adjudication.appeals.actions import (
    Acknowledge,
    Action,
    AddDocuments,
    AssignDecider,
    Decide,
    DecideGoodCause,
    DecideUrgency,
    Dismiss,
    Extend,
    HearAnyway,
    NoteDeadline,
    OpenLevel,
    ReceiveProof,
    RecordEffectuation,
    RecordForward,
    RecordOutsideRuling,
    VacateDismissal,
    Withdraw,
)
from adjudication.appeals.apply import HANDLERS
from adjudication.appeals.duty import Duty
from adjudication.appeals.events import Event
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import Ruling
from adjudication.appeals.rules import Appellant, Proof, Subject, Urgency
from adjudication.appeals.state import FOLDS, Ended
from adjudication.model.vocabulary import ProductLine
from tests.builders.appeals import (
    APPEALS_MD,
    CLERK,
    DENIER,
    NURSE,
    PEER,
    SECOND_MD,
    SPECIALIST,
    an_appeal,
    decision,
    end_of,
    lines,
    received,
)

MA, MCD, EP, COMM = (
    ProductLine.MEDICARE_ADVANTAGE,
    ProductLine.MEDICAID,
    ProductLine.ESSENTIAL_PLAN,
    ProductLine.COMMERCIAL,
)
UPHELD, OVERTURNED = Ruling.UPHELD, Ruling.OVERTURNED
LATE = received(date(2025, 7, 1))


def test_every_action_and_every_event_has_its_handler() -> None:
    assert set(HANDLERS) == set(get_args(Action))
    assert set(FOLDS) == set(get_args(Event))


def test_a_late_appeal_is_heard_once_a_person_accepts_its_cause() -> None:
    appeal = an_appeal(MA, **LATE)
    assert appeal.refuses(decision(line1=OVERTURNED), APPEALS_MD) == "late"
    assert appeal.refuses(DecideGoodCause(accepted=True, reference="NOTE-1")) == "person-needed"
    appeal.does(DecideGoodCause(accepted=True, reference="NOTE-1"), SPECIALIST)
    appeal.decided(APPEALS_MD, line1=OVERTURNED)


def test_a_late_appeal_is_dismissed_only_after_a_person_weighed_its_cause() -> None:
    appeal = an_appeal(MA, **LATE)
    assert appeal.refuses(Dismiss(DismissalGround.LATE), SPECIALIST) == "cause-not-weighed"
    appeal.does(DecideGoodCause(accepted=False, reference="NOTE-1"), SPECIALIST)
    assert appeal.state.ended is None
    appeal.does(Dismiss(DismissalGround.LATE), SPECIALIST)
    assert appeal.state.ended is Ended.DISMISSED


@pytest.mark.parametrize("action", [DecideGoodCause(accepted=False, reference="N"), Dismiss(DismissalGround.LATE)])
def test_who_took_part_in_the_denial_neither_weighs_the_cause_nor_dismisses(action: Action) -> None:
    assert an_appeal(MA, **LATE).refuses(action, DENIER) == "involved"


def test_a_late_appeal_no_person_weighed_is_not_lost_when_its_time_runs_out() -> None:
    appeal = an_appeal(EP, **received(date(2025, 12, 1)))
    appeal.misses(Duty.DECISION)
    appeal.does(NoteDeadline(Duty.DECISION))
    assert appeal.state.deemed is None  # a late appeal is not won because no person looked
    appeal.does(DecideGoodCause(accepted=True, reference="NOTE-1"), SPECIALIST)
    assert Duty.DECISION in appeal.owes()  # accepted, its time counts again and the law concludes
    appeal.does(NoteDeadline(Duty.DECISION))
    assert appeal.state.result is not None


def test_an_appeal_without_a_waiver_is_dismissed_only_after_the_time_to_send_it() -> None:
    appeal = an_appeal(MA, appellant=Appellant.NON_CONTRACT_PROVIDER)
    assert appeal.refuses(Dismiss(DismissalGround.NO_PROOF), SPECIALIST) == "too-early"
    appeal.misses(Duty.PROOF)
    appeal.does(NoteDeadline(Duty.PROOF))
    appeal.does(Dismiss(DismissalGround.NO_PROOF), SPECIALIST)
    assert appeal.state.ended is Ended.DISMISSED


def test_a_waiver_is_taken_once() -> None:
    appeal = an_appeal(MA, appellant=Appellant.NON_CONTRACT_PROVIDER)
    appeal.does(ReceiveProof(Proof.WAIVER_OF_LIABILITY, "DOC-1"))
    assert appeal.refuses(ReceiveProof(Proof.WAIVER_OF_LIABILITY, "DOC-2")) == "not-missing"


def test_a_dismissed_medicare_appeal_may_be_vacated_for_six_months() -> None:
    appeal = an_appeal(MA, **LATE)
    appeal.does(DecideGoodCause(accepted=False, reference="NOTE-1"), SPECIALIST)
    appeal.does(Dismiss(DismissalGround.LATE), SPECIALIST)
    appeal.now = datetime(2026, 1, 2, 5, tzinfo=UTC)  # midnight in New York
    assert appeal.refuses(VacateDismissal("NOTE-2"), SPECIALIST) == "too-late"
    appeal.now = datetime(2026, 1, 2, 4, 59, tzinfo=UTC)
    appeal.does(VacateDismissal("NOTE-2"), SPECIALIST)
    assert (appeal.state.ended, appeal.state.late) == (None, False)


def test_vacating_a_dismissal_for_lack_of_a_waiver_still_waits_for_the_waiver() -> None:
    appeal = an_appeal(MA, appellant=Appellant.NON_CONTRACT_PROVIDER)
    appeal.misses(Duty.PROOF)
    appeal.does(Dismiss(DismissalGround.NO_PROOF), SPECIALIST)
    appeal.does(VacateDismissal("NOTE-2"), SPECIALIST)
    assert appeal.refuses(decision(line1=OVERTURNED), APPEALS_MD) == "needs-proof"


def test_a_medicare_dismissal_may_be_reviewed_by_the_independent_review_entity() -> None:
    appeal = an_appeal(MA, **LATE)
    appeal.does(DecideGoodCause(accepted=False, reference="NOTE-1"), SPECIALIST)
    appeal.does(Dismiss(DismissalGround.LATE), SPECIALIST)
    appeal.does(OpenLevel("independent-review", FilingDates(appeal.now), appeal.now))
    assert (appeal.state.outside, appeal.state.ended) == (True, None)


def test_an_appeal_that_may_be_dismissed_is_dismissed_or_heard_by_a_person_never_decided_past_it() -> None:
    appeal = an_appeal(COMM, lines=lines(7))
    assert appeal.refuses(decision(line7=OVERTURNED), APPEALS_MD) == "dismissible"
    assert appeal.refuses(Dismiss(DismissalGround.ALREADY_OPEN), SPECIALIST) == "no-ground"
    appeal.does(HearAnyway("NOTE-1"), SPECIALIST)
    appeal.decided(APPEALS_MD, line7=OVERTURNED)


def test_nothing_is_dismissed_without_a_ground_on_record() -> None:
    appeal = an_appeal(MA)
    for ground in DismissalGround:
        assert appeal.refuses(Dismiss(ground), SPECIALIST) in {"no-ground", "cause-not-weighed"}


def test_an_appellant_withdraws_what_is_undecided() -> None:
    appeal = an_appeal(MA)
    appeal.does(Withdraw("DOC-1"))
    assert (appeal.state.ended, appeal.owes()) == (Ended.WITHDRAWN, ())
    assert appeal.refuses(decision(line1=OVERTURNED), APPEALS_MD) == "ended"
    assert appeal.refuses(Withdraw("DOC-1")) == "ended"


def test_no_person_withdraws_an_appeal_without_the_appellants_word_or_after_the_decision() -> None:
    appeal = an_appeal(MA)
    assert appeal.refuses(Withdraw(" "), CLERK) == "reference"
    appeal.decided(APPEALS_MD, line1=UPHELD)
    assert appeal.refuses(Withdraw("DOC-1")) == "decided"
    appeal.does(RecordForward("IRE-1"))
    assert appeal.refuses(Withdraw("DOC-1")) == "outside"


def test_a_nurse_may_refuse_hurry_and_a_clerk_or_specialist_may_not() -> None:
    appeal = an_appeal(MA, subject=Subject.SERVICE, expedited=True)
    assert appeal.refuses(DecideUrgency(expedited=False), SPECIALIST) == "clinical-only"
    assert appeal.refuses(DecideUrgency(expedited=False), CLERK) == "role-may-not"
    hurried = appeal.due(Duty.DECISION)
    appeal.does(DecideUrgency(expedited=False), NURSE)
    assert appeal.due(Duty.DECISION) > hurried


def test_a_physicians_word_that_it_is_urgent_is_not_weighed() -> None:
    appeal = an_appeal(MA, subject=Subject.SERVICE, expedited=True, physician_requested_expedited=True)
    assert appeal.refuses(DecideUrgency(expedited=False), APPEALS_MD) == "urgency-settled"
    assert appeal.state.urgency is Urgency.EXPEDITED


def test_the_one_extension_adds_fourteen_days_and_needs_notice_and_time() -> None:
    appeal = an_appeal(MA, subject=Subject.SERVICE)
    assert appeal.refuses(Extend(" "), SPECIALIST) == "notice"
    appeal.does(Extend("NOTICE-1"), SPECIALIST)
    assert appeal.due(Duty.DECISION) == end_of(2025, 5, 3)
    assert appeal.refuses(Extend("NOTICE-2"), SPECIALIST) == "extended"


def test_payment_appeals_of_medicare_advantage_have_no_extension() -> None:
    assert an_appeal(MA).refuses(Extend("NOTICE-1"), SPECIALIST) == "no-extension"


def test_a_deadline_is_noted_once_and_not_early() -> None:
    appeal = an_appeal(EP)
    assert appeal.refuses(NoteDeadline(Duty.ACKNOWLEDGEMENT)) == "too-early"
    appeal.misses(Duty.ACKNOWLEDGEMENT)
    appeal.does(NoteDeadline(Duty.ACKNOWLEDGEMENT))
    assert appeal.refuses(NoteDeadline(Duty.ACKNOWLEDGEMENT)) == "not-owed"


def test_an_acknowledgement_is_sent_once() -> None:
    appeal = an_appeal(EP)
    appeal.does(Acknowledge())
    assert appeal.refuses(Acknowledge()) == "acknowledged"
    assert Duty.ACKNOWLEDGEMENT not in appeal.owes()


def test_documents_are_kept_once() -> None:
    appeal = an_appeal(EP)
    appeal.does(AddDocuments(("DOC-1", "DOC-2")))
    assert appeal.refuses(AddDocuments(("DOC-2",))) == "nothing-new"
    assert appeal.state.documents == ("DOC-1", "DOC-2")


def test_an_appeal_given_to_one_person_is_not_decided_by_another() -> None:
    appeal = an_appeal(MA)
    appeal.does(AssignDecider(APPEALS_MD), SPECIALIST)
    assert appeal.refuses(decision(line1=OVERTURNED), SECOND_MD) == "not-yours"
    appeal.decided(APPEALS_MD, line1=OVERTURNED)


def test_every_line_under_appeal_is_ruled_on_exactly_once() -> None:
    appeal = an_appeal(MA, lines=lines(1, 2))
    one = decision(line1=UPHELD)
    twice = Decide((*decision(line1=UPHELD).rulings, *decision(line1=OVERTURNED).rulings), one.rationale)
    assert appeal.refuses(one, APPEALS_MD) == "lines"
    assert appeal.refuses(twice, APPEALS_MD) == "lines"
    appeal.decided(APPEALS_MD, line1=UPHELD, line2=OVERTURNED)


@pytest.mark.parametrize("said", ["policy says it", "x" * 40, "the denial was right", "right " * 12])
def test_a_decision_without_individual_reasons_is_refused(said: str) -> None:
    short = Decide(decision(line1=UPHELD).rulings, said)
    assert an_appeal(MA).refuses(short, APPEALS_MD) == "rationale"


def test_a_clock_never_decides() -> None:
    assert an_appeal(MA).refuses(decision(line1=OVERTURNED)) == "person-needed"


def test_a_level_is_decided_once_and_asked_for_once() -> None:
    appeal = an_appeal(EP)
    appeal.decided(PEER, line1=UPHELD)
    assert appeal.refuses(decision(line1=OVERTURNED), PEER) == "decided"
    ask = OpenLevel("external-appeal", FilingDates(appeal.now), appeal.now)
    appeal.does(ask)
    assert appeal.refuses(ask) == "visited"
    appeal.does(RecordOutsideRuling(decision(line1=UPHELD).rulings, "DOC-1"))
    assert appeal.refuses(RecordOutsideRuling(decision(line1=OVERTURNED).rulings, "DOC-2")) == "decided"


def test_the_next_level_opens_only_when_this_one_came_to_something_adverse() -> None:
    appeal = an_appeal(EP)
    ask = OpenLevel("external-appeal", FilingDates(appeal.now), appeal.now)
    assert appeal.refuses(ask) == "not-next"
    appeal.decided(PEER, line1=OVERTURNED)
    assert appeal.refuses(ask) == "not-next"


def test_nothing_is_forwarded_or_carried_out_that_is_not_owed() -> None:
    appeal = an_appeal(MA)
    assert appeal.refuses(RecordForward("IRE-1")) == "no-forward"
    assert appeal.refuses(RecordEffectuation("DET-1")) == "nothing-owed"
    appeal.decided(APPEALS_MD, line1=OVERTURNED)
    appeal.does(RecordEffectuation("DET-1"))
    assert appeal.owes() == ()


def test_no_person_opens_a_level_as_of_a_future_day_since_its_deadline_would_not_run_until_then() -> None:
    appeal = an_appeal(EP)
    appeal.decided(PEER, line1=UPHELD)
    ahead = FilingDates(appeal.now)
    assert appeal.refuses(OpenLevel("external-appeal", ahead, appeal.now + timedelta(days=1)), SPECIALIST) == "not-yet"
