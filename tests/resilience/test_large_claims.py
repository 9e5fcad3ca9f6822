"""Large claims and long histories in the real pipeline: all are decided, ordinary claims pass them, memory stays bounded.

LARGE_CLAIMS=256 sends as many claims of 450 lines as once stopped the pipeline for minutes (`make test-large`).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from itertools import chain

import httpx
import orjson
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from benchmarks.load import coverage_events, large_claims, straight_through_claims
from contracts.events.topics import CLAIMS_STATUS, CLAIMS_SUBMITTED, COVERAGE_CHANGED
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.clients.submit import publish
from runtime.clients.topic_reader import TopicTail
from runtime.processes.large_claims import LARGE_CLAIMS
from runtime.settings import REPOSITORY, Settings
from storage.invariants.ledger import violations
from tests.builders.pipeline.feeds import await_feeds

pytestmark = [pytest.mark.servers, pytest.mark.resilience, pytest.mark.timeout(900)]

LARGE = int(os.environ.get("LARGE_CLAIMS", "16"))
OF_450, OF_999 = LARGE - 1, 1
MEMBERS = 40
"""The first half of them has ordinary claims, the other half large ones, and one more has 500 claims on one day."""

ORDINARY = 100
SAME_DAY = 500
MAX_WAIT_SECONDS = 240 + 2 * LARGE
PROCESSES = ("worker", "intake", "streams", "publisher")
MOST_MEGABYTES = 600
"""A process that has just started has some 120 to 200; the worker had 2,200 when 256 claims of 450 lines came."""

MOST_LOOP_SECONDS = 3.0
"""A loop is held for some 50 ms where nothing else runs. Work on 999 lines in one piece held it for eight seconds."""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    running = Pipeline(Settings(state_dir=tmp_path_factory.mktemp("large"), cache_dir=REPOSITORY / ".local" / "cache"))
    running.up(_silent, processes=PROCESSES)
    yield running
    running.down(_silent)


def _silent(_service: str, _what: str) -> None:
    return


def test_large_claims_are_decided_and_ordinary_claims_pass_them(pipeline: Pipeline) -> None:
    coverage = [(COVERAGE_CHANGED, key, value) for key, value in coverage_events(MEMBERS + 1)]
    _publish(pipeline, coverage)
    await_feeds(pipeline.settings, MEMBERS + 1)
    half = MEMBERS // 2
    large = [*large_claims(OF_999, 999, half, first=half), *large_claims(OF_450, 450, half, first=half)]
    _publish(pipeline, _claims([*large, *straight_through_claims(ORDINARY, 3, half)]))
    _kill_child(pipeline)
    decided = asyncio.run(_decided(pipeline, LARGE + ORDINARY))
    _print_processes(pipeline)
    assert len(decided) == LARGE + ORDINARY
    last_ordinary = max(place for place, control in enumerate(decided) if control.startswith("B"))
    before = sum(control.startswith("L") for control in decided[:last_ordinary])
    # The ordinary claims were sent behind every large one, and are all decided while most of those still wait.
    assert before < LARGE / 2
    _assert_bounded(pipeline)
    _assert_counted(pipeline, LARGE + ORDINARY)
    assert asyncio.run(_broken(pipeline)) == []


def _kill_child(pipeline: Pipeline) -> None:
    """Kill the process that adjudicates large claims, once it works: another one goes on."""
    worker = pipeline.process("worker").find()
    assert worker is not None
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while _child_starts(pipeline) == 0 or not (of_work := _children(worker)):
        assert time.monotonic() < deadline, "no large claim came to a process that is not the worker's"
        time.sleep(0.2)
    for child in of_work:
        child.kill()
    while _child_starts(pipeline) < 2:
        assert time.monotonic() < deadline, "the worker started no other process after one was killed"
        time.sleep(0.2)


def _children(worker: psutil.Process) -> list[psutil.Process]:
    """Return the child processes that have large claims, and not Python's tracker of shared resources."""
    return [child for child in worker.children() if "spawn_main" in " ".join(child.cmdline())]


def _child_starts(pipeline: Pipeline) -> float:
    return _labeled(pipeline, "worker", "claimwright_child_process_starts_total", "work").get(LARGE_CLAIMS, 0)


