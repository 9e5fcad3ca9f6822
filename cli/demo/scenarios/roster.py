"""The provider roster: unknown is never "without a contract", and an open investigation holds services billed during it."""

from __future__ import annotations

from cli.demo import people
from cli.demo.expected import PAID, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenario import Scenario

KEPT = ("HUDSON-MA", "CASCADE-MA")
"""The plans that keep a roster."""


def _not_listed(m: Maker) -> None:
    expected = pended("P-PROV", "provider.not_on_roster")
    m.claim(m.member(), [line(m.study)], expected, facts=TRIAL, billing=m.newcomer())


def _no_contract(m: Maker) -> None:
    provider = m.newcomer()
    m.enlist(provider, contracts=[{"plan_id": m.plan, "starts": "2024-01-01", "ends": "2025-11-10"}])
    m.claim(m.member(), [line(m.study)], determined(PAID), facts=TRIAL, billing=provider)


def _last_day(m: Maker) -> None:
    provider = m.newcomer()
    m.enlist(provider, contracts=[{"plan_id": m.plan, "starts": "2024-01-01", "ends": "2025-11-11"}])
    m.claim(m.member(), [line(m.study)], determined(PAID), facts=TRIAL, billing=provider)


def _investigated(m: Maker) -> None:
    reader = m.newcomer()
    m.enlist(reader, investigations=[{"case_reference": f"SYN-SIU-{reader['npi']}", "starts": "2025-11-01"}])
    expected = pended("P-SIU", "provider.under_investigation")
    m.claim(m.member(), [line(m.study)], expected, facts=TRIAL, billing=people.CENTER, rendering=reader)


def _closed(m: Maker) -> None:
    provider = m.newcomer()
    case = {"case_reference": f"SYN-SIU-{provider['npi']}", "starts": "2025-06-01", "ends": "2025-11-20"}
    m.enlist(provider, contracts=[{"plan_id": m.plan, "starts": "2024-01-01"}], investigations=[case])
    m.claim(m.member(), [line(m.study)], determined(PAID), facts=TRIAL, billing=provider)


SCENARIOS = (
    Scenario("A provider the roster does not list waits and is not denied", "B1 step 7", _not_listed, KEPT),
    Scenario(
        "A provider without a contract on the day is paid, as such", "D1: non-contracted", _no_contract, KEPT, 1, True
    ),
    Scenario("A contract that ends the next day is in force", "half-open spans", _last_day, ("HUDSON-MA",)),
    Scenario("An open investigation of who read it holds the claim", "F2: P-SIU", _investigated, KEPT),
    Scenario("A closed investigation holds nothing", "F2: P-SIU until closed", _closed, ("CASCADE-MA",)),
)
