"""Eligibility by the date of service."""

from __future__ import annotations

from cli.demo.expected import PAID, denied, determined, pended
from cli.demo.maker import SPINE_TRIAL, TRIAL, Maker, line
from cli.demo.scenario import Scenario


def _before(m: Maker) -> None:
    member = m.member((m.plan, "2025-12-01", None))
    m.claim(member, [line("72148")], determined(denied("eligibility.before_coverage", "26", group="PR")), facts=TRIAL)


def _after(m: Maker) -> None:
    member = m.member((m.plan, "2024-01-01", "2025-11-01"))
    m.claim(
        member,
        [line("72148")],
        determined(denied("eligibility.after_termination", "27", group="PR")),
        facts=TRIAL,
    )


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
    m.claim(
        member, lines, determined(PAID, denied("eligibility.after_termination", "27", group="PR")), facts=SPINE_TRIAL
    )


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


def _ended_dependent(m: Maker) -> None:
    """Subscriber and child share the member id; the child's coverage ended, the subscriber's did not."""
    parent = m.member()
    child = m.dependent(parent, "2010-05-05", "Childina", ends="2025-11-01")
    ended = denied("eligibility.after_termination", "27", group="PR")
    m.claim(parent, [line("72148")], determined(ended), facts=TRIAL, member=child)
    m.claim(parent, [line("72148")], determined(PAID), facts=TRIAL)


def _family(m: Maker) -> None:
    """The same study of two people on one day is not a duplicate."""
    parent = m.member()
    child = m.dependent(parent, "2010-05-05", "Childina")
    m.claim(parent, [line("72148")], determined(PAID), facts=TRIAL)
    m.claim(parent, [line("72148")], determined(PAID), facts=TRIAL, member=child)


def _twins(m: Maker) -> None:
    """Twins whose first names the feed knows are two people; a claim whose initial matches both is pended."""
    parent = m.member()
    ada, eva = (m.dependent(parent, "2012-06-06", name) for name in ("Adatwin", "Evatwin"))
    for twin in (ada, eva):
        m.claim(parent, [line("72148")], determined(PAID), facts=TRIAL, member=twin)
    unclear = pended("P-ELIG", "eligibility.identity_mismatch")
    m.claim(parent, [line("72148")], unclear, facts=TRIAL, member={**ada, "given_name": "T"})


def _late(m: Maker) -> None:
    late = determined(denied("filing.late", "29"))
    m.claim(m.member(), [line("72148")], late, facts=TRIAL, first_filed_on="2026-04-01")


def _late_with_reason(m: Maker) -> None:
    expected = pended("P-FILING", "filing.cause_stated")
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, first_filed_on="2026-04-01", delay_reason="8")


def _accident(m: Maker) -> None:
    expected = pended("P-COB", "coordination.due_to_auto_accident")
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, accident={"causes": ["auto"], "state": "NY"})


def _no_plan(m: Maker) -> None:
    member = m.member(("SYN-UNKNOWN-PLAN", "2024-01-01", None))
    m.claim(member, [line("72148")], pended("P-POLICY", "eligibility.plan_not_loaded"), facts=TRIAL)


SCENARIOS = (
    Scenario("A service before coverage began is denied 26", "B3 row 5", _before, copies=2),
    Scenario("A service after coverage ended is denied 27", "B3 row 5", _after, copies=2),
    Scenario("The last covered day is covered", "half-open spans", _last_day),
    Scenario("A service in a lapse is denied 200", "B3 row 5", _lapse, copies=2, explained=True),
    Scenario("A change of plan on the first of the month is not a gap", "half-open spans", _change_of_plan),
    Scenario("Each line is decided by its own date of service", "B1 step 5", _split),
    Scenario("A member who is not in the coverage feed pends and is not denied", "unknown is never no", _unknown),
    Scenario("Another birth date pends for enrollment", "B3 row 7", _birth_date),
    Scenario("Two plans on one date pend for enrollment", "B1 step 6", _two_plans),
    Scenario("A dependent's ended coverage is not the subscriber's", "B1 step 4, row 27", _ended_dependent),
    Scenario("A child's study is not a duplicate of the parent's", "B1 step 4", _family),
    Scenario("Twins are two people, and an initial is neither", "B1 step 4, ambiguity pends", _twins),
    Scenario("A claim filed after the limit is denied 29", "B3 row 9", _late),
    Scenario("A reason for late filing is judged by a person", "B3 row 9, good cause", _late_with_reason),
    Scenario("What is due to an accident waits for the payer before us", "B1 step 6, CLM11", _accident),
    Scenario("A plan whose terms are not loaded waits for the policy owner", "gap is an error", _no_plan),
)
