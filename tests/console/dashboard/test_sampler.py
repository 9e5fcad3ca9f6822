from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from console.dashboard.sampler import Sampler
from tests.builders.console.office import NOW, Office
from tests.builders.console.quiet import QuietCaseContext
from tests.builders.servers.kafka import eventually

pytestmark = pytest.mark.servers


@pytest.fixture
def around(office: Office) -> QuietCaseContext:
    return office.around


@pytest.fixture
def sampler(office: Office) -> Sampler:
    return office.console.dashboard


async def sample(sampler: Sampler, *parts: str) -> None:
    for probe in sampler.probes():
        if probe.part in parts:
            await sampler.sample(probe)


async def test_every_part_is_read_and_says_when(sampler: Sampler, study: ClaimId) -> None:
    for probe in sampler.probes():
        await sampler.sample(probe)
        part = getattr(sampler.snapshot, probe.part)
        assert (part.at, part.trouble) == (NOW, ""), probe.part
        assert part.value is not None
    assert sampler.snapshot.ledger.value == 1
    assert sampler.snapshot.waiting.value is not None
    assert sampler.snapshot.waiting.value.claims == 1


async def test_a_part_that_cannot_be_read_keeps_its_last_value_and_says_since_when(
    office: Office, sampler: Sampler, around: QuietCaseContext
) -> None:
    [lags] = [probe for probe in sampler.probes() if probe.part == "lags"]
    await sampler.sample(lags)
    around.failure = OSError("member SYN-000001 was mentioned by a driver")
    office.now += timedelta(seconds=5)
    await sampler.sample(lags)
    office.now += timedelta(seconds=5)
    await sampler.sample(lags)
    part = sampler.snapshot.lags
    assert part.value is not None
    assert (part.at, part.failing_since, part.trouble) == (NOW, NOW + timedelta(seconds=5), "OSError")
    around.failure = None
    await sampler.sample(lags)
    assert sampler.snapshot.lags.failing_since is None


async def test_a_defect_in_one_reading_leaves_the_others_alone(sampler: Sampler, around: QuietCaseContext) -> None:
    around.failure = ZeroDivisionError()
    stop = asyncio.Event()
    running = asyncio.create_task(sampler.run(stop))
    await eventually(lambda: sampler.snapshot.lags.trouble == "ZeroDivisionError", "the defect was not notified")
    await eventually(lambda: sampler.snapshot.flow.value is not None, "the flow was not read")
    assert not running.done()
    stop.set()
    await running
    assert around.closed


async def test_who_waits_for_something_newer_is_woken_at_once_and_when_it_stops(sampler: Sampler) -> None:
    version = sampler.version
    waiting = asyncio.create_task(sampler.newer(version, 60))
    await asyncio.sleep(0)
    await sample(sampler, "ledger")
    assert await waiting > version
    stop = asyncio.Event()
    stop.set()
    await sampler.run(stop)
    assert await sampler.newer(sampler.version, 60) == sampler.version


async def test_waiting_claims_are_in_the_series_next_to_the_flow(
    office: Office, sampler: Sampler, study: ClaimId
) -> None:
    await sample(sampler, "waiting")
    office.now += timedelta(seconds=15)
    [flow] = [probe for probe in sampler.probes() if probe.part == "flow"]
    await sampler.sample(flow)
    assert sampler.snapshot.flow.value is not None
    series = sampler.snapshot.flow.value.series
    assert [point.waiting for point in series[-4:]] == [None, 1, 1, 1]
    assert len(series) == 720
    office.now += timedelta(minutes=2)
    await sampler.sample(flow)
    assert sampler.snapshot.flow.value.series[-1].waiting is None


async def test_the_past_is_counted_stretch_by_stretch(office: Office, sampler: Sampler, study: ClaimId) -> None:
    await office.stores.execute(f"UPDATE claims SET registered_at = '{NOW - timedelta(hours=3)}'")
    [totals] = [probe for probe in sampler.probes() if probe.part == "totals"]
    await sampler.sample(totals)
    seen = sampler.snapshot.totals.value
    assert seen is not None
    assert seen.behind == NOW - timedelta(hours=2)
    for _ in range(3):
        await sampler.sample(totals)
    seen = sampler.snapshot.totals.value
    assert seen is not None
    assert (seen.behind, seen.day.received, seen.hour.received) == (None, 1, 0)