def _assert_counted(pipeline: Pipeline, claims: int) -> None:
    """Worker and publisher count what they did, next to what Temporal's SDK counts."""
    worker, publisher = _metrics(pipeline, "worker"), _metrics(pipeline, "publisher")
    adjudications = _labeled(pipeline, "worker", "claimwright_adjudications_total", "result")
    assert sum(adjudications.values()) >= claims
    assert worker["claimwright_decision_seconds_count"] == adjudications["determined"] > 0
    assert publisher["claimwright_publication_delay_seconds_count"] > 0
    assert publisher["claimwright_publisher_leads"] == 1
    assert _labeled(pipeline, "worker", "claimwright_ready", "process") == {"worker": 1}
    memory = _labeled(pipeline, "worker", "claimwright_child_process_memory_bytes", "work")[LARGE_CLAIMS]
    print(f"child process: {memory / 2**20:.0f} MB")
    assert 0 < memory < MOST_MEGABYTES * 2**20
    tasks = _labeled(pipeline, "worker", "temporal_workflow_task_execution_latency_seconds_count", "workflow_type")
    assert tasks["AdjudicateClaimsWorkflow"] > 0
    assert _labeled(pipeline, "worker", "temporal_request_total", "operation")["RespondWorkflowTaskCompleted"] > 0


def test_500_claims_of_one_member_on_one_day_are_decided(pipeline: Pipeline) -> None:
    claims = list(straight_through_claims(SAME_DAY, 9, 1, first=MEMBERS))
    same_day = [(key, _on_one_day(value)) for key, value in claims]
    began = time.monotonic()
    _publish(pipeline, _claims(same_day))
    decided = asyncio.run(_decided(pipeline, SAME_DAY, prefix="B9-"))
    print(f"{len(decided)} claims of one member in {time.monotonic() - began:.1f} s")
    assert len(set(decided)) == SAME_DAY
    _print_processes(pipeline)
    _assert_bounded(pipeline)
    assert asyncio.run(_broken(pipeline)) == []


def _on_one_day(value: bytes) -> bytes:
    event = orjson.loads(value)
    for line in event["data"]["lines"]:
        line["service_date"] = "2025-09-01"
    return orjson.dumps(event)


def _claims(events: list[tuple[str, bytes]]) -> list[tuple[str, str, bytes]]:
    return [(CLAIMS_SUBMITTED, key, value) for key, value in events]


def _publish(pipeline: Pipeline, records: list[tuple[str, str, bytes]]) -> None:
    asyncio.run(publish(wiring.kafka(pipeline.settings), records))


async def _decided(pipeline: Pipeline, wanted: int, prefix: str = "") -> list[str]:
    """Claim control numbers in the order in which they were determined or pended, until there are enough."""
    tail = TopicTail(wiring.kafka(pipeline.settings), (CLAIMS_STATUS,))
    await tail.start(from_end=False)
    found: dict[str, None] = {}
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while len(found) < wanted and time.monotonic() < deadline:
        for _, _, value in await tail.read(200):
            data = orjson.loads(value)["data"]
            control = data["claim_control_number"]
            if data["state"] in ("determined", "pended") and control.startswith(prefix):
                found.setdefault(control)
    await tail.stop()
    return list(found)


def _metrics(pipeline: Pipeline, name: str) -> Mapping[str, float]:
    return {sample.name: sample.value for sample in _samples(pipeline, name) if not sample.labels}


def _labeled(pipeline: Pipeline, name: str, metric: str, label: str) -> Mapping[str, float]:
    return {each.labels[label]: each.value for each in _samples(pipeline, name) if each.name == metric}


def _samples(pipeline: Pipeline, name: str) -> list[Sample]:
    port = (pipeline.settings.state_dir / "health" / f"{name}.port").read_text().strip()
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
    return list(chain.from_iterable(family.samples for family in text_string_to_metric_families(answer.text)))


def _print_processes(pipeline: Pipeline) -> None:
    for name in PROCESSES:
        found = _metrics(pipeline, name)
        held, work = (found[f"claimwright_loop_{each}_longest_seconds"] * 1000 for each in ("delay", "work"))
        memory = found["process_resident_memory_bytes"] / 2**20
        print(f"{name}: {memory:.0f} MB, loop held {held:.0f} ms, of which its own work {work:.0f} ms")


def _assert_bounded(pipeline: Pipeline) -> None:
    for name in PROCESSES:
        found = _metrics(pipeline, name)
        assert found["process_resident_memory_bytes"] < MOST_MEGABYTES * 2**20, name
        assert found["claimwright_loop_delay_longest_seconds"] < MOST_LOOP_SECONDS, name


async def _broken(pipeline: Pipeline) -> list[object]:
    engine = wiring.database(pipeline.settings)
    try:
        return list(await violations(engine))
    finally:
        await engine.dispose()
