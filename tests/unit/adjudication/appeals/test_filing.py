"""What becomes of an appeal that comes in: standing, windows with their arithmetic, proofs. Nothing is auto-refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.appeals.filing import DismissalGround, FilingOutcome, assess
from adjudication.appeals.filing_window import FilingDates, filing_window
from adjudication.appeals.follow_on_filings import EarlierAppeal
from adjudication.appeals.rules import (
    Appellant,
    CountedFrom,
    FiledWhen,
    FilingWindow,
    Matter,
    Proof,
    Subject,
    Urgency,
)
from adjudication.deadlines.calendar import NO_CALENDAR, Holidays, LegalCalendar
from adjudication.deadlines.periods import Period, Unit, last_day
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import PlanId, ProductLine
from tests.builders.appeals import NEW_YORK, NOTICE, WEEKENDS, a_filing, answered, at_work, lines, received, rules

MA, DSNP, MCD = ProductLine.MEDICARE_ADVANTAGE, ProductLine.DUAL_SNP, ProductLine.MEDICAID
COMM, EP, CHP = ProductLine.COMMERCIAL, ProductLine.ESSENTIAL_PLAN, ProductLine.CHILD_HEALTH_PLUS

LAST_DAYS = {
    COMM: date(2025, 9, 4),  # 180 days after the presumed receipt of 8 March
    EP: date(2025, 9, 4),
    CHP: date(2025, 9, 4),
    MCD: date(2025, 5, 2),  # 60 days from the notice itself
    MA: date(2025, 5, 7),  # 60 days after the presumed receipt: 65 from the notice
    DSNP: date(2025, 5, 7),
}


@pytest.mark.parametrize("product_line", LAST_DAYS)
def test_an_appeal_on_the_last_day_is_in_time_and_one_day_later_goes_to_a_person(product_line: ProductLine) -> None:
    last = LAST_DAYS[product_line]
    in_time = answered(product_line, **received(last))
    late = answered(product_line, **received(date.fromordinal(last.toordinal() + 1)))
    assert in_time.window is not None
    assert (in_time.outcome, in_time.window.last_day) == (FilingOutcome.ACCEPTED, last)
    assert late.outcome is FilingOutcome.LATE
    assert late.ground is None


def test_the_arithmetic_of_a_window_is_shown_in_words_a_person_can_check() -> None:
    answer = answered(MA, **received(date(2025, 5, 8)))
    assert answer.window is not None
    assert answer.window.lines == (
        "Notice dated 2025-03-03.",
        "Receipt presumed 5 days later: 2025-03-08.",
        "60 days from 2025-03-08: last day 2025-05-07.",
        "Filed 2025-05-08 (received): late.",
    )


def test_evidence_of_a_later_receipt_beats_the_presumption() -> None:
    answer = answered(MA, **received(date(2025, 5, 10), notice_received_on=date(2025, 3, 14)))
    assert answer.window is not None
    assert (answer.outcome, answer.window.last_day) == (FilingOutcome.ACCEPTED, date(2025, 5, 13))


def test_a_postmark_counts_where_the_rule_states_it() -> None:
    arrived = received(date(2025, 9, 8), postmarked_on=date(2025, 9, 4))
    assert answered(COMM, **arrived).outcome is FilingOutcome.ACCEPTED


def test_a_postmark_does_not_count_where_filing_is_receipt() -> None:
    arrived = received(date(2025, 5, 9), postmarked_on=date(2025, 5, 5))
    assert answered(DSNP, **arrived).outcome is FilingOutcome.LATE


def test_a_last_day_on_a_weekend_does_not_move_unless_the_rule_states_it() -> None:
    notice = date(2025, 3, 11)  # 60 days later is Saturday, 10 May 2025
    assert answered(MCD, **received(date(2025, 5, 12), notice_on=notice)).outcome is FilingOutcome.LATE


def test_a_rule_that_rolls_moves_a_weekend_and_a_holiday_to_the_next_business_day() -> None:
    window = _window(Period(60, Unit.DAYS), rolls=True)
    holiday = LegalCalendar(NEW_YORK, Holidays("test", frozenset({2025}), frozenset({date(2025, 5, 12)})))
    filed = FilingDates(at_work(date(2025, 5, 13)), notice_on=date(2025, 3, 11))
    answer = filing_window(window, filed, holiday)
    assert (answer.last_day, answer.timely) == (date(2025, 5, 13), True)
    assert answer.lines[-2] == "That is not a business day; the rule moves it to 2025-05-13."


def test_without_a_date_of_the_notice_nothing_is_late() -> None:
    answer = answered(MA, dates=FilingDates(at_work(date(2029, 1, 1))))
    assert answer.window is not None
    assert (answer.outcome, answer.window.timely) == (FilingOutcome.ACCEPTED, None)


@pytest.mark.parametrize("good_cause", [True, False])
@pytest.mark.parametrize("product_line", LAST_DAYS)
def test_a_late_appeal_is_never_refused_by_a_machine_with_or_without_a_cause(
    product_line: ProductLine, *, good_cause: bool
) -> None:
    answer = answered(product_line, **received(date(2027, 1, 4)), good_cause=good_cause)
    assert answer.outcome is FilingOutcome.LATE
    assert "A person decides" in answer.words


def test_a_provider_without_a_contract_is_heard_once_its_waiver_of_liability_is_here() -> None:
    provider = {"appellant": Appellant.NON_CONTRACT_PROVIDER}
    without = answered(MA, **provider)
    with_it = answered(MA, **provider, proofs=frozenset({Proof.WAIVER_OF_LIABILITY}))
    assert (without.outcome, without.missing) == (FilingOutcome.NEEDS_PROOF, frozenset({Proof.WAIVER_OF_LIABILITY}))
    assert with_it.outcome is FilingOutcome.ACCEPTED
    assert with_it.path is not None
    assert with_it.path.name == "medicare-advantage-non-contract"


@pytest.mark.parametrize("product_line", LAST_DAYS)
def test_a_representative_proves_that_they_represent_the_member(product_line: ProductLine) -> None:
    answer = answered(product_line, appellant=Appellant.REPRESENTATIVE)
    assert (answer.outcome, answer.missing) == (FilingOutcome.NEEDS_PROOF, frozenset({Proof.REPRESENTATION}))


@pytest.mark.parametrize("product_line", [MA, DSNP])
def test_a_contracted_provider_is_sent_to_the_dispute_process_of_its_contract(product_line: ProductLine) -> None:
    answer = answered(product_line, appellant=Appellant.CONTRACT_PROVIDER)
    assert answer.path is not None
    assert (answer.outcome, answer.path.name) == (FilingOutcome.ACCEPTED, "contract-dispute")


@pytest.mark.parametrize(
    ("says", "contracted", "path"),
    [
        (Appellant.NON_CONTRACT_PROVIDER, True, "medicare-advantage-non-contract"),
        (Appellant.CONTRACT_PROVIDER, False, "contract-dispute"),
    ],
)
def test_an_appeal_that_contradicts_the_roster_is_heard_as_it_says_and_the_contradiction_is_shown(
    says: Appellant,
    contracted: bool,  # noqa: FBT001 - a parameter of the test
    path: str,
) -> None:
    plain = answered(MA, appellant=says)
    answer = answered(MA, appellant=says, contracted=contracted)
    assert answer.path is not None
    assert answer.path.name == path
    assert answer.words.startswith(plain.words)
    assert "find out which is right before deciding it" in answer.words
    assert replace(answer, words=plain.words) == plain, "nothing else of it changes"


@pytest.mark.parametrize("contracted", [True, None])
def test_an_appeal_the_roster_agrees_with_or_knows_nothing_of_shows_nothing_of_it(
    contracted: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    filed = answered(MA, appellant=Appellant.CONTRACT_PROVIDER, contracted=contracted)
    assert filed == answered(MA, appellant=Appellant.CONTRACT_PROVIDER)
    assert answered(MA, contracted=contracted) == answered(MA), "a member says nothing of contracts"


def test_a_new_york_provider_appeals_a_retrospective_clinical_denial_in_its_own_right() -> None:
    answer = answered(EP, appellant=Appellant.CONTRACT_PROVIDER)
    assert answer.path is not None
    assert (answer.outcome, answer.path.name) == (FilingOutcome.ACCEPTED, "ny-utilization-review")


def test_a_medicaid_provider_appeals_only_with_the_members_consent() -> None:
    answer = answered(MCD, appellant=Appellant.NON_CONTRACT_PROVIDER)
    assert (answer.outcome, answer.missing) == (FilingOutcome.NEEDS_PROOF, frozenset({Proof.MEMBER_CONSENT}))


@pytest.mark.parametrize(
    ("plan", "matter", "path"),
    [
        ("HUDSON-COMM", Matter.CLINICAL, "ny-utilization-review"),
        ("HUDSON-COMM", Matter.ADMINISTRATIVE, "ny-commercial-claims"),
        ("SYNTHETIC-COMM", Matter.CLINICAL, "commercial-erisa"),
    ],
)
def test_a_plan_named_by_a_law_goes_by_that_law_before_its_product_line(plan: str, matter: Matter, path: str) -> None:
    answer = answered(COMM, plan_id=PlanId(plan), matter=matter)
    assert answer.path is not None
    assert answer.path.name == path


def test_an_administrative_denial_of_the_essential_plan_is_a_grievance() -> None:
    answer = answered(EP, matter=Matter.ADMINISTRATIVE)
    assert answer.path is not None
    assert answer.path.name == "ny-grievance"


def test_a_notice_from_before_the_loaded_rules_is_a_gap_for_a_person() -> None:
    answer = answered(MA, **received(date(2024, 6, 3), notice_on=date(2024, 5, 6)))
    assert (answer.outcome, answer.path) == (FilingOutcome.NO_RULE, None)


def test_what_may_be_dismissed_names_its_ground_and_waits_for_a_person() -> None:
    approved = answered(COMM, lines=lines(7))
    again = answered(COMM, under_appeal=lines(1))
    assert (approved.outcome, approved.ground) == (FilingOutcome.DISMISSIBLE, DismissalGround.NOT_APPEALABLE)
    assert (again.outcome, again.ground) == (FilingOutcome.DISMISSIBLE, DismissalGround.ALREADY_OPEN)


def test_an_appeal_for_which_no_time_is_loaded_goes_to_a_person_rather_than_waiting_for_ever() -> None:
    answer = answered(MA, appellant=Appellant.CONTRACT_PROVIDER, subject=Subject.SERVICE)
    assert (answer.outcome, answer.path) == (FilingOutcome.NO_RULE, None)


def test_lines_that_may_not_be_appealed_are_left_out_and_the_others_heard() -> None:
    answer = answered(MCD, lines=lines(1, 7))
    assert (answer.outcome, answer.lines) == (FilingOutcome.ACCEPTED, lines(1))


def test_an_appellant_no_path_ever_knew_has_no_standing_and_a_person_states_it() -> None:
    dispute = tuple(path for path in rules().paths if path.name == "contract-dispute")
    answer = assess(a_filing(MA), replace(rules(), paths=dispute))
    assert (answer.outcome, answer.ground) == (FilingOutcome.DISMISSIBLE, DismissalGround.NO_STANDING)


@pytest.mark.parametrize("product_line", [COMM, EP, MCD, MA, DSNP])
def test_a_service_a_physician_calls_urgent_is_expedited_at_once(product_line: ProductLine) -> None:
    answer = answered(product_line, subject=Subject.SERVICE, expedited=True, physician_requested_expedited=True)
    assert (answer.urgency, answer.urgency_open) == (Urgency.EXPEDITED, False)


def test_a_member_who_asks_to_hurry_is_treated_as_urgent_until_a_person_decides() -> None:
    answer = answered(MA, subject=Subject.SERVICE, expedited=True)
    assert (answer.urgency, answer.urgency_open) == (Urgency.EXPEDITED, True)


@pytest.mark.parametrize("product_line", LAST_DAYS)
def test_payment_of_a_service_already_given_is_never_expedited(product_line: ProductLine) -> None:
    answer = answered(product_line, expedited=True, physician_requested_expedited=True)
    assert answer.urgency is Urgency.STANDARD


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2025, 3, 3), 4, date(2025, 7, 3)),
        (date(2025, 10, 31), 4, date(2026, 2, 28)),
        (date(2023, 10, 31), 4, date(2024, 2, 29)),
        (date(2025, 8, 31), 4, date(2025, 12, 31)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(start: date, months: int, last: date) -> None:
    assert last_day(start, Period(months, Unit.MONTHS), NO_CALENDAR) == last


def test_business_days_pass_over_weekends_and_holidays() -> None:
    friday, monday = date(2025, 7, 3), date(2025, 7, 7)
    assert (
        last_day(
            friday,
            Period(1, Unit.BUSINESS_DAYS),
            LegalCalendar(NEW_YORK, Holidays("test", frozenset({2025}), frozenset({date(2025, 7, 4)}))),
        )
        == monday
    )
    assert not NO_CALENDAR.is_business_day(date(2025, 7, 5))


def _window(period: Period, *, rolls: bool) -> FilingWindow:
    cited = Citation("synthetic-payers", "built for a test")
    return FilingWindow(period, CountedFrom.NOTICE, FiledWhen.RECEIVED, cited, rolls=rolls)


def test_the_notice_of_these_tests_is_a_monday() -> None:
    assert WEEKENDS.is_business_day(NOTICE)


def test_an_appeal_that_began_on_the_path_that_another_builds_on_goes_on_there() -> None:
    """Child Health Plus had the state's grievance before the program's review was added to it."""
    begun = EarlierAppeal(
        appeal_id="SYN-APPEAL-1",
        reference="A-1",
        path="ny-grievance",
        appellant=Appellant.MEMBER,
        not_overturned=lines(1),
        has_ruling=True,
        pending_level=None,
        next_levels=frozenset({"grievance-appeal"}),
    )
    answer = answered(
        ProductLine.CHILD_HEALTH_PLUS,
        plan_id=PlanId("HUDSON-CHP"),
        matter=Matter.ADMINISTRATIVE,
        level="grievance-appeal",
        existing_appeals=(begun,),
    )
    assert answer.continues is not None
    assert (answer.continues.appeal_id, answer.continues.opens) == ("SYN-APPEAL-1", "grievance-appeal")
