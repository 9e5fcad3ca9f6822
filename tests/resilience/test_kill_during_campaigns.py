"""Workers and the processes that judge are killed with kill -9 at every stage of a campaign: no claim is corrected twice or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from temporalio.client import Client

from adjudication.readjudication.campaigns import CampaignStage
from contracts.records.campaigns import Campaign
from runtime.console.campaign_runner import TemporalCampaigns
from tests.builders.ledger.campaigns import VERSIONS, Office, decided_claims
from tests.builders.ledger.ledgers import Stores
from tests.builders.streams.running import Child
from tests.builders.workflows.running import small_history_server

pytestmark = [pytest.mark.servers, pytest.mark.resilience, pytest.mark.timeout(600)]

PROCESS = "tests.builders.resilience.campaign_worker"
CLAIMS = 7
JUDGED = "SELECT claims, total FROM campaigns"
DONE = "SELECT count(*) FROM campaign_claims WHERE done = 'corrected'"


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.05)


class Killing:
    """A campaign whose workers are killed; each is another process of the same product."""

    def __init__(self, stores: Stores, client: Client, database: str, folder: Path) -> None:
        self.stores, self.client, self.database, self.folder = stores, client, database, folder
        self.office = Office(stores, stores.reference, per_second=1)
        self.started = 0

    async def begin(self) -> None:
        """Start the campaign, and its workflow as the console does."""
        assert isinstance(await self.office.start(), Campaign)
        await self.wake()

    async def wake(self) -> None:
        await TemporalCampaigns(self.client).run(self.office.campaign)

    async def worker(self) -> Child:
        """Start another worker, and wait until it works."""
        self.started += 1
        address = self.client.service_client.config.target_host
        child = Child(PROCESS, address, self.database, log=self.folder / f"worker-{self.started}.log")

        async def ready() -> bool:
            return child.wrote("ready") > 0

        await until(ready)
        return child

    async def stage(self) -> CampaignStage:
        return (await self.office.view()).campaign.stage

    async def reaches(self, stage: CampaignStage) -> None:
        async def reached() -> bool:
            return await self.stage() is stage

        await until(reached)

    async def corrected(self, at_least: int) -> None:
        async def enough() -> bool:
            return int((await self.stores.rows(DONE))[0][0]) >= at_least

        await until(enough)


async def judging_processes(worker: Child) -> list[psutil.Process]:
    """The processes that judge, once the worker has started them."""
    found: list[psutil.Process] = []

    async def started() -> bool:
        # A helper that tracks the resources of the others is a child as well.
        found[:] = [each for each in psutil.Process(worker.pid).children() if "spawn_main" in " ".join(each.cmdline())]
        return bool(found)

    await until(started)
    return list(found)


async def test_workers_and_judging_processes_killed_at_every_stage_correct_each_claim_once(
    stores: Stores, database: str, tmp_path: Path
) -> None:
    await decided_claims(stores, CLAIMS)
    before = len(await stores.sent())
    async with small_history_server() as environment:
        campaign = Killing(stores, environment.client, database, tmp_path)
        await campaign.begin()
        with await campaign.worker() as judging:
            orphans = await judging_processes(judging)
            judging.kill()
        psutil.wait_procs(orphans, timeout=20)
        assert not any(each.is_running() for each in orphans), "what judges ends with its worker"
        assert await stores.rows(JUDGED) in ([(0, None)], [(0, CLAIMS)])
        with await campaign.worker() as following:
            for each in await judging_processes(following):
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            await campaign.reaches(CampaignStage.JUDGED)
            following.kill()
        assert await stores.rows(JUDGED) == [(CLAIMS, CLAIMS)]
        assert (await campaign.office.approve("examiner"), await campaign.office.approve("supervisor")) == ("ok", "ok")
        await campaign.wake()
        with await campaign.worker() as correcting:
            await campaign.corrected(1)
            correcting.kill()
        assert await campaign.office.change(CampaignStage.PAUSED) == "ok"
        paused = (await stores.rows(DONE))[0][0]
        assert paused < CLAIMS
        with await campaign.worker() as resting:
            await campaign.wake()
            await asyncio.sleep(3)
            resting.kill()
        assert (await stores.rows(DONE))[0][0] == paused, "a paused campaign corrects nothing, whoever works on it"
        assert await campaign.office.change(CampaignStage.RUNNING) == "ok"
        with await campaign.worker():
            await campaign.wake()
            await campaign.reaches(CampaignStage.FINISHED)
    assert (await stores.rows(VERSIONS))[1][:2] == (2, CLAIMS)
    assert dict((await campaign.office.view()).done) == {"corrected": CLAIMS}
    sent = (await stores.sent())[before:]
    assert len(sent) == len({message.event_id for message in sent})
    await campaign.office.sound()


async def test_a_campaign_that_is_canceled_while_its_worker_is_dead_corrects_nothing_more(
    stores: Stores, database: str, tmp_path: Path
) -> None:
    await decided_claims(stores, CLAIMS)
    async with small_history_server() as environment:
        campaign = Killing(stores, environment.client, database, tmp_path)
        await campaign.begin()
        with await campaign.worker() as judging:
            await campaign.reaches(CampaignStage.JUDGED)
            for person in ("examiner", "supervisor"):
                assert await campaign.office.approve(person) == "ok"
            await campaign.wake()
            await campaign.corrected(1)
            judging.kill()
        corrected = (await stores.rows(DONE))[0][0]
        assert corrected < CLAIMS
        assert await campaign.office.change(CampaignStage.CANCELLED) == "ok"
        await campaign.wake()
        with await campaign.worker():
            handle = environment.client.get_workflow_handle(f"campaign/{campaign.office.campaign}")
            async with asyncio.timeout(60):
                await handle.result()
    assert (await stores.rows(DONE))[0][0] == corrected
    await campaign.office.sound()
