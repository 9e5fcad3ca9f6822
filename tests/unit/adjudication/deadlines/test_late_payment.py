"""Money paid after the law's time to pay, as the shipped clocks and rates see it. Every payer is synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import pytest

from adjudication.deadlines.interest import Interest, LateInterest, Standing
from adjudication.deadlines.late_payment import AdditionalPayment, Payment, became_clean, late_interest
from adjudication.deadlines.rule_book import DeadlineRules
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PendCode, PlanId
from adjudication.review.claim_deadlines import CaseTimes, Wait
from rulebook.library import default_policies_dir, load_reference
from tests.builders.deadlines import instant

NEW_YORK, MEDICARE = "HUDSON-EP", "HUDSON-MA"
NEW_YORK_MEDICAID, OHIO_MEDICAID = "HUDSON-MCD", "BUCKEYE-MCD"
RECEIVED = "2026-01-02"
DENIED = CaseTimes(instant(RECEIVED), (), (), decided_at=instant("2026-01-20"))
"""In time, and wrongly."""


@lru_cache(maxsize=1)
def shipped() -> ReferenceData:
    return load_reference(default_policies_dir())


def paid(
    plan: str,
    on: str,
    amount: str = "1000.00",
    *,
    received: str = RECEIVED,
    reference: ReferenceData | None = None,
    appealed: bool = False,
    happened: CaseTimes | None = None,
    contracted: bool | None = None,
) -> tuple[LateInterest, ...]:
    """The interest of a claim received on a day of New York and decided to be paid on another, at noon."""
    reference = reference or shipped()
    at = instant(on)
    found = reference.plan(PlanId(plan), instant(received).date())
    assert found is not None
    times = happened or CaseTimes(instant(received), (), ())
    times = times if times.decided_at else replace(times, decided_at=at)
    if contracted is not None:
        times = replace(times, contracts={PlanId(plan): contracted})
    return late_interest(Payment(times, at, (AdditionalPayment(found, Decimal(amount)),), appealed=appealed), reference)


def only(found: tuple[LateInterest, ...]) -> tuple[LateInterest, Interest]:
    [late] = found
    assert late.interest is not None
    return late, late.interest


def with_deadlines(**changes: object) -> ReferenceData:
    clocks = shipped().deadlines
    kept = {"rules": clocks.rules, "holidays": clocks.holidays, "jurisdictions": clocks.jurisdictions}
    return replace(shipped(), deadlines=DeadlineRules(**{**kept, "interest": clocks.interest, **changes}))  # type: ignore[arg-type]


def test_new_york_owes_twelve_percent_from_the_thirtieth_day_after_receipt() -> None:
    late, interest = only(paid(NEW_YORK, "2026-03-03"))
    assert (late.standing, late.clock, late.due_on) == (Standing.OWED, "ny-prompt-payment-electronic", date(2026, 2, 1))
    assert (interest.days, interest.percent, interest.amount) == (30, Decimal(12), Decimal("9.86"))
    assert interest.daily == Decimal("0.328767")
    assert (late.citation and late.citation.locator, late.confidence, late.why) == ("(c)", "checked", ())
    assert "due 2026-02-01, end of the day (America/New_York)" in late.arithmetic
    assert "12 percent a year (ny-ins-3224-a (c)), 365 days to the year: 9.86" in late.arithmetic


@pytest.mark.parametrize(("on", "days"), [("2026-02-01 23:59", 0), ("2026-02-02 00:00", 1)])
def test_the_last_minute_of_the_due_day_in_new_york_is_in_time_and_the_next_is_a_day_late(on: str, days: int) -> None:
    found = paid(NEW_YORK, on, "99999.00")
    assert [late.interest.days for late in found if late.interest] == ([days] if days else [])


def test_less_than_two_dollars_need_not_be_paid_in_new_york_but_the_days_go_on_counting() -> None:
    late, interest = only(paid(NEW_YORK, "2026-02-11", "500.00"))
    assert (late.standing, interest.amount, interest.days) == (Standing.OWED, Decimal("0.00"), 10)
    assert interest.arithmetic[-1] == "under 2.00: need not be paid"
    assert interest.daily == Decimal("0.164384"), "paid some days later it is owed after all"


def test_a_request_for_documents_and_its_answer_begin_the_thirty_days_of_new_york_again() -> None:
    asked = CaseTimes(instant(RECEIVED), (), (), (), (instant("2026-01-20"),), mailed=(instant("2026-01-10"),))
    assert paid(NEW_YORK, "2026-02-19", happened=asked) == ()
    late, interest = only(paid(NEW_YORK, "2026-02-21", happened=asked))
    assert (late.due_on, interest.days) == (date(2026, 2, 19), 2)


def test_a_clean_medicare_advantage_claim_of_a_provider_without_a_contract_owes_the_published_rate() -> None:
    late, interest = only(paid(MEDICARE, "2026-03-03", contracted=False))
    assert (late.standing, late.clock, late.due_on) == (Standing.OWED, "ma-clean-claim", date(2026, 2, 1))
    assert (interest.percent, interest.days, interest.amount) == (Decimal("4.125"), 30, Decimal("3.39"))
    assert late.confidence == "medium", "as sure as the least sure thing it rests on: the rate of that half year"


def test_it_is_not_known_whether_the_provider_has_a_contract_so_interest_may_be_owed_and_a_person_is_shown() -> None:
    late, interest = only(paid(MEDICARE, "2026-03-03"))
    assert (late.standing, interest.amount) == (Standing.MAY_BE_OWED, Decimal("3.39"))
    [why] = late.why
    assert why.startswith(
        "not known of the claim: contracted; interest is owed only where its deadline is ma-clean-claim"
    )


def test_the_contract_of_a_contracted_provider_owes_no_interest() -> None:
    assert paid(MEDICARE, "2026-06-01", contracted=True) == ()


def test_a_law_that_owes_no_interest_states_none_however_late() -> None:
    assert paid(OHIO_MEDICAID, "2026-12-01") == ()


def test_new_york_owes_the_same_interest_on_the_late_claims_of_medicaid_managed_care() -> None:
    """Insurance Law 3224-a (a) binds organizations certified under article 44 of the Public Health Law."""
    late, interest = only(paid(NEW_YORK_MEDICAID, "2026-03-03"))
    assert (late.standing, late.due_on) == (Standing.OWED, date(2026, 2, 1))
    assert (interest.days, interest.percent, interest.amount) == (30, Decimal(12), Decimal("9.86"))


@pytest.mark.parametrize("code", ["P-DOC", "P-COB"])
def test_what_made_the_claim_unclean_moves_the_day_from_which_a_clean_claim_counts(code: str) -> None:
    documents = Wait(PendCode(code), instant("2026-01-05"), instant("2026-02-20"))
    came = CaseTimes(instant(RECEIVED), (), (), answered=(instant("2026-01-22"),), waits=(documents,))
    assert paid(MEDICARE, "2026-02-21", contracted=False, happened=came) == ()
    late, interest = only(paid(MEDICARE, "2026-02-22", contracted=False, happened=came))
    assert (late.due_on, interest.days) == (date(2026, 2, 21), 1), "from the document, not from the look at it"


def test_a_wait_within_the_payers_own_control_does_not_make_a_claim_unclean() -> None:
    clinical = Wait(PendCode("P-CLIN-MD"), instant("2026-01-05"), instant("2026-03-03"))
    times = CaseTimes(instant(RECEIVED), (), (), waits=(clinical,))
    assert became_clean(times, shipped()) == instant(RECEIVED)


def test_a_wait_under_a_code_that_is_not_loaded_any_more_takes_no_interest_away() -> None:
    forgotten = Wait(PendCode("P-FORGOTTEN"), instant("2026-01-05"), instant("2026-03-03"))
    times = CaseTimes(instant(RECEIVED), (), (), waits=(forgotten,))
    assert became_clean(times, shipped()) == instant(RECEIVED)


def test_documents_that_never_came_leave_a_claim_unclean_until_it_was_decided_without_them() -> None:
    documents = Wait(PendCode("P-DOC"), instant("2026-01-05"), None)
    never = CaseTimes(instant(RECEIVED), (), (), waits=(documents,))
    assert paid(MEDICARE, "2026-03-03", contracted=False, happened=never) == ()


def test_a_half_year_without_a_published_rate_is_owed_and_not_computed_and_is_never_nothing() -> None:
    [late] = paid(MEDICARE, "2026-09-15", received="2026-08-01", contracted=False)
    assert (late.standing, late.interest, late.on) == (Standing.NOT_COMPUTED, None, Decimal("1000.00"))
    assert late.due_on == date(2026, 8, 31)
    [why] = late.why
    assert "is loaded for 2026-09-01; add the published rate to law/interest/, the interest is owed all the same" in why


def test_a_plan_without_a_jurisdiction_does_not_owe_nothing_no_person_knows() -> None:
    [late] = paid(NEW_YORK, "2026-03-03", reference=with_deadlines(jurisdictions={}))
    assert (late.standing, late.due_on, late.interest) == (Standing.NOT_COMPUTED, None, None)
    assert late.clock == "post-service: no-jurisdiction"
    assert "add the plan to jurisdiction.yaml of its payer" in late.why[0]


def test_a_rate_of_low_confidence_is_used_and_a_person_is_asked_to_check_it() -> None:
    late, interest = only(paid(MEDICARE, "2025-11-30", received="2025-09-30", contracted=False))
    assert (late.standing, interest.percent, late.confidence) == (Standing.OWED, Decimal("4.625"), "low")
    assert late.why == (
        "our reading of the law, or the rate, is of low confidence; have it checked before it is relied on",
    )


def test_money_won_by_an_appeal_counts_from_the_first_due_day_in_new_york_and_is_marked_as_our_reading() -> None:
    late, interest = only(paid(NEW_YORK, "2026-05-02", appealed=True, happened=DENIED))
    assert (late.due_on, interest.days) == (date(2026, 2, 1), 90)
    assert (late.standing, late.confidence, len(late.why)) == (Standing.OWED, "low", 1)


def test_from_when_money_won_by_an_appeal_bears_interest_in_medicare_advantage_is_not_known() -> None:
    [late] = paid(MEDICARE, "2026-05-02", appealed=True, happened=DENIED)
    assert (late.standing, late.interest) == (Standing.NOT_COMPUTED, None)
    assert any("does not say from which day money won by an appeal bears interest" in why for why in late.why)


def test_an_appeal_paid_before_the_first_due_day_is_in_time() -> None:
    assert paid(NEW_YORK, "2026-02-01", appealed=True, happened=DENIED) == ()


def test_no_clock_is_run_while_none_can_have_run_out() -> None:
    soonest = shipped().deadlines.soonest_interest
    assert soonest == timedelta(days=29), "the shortest time to pay is 30 days; one less for zones and their hours"
    assert DeadlineRules().soonest_interest is None
    assert (
        with_deadlines(rules=tuple(r for r in shipped().deadlines.rules if not r.interest)).deadlines.soonest_interest
        is None
    )
