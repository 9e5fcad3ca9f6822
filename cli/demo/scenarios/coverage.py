"""Eligibility by the date of service."""

from __future__ import annotations

from cli.demo.expected import PAID, denied, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenario import Scenario


def _before(m: Maker) -> None:
    member = m.member((m.plan, "2025-12-01", None))
    m.claim(member, [line("72148")], determined(denied("eligibility.before_coverage", "26", group="PR")), facts=TRIAL)


def _after(m: Maker) -> None:
    member = m.member((m.plan, "2024-01-01", "2025-11-01"))
    m.claim(member, [line("72148")], determined(denied("eligibility.after_termination", "27", group="PR")), facts=TRIAL)


def _last_day(m: Maker) -> None:
    member = m.member((m.plan, "2024-01-01", "2025-11-11"))
    m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)


def _lapse(m: Maker) -> None:
    member = m.member((m.plan, "2024-01-01", "2025-11-01"), (m.plan, "2025-12-01", None))
    m.claim(member, [line("72148")], determined(denied("eligibility.lapse", "200", group="PR")), facts=TRIAL)


def _change_of_plan(m: Maker) -> None:
    member = m.member(("HUDSON-COMM", "2024-01-01", "2025-11-01"), ("HUDSON-EP", "2025-11-01", None))
    m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)


def _split(m: Maker) -> None:
    """Two dates of service on one claim, one after the end of coverage: each line is decided by its own date."""
    member = m.member((m.plan, "2024-01-01", "2025-11-12"))
    lines = [line("72148"), line("72141", service_date="2025-11-14")]
    m.claim(member, lines, determined(PAID, denied("eligibility.after_termination", "27", group="PR")), facts=TRIAL)


def _unknown(m: Maker) -> None:
    m.claim(m.stranger(), [line("72148")], pended("P-ELIG", "eligibility.member_unknown"), facts=TRIAL)


def _birth_date(m: Maker) -> None:
    member = m.member()
    claimed = {**member.as_claimed(), "birth_date": "1971-02-03"}
    expected = pended("P-ELIG", "eligibility.identity_mismatch")
    m.claim(member, [line("72148")], expected, facts=TRIAL, member=claimed)


def _two_plans(m: Maker) -> None:
    member = m.member(("HUDSON-COMM", "2024-01-01", None), ("HUDSON-MCD", "2024-01-01", None))
    m.claim(member, [line("72148")], pended("P-ELIG", "eligibility.overlap"), facts=TRIAL)


def _no_plan(m: Maker) -> None:
    member = m.member(("SYN-UNKNOWN-PLAN", "2024-01-01", None))
    m.claim(member, [line("72148")], pended("P-POLICY", "eligibility.plan_not_loaded"), facts=TRIAL)


SCENARIOS = (
    Scenario("A service before coverage began is denied 26", "B3 row 5", _before, copies=2),
    Scenario("A service after coverage ended is denied 27", "B3 row 5", _after, copies=2),
    Scenario("The last covered day is covered", "half-open spans", _last_day),
    Scenario("A service in a lapse is denied 200", "B3 row 5", _lapse, copies=2, explained=True),
    Scenario("A change of plan on the first of the month is no gap", "half-open spans", _change_of_plan),
    Scenario("Each line is decided by its own date of service", "B1 step 5", _split),
    Scenario("A member who is not in the coverage feed pends and is not denied", "unknown is never no", _unknown),
    Scenario("Another birth date pends for enrollment", "B3 row 7", _birth_date),
    Scenario("Two plans on one date pend for enrollment", "B1 step 6", _two_plans),
    Scenario("A plan whose terms are not loaded waits for the policy owner", "gap is an error", _no_plan),
)
