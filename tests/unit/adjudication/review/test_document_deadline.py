"""Until when documents that were asked for may come, by plan and by the day on which they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.vocabulary import PlanId
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.document_deadline import answer_by
from tests.builders.plans import reference_requiring_authorization

RECEIVED = datetime(2025, 9, 3, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)

# Plan, the day after receipt on which is asked, and the days from receipt within which an answer may come.
TABLE = """
HUDSON-COMM   0  45   the law gives at least 45 days, and its deadlines stop meanwhile
HUDSON-COMM  20  65   45 days whenever it is asked
HUDSON-COMM  40  85   the clocks ran out before it was asked: no person is hurried by that
HUDSON-EP     0  45
HUDSON-CHP    0  45
HUDSON-MCD    0  45
BUCKEYE-MCD   0  45
BUCKEYE-MCD  60  87   nothing stops the 90 days to decide any claim, and three days before a person is warned
HUDSON-MA     0  27   nothing stops the 30 days to pay by the contract
HUDSON-MA    20  27
HUDSON-MA    29  29   the warning of the last day is the next
HUDSON-MA    40  57   the contract's time is over, the 60 days for any claim are not
CASCADE-MA    0  27
HUDSON-DSNP   0  27
"""
ROWS = [tuple(row.split(maxsplit=3)[:3]) for row in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("plan", "asked", "until"), ROWS)
def test_an_answer_may_come_for_45_days_or_until_a_person_must_decide_the_claim(
    plan: str, asked: str, until: str
) -> None:
    asked_at = RECEIVED + int(asked) * DAY
    times = CaseTimes(RECEIVED, (PlanId(plan),), ((DOCUMENT_PEND, asked_at),))
    by = answer_by(times, reference_requiring_authorization(), asked_at)
    assert by > asked_at
    assert (by - RECEIVED).days == int(until)


def test_without_any_rule_the_payers_own_time_is_given() -> None:
    reference = reference_requiring_authorization()
    for plans in ((), (PlanId("SYN-NOT-LOADED"),)):
        times = CaseTimes(RECEIVED, plans, ((DOCUMENT_PEND, RECEIVED),))
        assert answer_by(times, reference, RECEIVED) == RECEIVED + 45 * DAY


def test_what_was_asked_and_answered_before_counts() -> None:
    """The New York clocks stop once: asked a second time, the claim must be decided in what is left of them."""
    reference = reference_requiring_authorization()
    plans = (PlanId("HUDSON-EP"),)
    again = RECEIVED + 20 * DAY
    before = CaseTimes(RECEIVED, plans, (), answered=(RECEIVED + 10 * DAY,), mailed=(RECEIVED + DAY,))
    assert answer_by(before, reference, again) < answer_by(CaseTimes(RECEIVED, plans, ()), reference, again)
