"""The records of one demonstration, deterministic for its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cli.demo import people
from cli.demo.maker import DemoRecord, Maker
from cli.demo.scenario import Scenario
from cli.demo.scenarios import (
    authorizations,
    before_release,
    chain,
    coding,
    coverage,
    front_end,
    imaging,
    other_payers,
    policies,
    roster,
    spectroscopy,
)
from contracts.events.topics import CLAIMS_SUBMITTED

SCENARIOS: Final[tuple[Scenario, ...]] = (
    *imaging.SCENARIOS,
    *policies.SCENARIOS,
    *coverage.SCENARIOS,
    *other_payers.SCENARIOS,
    *roster.SCENARIOS,
    *authorizations.SCENARIOS,
    *spectroscopy.SCENARIOS,
    *coding.SCENARIOS,
    *front_end.SCENARIOS,
    *chain.SCENARIOS,
    *before_release.SCENARIOS,
)


@dataclass(frozen=True, slots=True)
class World:
    """Feed records to publish first, then claim records in order."""

    feeds: tuple[DemoRecord, ...]
    claims: tuple[DemoRecord, ...]


def build_world(name: str) -> World:
    """Build every scenario; `name` makes all ids of this run unique."""
    records = [
        record
        for index, scenario in enumerate(SCENARIOS)
        for plan in scenario.plans
        for copy in range(scenario.copies)
        for record in _run(scenario, plan, f"{name}{index:02d}{scenario.plans.index(plan)}{copy}")
    ]
    return World(
        feeds=(*_the_roster(name), *(record for record in records if record.topic != CLAIMS_SUBMITTED)),
        claims=tuple(record for record in records if record.topic == CLAIMS_SUBMITTED),
    )


def _the_roster(name: str) -> list[DemoRecord]:
    """The providers of every scenario, under contract with the plans that keep a roster; the same in every run."""
    maker = Maker("The roster", "", name)
    for provider in people.CONTRACTED:
        maker.enlist(provider, contracts=[{"plan_id": plan, "starts": "2024-01-01"} for plan in roster.KEPT])
    return maker.records


def _run(scenario: Scenario, plan: str, run: str) -> list[DemoRecord]:
    maker = Maker(scenario.name, plan, run)
    scenario.build(maker)
    return maker.records
