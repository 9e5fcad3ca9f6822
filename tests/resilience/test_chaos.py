"""Storms over a pipeline at work: nothing sent is lost, nothing is decided twice, and what stood still goes on by itself.

CHAOS_MINUTES=60 draws storms for an hour (`make chaos`); without it, one short run of most kinds. CHAOS_SEED repeats the draws.
CHAOS_KILLS=1000 kills processes until so many were killed (`make kills`), over several runs where one is ended early: CHAOS_TALLY keeps
one line for each round after which everything held.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from contracts.events.topics import COVERAGE_CHANGED
from deploy.local.stack import SERVERS
from runtime.processes.services import SERVICES
from runtime.settings import REPOSITORY
from tests.builders.chaos.chaos import Chaos

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
STARTED = datetime.now(UTC)
MOST_MEGABYTES = 600
"""A process that has just started has some 120 to 200."""
KILLS = int(os.environ.get("CHAOS_KILLS", "0"))
KILLS_OF_A_ROUND = 80
TALLY = Path(os.environ.get("CHAOS_TALLY", REPOSITORY / ".local" / "kills.jsonl"))
short = pytest.mark.skipif(MINUTES > 0 or KILLS > 0, reason="make chaos and make kills draw their storms")

pytestmark = [pytest.mark.servers, pytest.mark.resilience, pytest.mark.timeout(900 + 60 * MINUTES + 10 * KILLS)]


@short
def test_nothing_is_lost_or_decided_twice_in_a_storm_of_every_kind(chaos: Chaos) -> None:
    storms = chaos.storms
    with chaos.timeline.explaining_failures():
        chaos.flow.start()
        time.sleep(2)
        storms.kill("worker", "intake")
        storms.full_disk("postgres", seconds=3)
        storms.kill("publisher", "temporal")
        storms.pause("streams", "kafka", seconds=2)
        storms.kill("streams", "postgres")
        storms.kill_children()
        storms.outage("kafka", seconds=2)
        storms.wipe_temporal()
        storms.full_disk("kafka", seconds=3)
        storms.kill("kafka", "reconciler")
        storms.kill("api", "identity")
        chaos.await_rulings(2)
        chaos.come_to_rest()


@short
def test_status_says_how_what_was_killed_ended_and_that_it_is_ready_again(chaos: Chaos) -> None:
    parts = chaos.pipeline.status()
    assert {part.name for part in parts} == {*SERVERS, *SERVICES}
    for part in parts:
        assert part.ready, part
        assert part.restarts >= 1, part
        # A full disk ends Kafka by itself; where that came before the kill, there was nothing to kill.
        ends = {"terminated by SIGKILL", *(["exit code 1"] if part.name == "kafka" else [])}
        assert part.last_end in ends or part.restarts > 1, part
        assert part.since is not None
        assert part.since > STARTED


@short
def test_the_memory_of_every_process_has_a_bound(chaos: Chaos) -> None:
    found = {name: chaos.pipeline.process(name).find() for name in SERVICES}
    megabytes = {name: process.memory_info().rss >> 20 for name, process in found.items() if process is not None}
    print(megabytes)
    assert megabytes.keys() == SERVICES.keys()
    assert {name for name, used in megabytes.items() if used > MOST_MEGABYTES} == set()


@short
def test_the_runbook_brings_temporal_and_kafka_back_when_both_are_empty(chaos: Chaos) -> None:
    with chaos.timeline.explaining_failures():
        chaos.operator.lose_kafka()
        chaos.work_for(2)


@pytest.mark.skipif(MINUTES == 0, reason="make chaos runs it")
def test_the_runbook_brings_ledger_temporal_and_kafka_back(chaos: Chaos) -> None:
    with chaos.timeline.explaining_failures():
        chaos.flow.start()
        chaos.operator.back_up()
        time.sleep(6)
        said = chaos.operator.restore()
        assert "claims brought back" in said
        chaos.come_to_rest()
        chaos.operator.recreate(COVERAGE_CHANGED)
        chaos.work_for(4)
        chaos.operator.lose_kafka()
        chaos.work_for(2)


@pytest.mark.skipif(MINUTES == 0, reason="make chaos runs it")
def test_nothing_is_lost_or_decided_twice_in_storms_for_an_hour(chaos: Chaos) -> None:
    deadline = time.monotonic() + 60 * MINUTES
    with chaos.timeline.explaining_failures():
        while time.monotonic() < deadline:
            chaos.flow.start()
            chaos.storm()
            chaos.come_to_rest()


@pytest.mark.skipif(KILLS == 0, reason="make kills runs it")
def test_nothing_is_lost_or_decided_twice_in_a_thousand_kills(chaos: Chaos) -> None:
    survived = _tallied()
    with chaos.timeline.explaining_failures():
        while survived < KILLS:
            some = min(KILLS_OF_A_ROUND, KILLS - survived)
            chaos.kills(some)
            _tally(chaos.timeline.seed, some)
            survived += some
            chaos.timeline.say(f"{survived:,} of {KILLS:,} kills survived")


def _tallied() -> int:
    return sum(orjson.loads(line)["kills"] for line in TALLY.read_bytes().splitlines()) if TALLY.exists() else 0


def _tally(seed: int, kills: int) -> None:
    TALLY.parent.mkdir(parents=True, exist_ok=True)
    with TALLY.open("ab") as file:
        file.write(orjson.dumps({"at": datetime.now(UTC), "seed": seed, "kills": kills}) + b"\n")
