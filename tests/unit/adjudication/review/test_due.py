"""What is due first on a waiting claim, by which rule: the law's clock or the due time of what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from adjudication.deadlines.state import DeadlineState
from adjudication.model.vocabulary import PendCode, PlanId
from adjudication.review.claim_deadlines import CaseTimes, check_deadlines, claim_deadlines
from adjudication.review.first_due import FirstDue, first_due
from tests.builders.plans import reference_requiring_authorization

RECEIVED = datetime(2025, 9, 1, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def due(plan: str, code: str, after: timedelta = HOUR, *, asked: Sequence[timedelta] = ()) -> FirstDue:
    reference = reference_requiring_authorization()
    pends = ((PendCode(code), RECEIVED + reference.pends[PendCode(code)].due_days * DAY),)
    times = CaseTimes(RECEIVED, (PlanId(plan),), pends, tuple(RECEIVED + at for at in asked))
    found = check_deadlines(times, reference, RECEIVED + after).due
    assert found is not None
    return found


def days(found: FirstDue) -> int:
    return (found.due_at - RECEIVED).days


def test_what_a_person_owes_before_the_law_does_comes_first() -> None:
    found = due("HUDSON-COMM", "P-CLIN-N")
    assert (found.rule, found.legal, days(found), found.citation) == ("P-CLIN-N", False, 10, None)


def test_a_legal_clock_that_ends_sooner_comes_first_with_the_rule_it_follows() -> None:
    found = due("HUDSON-MA", "P-DOC")
    assert (found.rule, found.legal, found.tolled, days(found)) == ("ma-contract-hudson", True, False, 30)
    assert found.citation is not None


def test_a_clock_that_ran_out_stays_first() -> None:
    found = due("HUDSON-MA", "P-DOC", after=40 * DAY)
    assert (found.rule, days(found)) == ("ma-contract-hudson", 30)


def test_a_deadline_that_is_stopped_is_shown_as_such() -> None:
    """Asked late, the New York clocks stop; the pend's own time is longer than what is left of them."""
    pends = ((PendCode("P-DOC"), RECEIVED + 200 * DAY),)
    times = CaseTimes(RECEIVED, (PlanId("HUDSON-EP"),), pends, (RECEIVED + HOUR,), mailed=(RECEIVED + HOUR,))
    found = check_deadlines(times, reference_requiring_authorization(), RECEIVED + 2 * HOUR).due
    assert found is not None
    assert (found.rule, found.legal, found.tolled) == ("ny-prompt-payment-electronic", True, True)


def test_of_a_clock_and_a_pend_at_one_instant_the_law_comes_first() -> None:
    clock = due("HUDSON-MA", "P-DOC")
    times = CaseTimes(RECEIVED, (PlanId("HUDSON-MA"),), ((PendCode("P-DOC"), clock.due_at),))
    assert check_deadlines(times, reference_requiring_authorization(), RECEIVED + HOUR).due == clock


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "SYN-NOT-LOADED"])
def test_a_claim_without_a_clock_is_due_when_what_it_waits_for_is(plan: str) -> None:
    assert (due(plan, "P-SYS").rule, days(due(plan, "P-SYS"))) == ("P-SYS", 1)


def test_a_claim_that_waits_for_nothing_is_due_never() -> None:
    assert first_due((), ()) is None


@pytest.mark.parametrize(
    ("contracted", "rules"),
    [
        (True, {"ma-contract-hudson"}),
        (False, {"ma-clean-claim"}),
        (None, {"ma-clean-claim"}),
    ],
)
def test_the_contract_status_chooses_the_clock_of_a_clean_medicare_claim(
    contracted: bool | None,  # noqa: FBT001 - a parameter of the test
    rules: set[str],
) -> None:
    """Unknown, the strictest clock that may apply runs and says what it assumes; known, it assumes nothing."""
    plan = PlanId("HUDSON-MA")
    contracts = {} if contracted is None else {plan: contracted}
    times = CaseTimes(RECEIVED, (plan,), ((PendCode("P-CLIN-N"), RECEIVED + 10 * DAY),), contracts=contracts)
    states = claim_deadlines(times, reference_requiring_authorization(), RECEIVED + HOUR)
    paying = [state for state in states if isinstance(state, DeadlineState) and state.rule_id.startswith("ma-")]
    assert {state.rule_id for state in paying} >= rules
    assumed = [line for state in paying for line in state.arithmetic if "contracted" in line]
    assert bool(assumed) == (contracted is None)
