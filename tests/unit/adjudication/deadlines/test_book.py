"""Which rule governs: in force on the day of receipt, then the most specific, and never one in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from adjudication.deadlines.calendar import Holidays
from adjudication.deadlines.claim_deadlines import due_first, run_deadlines
from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rule_book import NO_DEADLINE_RULES, DeadlineRules, Governing, NoDeadline, NoDeadlineReason
from adjudication.deadlines.rules import DeadlineKind, DeadlineRule, Jurisdiction, Scope, Situation
from adjudication.deadlines.scope import ambiguous, narrower_or_same, overlap
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, PlanId, ProductLine
from tests.builders.deadlines import RULE, a_situation, events, instant

HOME = Jurisdiction(
    PlanId("HUDSON-COMM"), "NY", "America/New_York", "ny", DateRange(date(2024, 1, 1)), Citation("x", "y")
)
COMMERCIAL = Scope(products=frozenset({ProductLine.COMMERCIAL}))
NEW_YORK = replace(COMMERCIAL, states=frozenset({"NY"}))


def named(name: str, scope: Scope, days: int = 30, in_force: DateRange = RULE.in_force) -> DeadlineRule:
    return replace(RULE, rule_id=name, scope=scope, period=Period(days, Unit.DAYS), in_force=in_force)


def book(*rules: DeadlineRule) -> DeadlineRules:
    return DeadlineRules(rules, {"ny": Holidays("ny", frozenset({2025}))}, {HOME.plan_id: (HOME,)})


def chosen(clocks: DeadlineRules, situation: Situation) -> str:
    found = clocks.govern(DeadlineKind.POST_SERVICE, situation)
    assert isinstance(found, Governing)
    return found.rule.rule_id


def test_the_most_specific_rule_wins() -> None:
    clocks = book(named("any", Scope()), named("ny", NEW_YORK), named("commercial", COMMERCIAL))
    assert chosen(clocks, a_situation()) == "ny"


def test_a_rule_of_another_state_or_product_is_not_asked() -> None:
    ohio = replace(COMMERCIAL, states=frozenset({"OH"}))
    medicaid = Scope(products=frozenset({ProductLine.MEDICAID}))
    assert chosen(book(named("any", Scope()), named("oh", ohio), named("m", medicaid)), a_situation()) == "any"


def test_the_day_of_receipt_chooses_the_version() -> None:
    old = named("old", Scope(), 14, DateRange(date(2024, 1, 1), date(2026, 1, 1)))
    new = named("new", Scope(), 7, DateRange(date(2026, 1, 1)))
    # Half past eleven on New Year's Eve in New York is 2026 already in UTC.
    assert chosen(book(old, new), a_situation(on="2025-12-31 23:30")) == "old"
    assert chosen(book(old, new), a_situation(on="2026-01-01 00:00")) == "new"


def test_of_an_unknown_flag_the_strictest_rule_is_taken_and_named() -> None:
    electronic, paper = replace(NEW_YORK, electronic=True), replace(NEW_YORK, electronic=False)
    clocks = book(named("paper", paper, 45), named("electronic", electronic, 30))
    assert chosen(clocks, a_situation(electronic=False)) == "paper"
    found = clocks.govern(DeadlineKind.POST_SERVICE, a_situation(electronic=None))
    assert isinstance(found, Governing)
    assert found.rule.rule_id == "electronic"
    assert found.rule.assumption == "not known yet: electronic; the strictest rule that may apply is used"


def test_no_rule_is_a_typed_answer_that_pends() -> None:
    found = book().govern(DeadlineKind.POST_SERVICE, a_situation())
    assert isinstance(found, NoDeadline)
    assert (found.reason, found.pend) == (NoDeadlineReason.NO_RULE, "P-POLICY")
    assert "no post-service deadline in force on 2025-11-03 applies to commercial (NY)" in found.words


def test_a_plan_without_a_home_is_a_typed_answer_that_pends() -> None:
    found = NO_DEADLINE_RULES.govern(DeadlineKind.POST_SERVICE, a_situation())
    assert isinstance(found, NoDeadline)
    assert found.reason is NoDeadlineReason.NO_JURISDICTION
    assert "the plan HUDSON-COMM" in found.words


def test_a_rule_with_its_own_zone_is_counted_there() -> None:
    clocks = book(replace(named("west", Scope()), time_zone="America/Los_Angeles", calendar="none"))
    found = clocks.govern(DeadlineKind.POST_SERVICE, a_situation())
    assert isinstance(found, Governing)
    assert (found.calendar.time_zone, found.calendar.holidays.years) == ("America/Los_Angeles", frozenset())


def test_all_clocks_of_a_claim_run_and_the_first_due_leads() -> None:
    paying = replace(named("pay", NEW_YORK, 20), kind=DeadlineKind.PROMPT_PAYMENT)
    clocks = run_deadlines(
        book(named("decide", Scope()), paying), a_situation(), events(received="2025-11-03"), instant("2025-11-05")
    )
    assert len(clocks) == 2
    first = due_first(clocks)
    assert first is not None
    assert (first.rule_id, first.due_on) == ("pay", date(2025, 11, 23))


def test_a_claim_without_any_clock_is_answered_and_not_left_out() -> None:
    clocks = run_deadlines(book(), a_situation(), events(received="2025-11-03"), instant("2025-11-05"))
    assert [type(clock) for clock in clocks] == [NoDeadline]
    assert due_first(clocks) is None


def test_scopes_are_compared_by_what_they_apply_to() -> None:
    clean = Scope(clean=True)
    assert narrower_or_same(NEW_YORK, COMMERCIAL)
    assert not narrower_or_same(COMMERCIAL, NEW_YORK)
    assert not overlap(clean, Scope(clean=False))
    assert ambiguous(COMMERCIAL, clean)
    assert ambiguous(clean, clean)
    assert not ambiguous(NEW_YORK, COMMERCIAL)
