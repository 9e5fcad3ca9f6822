"""Two intakes, three workers and two publishers share the work of one environment, and some of them are killed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from benchmarks.load import coverage_events, straight_through_claims
from contracts.events.feeds import CoverageChangedV1
from tests.builders.ledger.ledgers import Stores
from tests.builders.servers.environment import Flow, own_settings
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.servers.processes import Processes
from tests.builders.servers.temporal import running_temporal

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]
MEMBERS, CLAIMS = 60, 240


@pytest.fixture
async def processes(kafka: KafkaServer, database: str, tmp_path: Path) -> AsyncIterator[Processes]:
    """Small batches, so that there is work for everyone."""
    with running_temporal() as temporal:
        settings = {**await own_settings(kafka, temporal, database), "CLAIMWRIGHT_BATCH_SIZE": "8"}
        with Processes(tmp_path, settings) as running:
            yield running


async def test_processes_share_the_work_and_take_over_from_those_that_are_killed(
    kafka: KafkaServer, stores: Stores, processes: Processes
) -> None:
    coverage = [orjson.loads(value)["data"] for _, value in coverage_events(MEMBERS)]
    await stores.feeds.apply_coverage([CoverageChangedV1.model_validate(each) for each in coverage])
    claims = list(straight_through_claims(CLAIMS, 5, MEMBERS))
    names = ("intake", "intake", "worker", "worker", "worker", "publisher", "publisher")
    await asyncio.to_thread(processes.start, *names)
    intakes, workers, publishers = (processes.of(name) for name in ("intake", "worker", "publisher"))

    def shared() -> bool:
        return [each.metric("claimwright_publisher_shards") for each in publishers] == [4, 4]

    await eventually(shared, "the publishers do not share the outbox")
    flow = await Flow.begin(kafka)
    await flow.send(claims[: CLAIMS // 2])
    await flow.everything_is_decided()
    assert [each for each in intakes if not each.metric("claimwright_batches_started_total")] == []
    assert [
        each for each in workers if 'claimwright_adjudications_total{result="determined"}' not in each.metrics()
    ] == []
    sending = asyncio.create_task(flow.send(claims[CLAIMS // 2 :]))
    for each in (intakes[0], workers[0], publishers[0]):
        each.kill()
    await sending
    await flow.everything_is_decided()
    await flow.assert_once_and_in_order()
    assert await stores.broken() == []
    assert [each.end() for each in (intakes[1], *workers[1:], publishers[1])] == [0, 0, 0, 0]
