"""Claims, appeals and letters count legal days in the time zone of the plan, whatever offset the sender wrote."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import orjson
import pytest

from adjudication.appeals.actions import Extend
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import FilingOutcome
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.rules import Appellant, Subject
from adjudication.deadlines.compute import compute
from adjudication.deadlines.events import DeadlineEvent, EventKind
from adjudication.deadlines.periods import Period, Unit, last_day
from adjudication.deadlines.state import DeadlineState
from adjudication.letters.letter import ElementName
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine
from contracts.events.appeals import AppealFiledV1
from storage.appeals.filing import Known, answer_of
from tests.builders.appeals import SPECIALIST, WEEKENDS, an_appeal, answered, end_of, lines, shipped
from tests.builders.deadlines import RULE
from tests.builders.letters.appeal_letters import said, the_letter

MEDICAID = ProductLine.MEDICAID
SPELLINGS = ("2025-12-01T23:30:00-05:00", "2025-12-02T04:30:00Z", "2025-12-02T13:30:00+09:00")
"""One instant: half an hour before midnight in New York."""
LATE_EVENING = datetime.fromisoformat("2025-03-17T01:30:00+00:00")
"""The evening of 16 March 2025 in New York."""
SIXTY_DAYS_BEFORE = date(2025, 10, 2)


@pytest.mark.parametrize("written", SPELLINGS)
def test_one_instant_of_filing_gets_one_answer_however_its_offset_is_written(written: str) -> None:
    answer = answered(MEDICAID, dates=FilingDates(datetime.fromisoformat(written), notice_on=SIXTY_DAYS_BEFORE))
    assert answer.window is not None
    assert (answer.outcome, answer.window.filed_on) == (FilingOutcome.ACCEPTED, date(2025, 12, 1))
    appeal = an_appeal(
        MEDICAID,
        dates=FilingDates(datetime.fromisoformat(written), notice_on=SIXTY_DAYS_BEFORE),
        subject=Subject.SERVICE,
    )
    assert appeal.due(Duty.DECISION) == end_of(2025, 12, 31)


@pytest.mark.parametrize("written", SPELLINGS)
def test_a_filing_event_is_answered_in_the_time_zone_of_its_plan(written: str) -> None:
    known = Known(
        notice_on=SIXTY_DAYS_BEFORE,
        appealable=lines(1),
        clinical=frozenset(),
        plans={LineNumber(1): shipped().plans[PlanId("HUDSON-MCD")][0]},
        under_appeal=frozenset(),
    )
    filed = AppealFiledV1.model_validate_json(
        orjson.dumps(
            {
                "appeal_reference": "SYN-1",
                "version": 1,
                "submitter": "SYN-MEMBER",
                "claim": {"payer_claim_number": "CW-SYN-1"},
                "appellant": "member",
                "channel": "fax",
                "received_at": written,
            }
        )
    )
    answer = answer_of(filed, known, shipped())
    assert answer.window is not None
    assert (answer.outcome, answer.window.filed_on) == (FilingOutcome.ACCEPTED, date(2025, 12, 1))


def test_thirty_days_end_on_the_same_day_in_the_deadline_the_appeal_and_the_letter() -> None:
    received = DeadlineEvent(EventKind.RECEIVED, LATE_EVENING)
    deadline = compute(RULE, [received], WEEKENDS, LATE_EVENING)
    assert isinstance(deadline, DeadlineState)
    appeal = an_appeal(MEDICAID, dates=FilingDates(LATE_EVENING, notice_on=date(2025, 3, 3)), appealable=lines(1))
    letter = the_letter(MEDICAID, appeal)
    assert deadline.due_on == date(2025, 4, 15)
    assert deadline.due_at == appeal.due(Duty.DECISION) == end_of(2025, 4, 15)
    assert "We decide by April 15, 2025." in said(letter, ElementName.DECIDE_BY)
    assert "on March 16, 2025" in said(letter, ElementName.DECISION)


def test_an_extension_in_days_ends_with_the_legal_day_although_summer_time_began_meanwhile() -> None:
    filed = datetime.fromisoformat("2025-02-28T03:00:00+00:00")  # 27 February in New York, in winter time
    appeal = an_appeal(
        ProductLine.MEDICARE_ADVANTAGE,
        subject=Subject.SERVICE,
        dates=FilingDates(filed, notice_on=date(2025, 2, 20)),
    )
    assert appeal.due(Duty.DECISION) == end_of(2025, 3, 29)
    appeal.does(Extend("NOTICE-1"), SPECIALIST)
    assert appeal.due(Duty.DECISION) == end_of(2025, 4, 12)


def test_an_extension_is_too_late_one_second_after_the_last_day() -> None:
    appeal = an_appeal(ProductLine.MEDICARE_ADVANTAGE, subject=Subject.SERVICE)
    due = appeal.due(Duty.DECISION)
    appeal.now = due + timedelta(seconds=1)
    assert appeal.refuses(Extend("NOTICE-1"), SPECIALIST) == "too-late"
    appeal.now = due
    appeal.does(Extend("NOTICE-1"), SPECIALIST)


def test_before_the_time_to_decide_has_begun_there_is_no_deadline_to_extend_and_nothing_is_too_late() -> None:
    appeal = an_appeal(ProductLine.DUAL_SNP, subject=Subject.SERVICE, appellant=Appellant.REPRESENTATIVE)
    assert appeal.state.period_from is None
    assert appeal.refuses(Extend("NOTICE-1"), SPECIALIST) == "no-deadline"


def test_hours_have_no_last_day() -> None:
    with pytest.raises(ValueError, match="count it from an instant"):
        last_day(date(2025, 3, 3), Period(72, Unit.HOURS), WEEKENDS)


@pytest.mark.parametrize("written", ["30 days", "1 day", "72 hours", "2 business days", "4 months", "1 year"])
def test_a_period_is_written_as_it_is_read(written: str) -> None:
    assert str(Period.parse(written)) == written


@pytest.mark.parametrize("written", ["", "30", "days", "0 days", "30 weeks", "30 calendar-days", "30  days", "-1 days"])
def test_what_is_no_period_is_refused_with_the_units_that_are(written: str) -> None:
    with pytest.raises(ValueError, match="hours, days, business days, months, years"):
        Period.parse(written)
