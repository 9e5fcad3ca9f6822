"""Processes of the baselines; the product's own processes are used as they are.

`python -m benchmarks.services NAME` runs one of them like `claimwright worker` runs a product process.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker

from activities.adjudication.publication import PublicationActivities
from activities.registry import adjudication_activities
from benchmarks import per_claim
from contracts.claim_intake.registration import Batch, BatchLimits
from contracts.workflow_messages.claims import PUBLISH, STEP_ORDER, ClaimBatch
from rulebook.library import load_reference
from runtime import wiring
from runtime.database_access import role_dsn
from runtime.processes.lifecycle import Running, leave, run_service
from runtime.processes.ports import postgres_ports
from runtime.settings import Settings
from storage.claims.registration import PostgresLedger
from storage.outbox.queue import PostgresOutbox
from storage.privileges.roles import DatabaseRole
from streams.intake.consumer import Intake, IntakeOptions
from streams.ports import BatchStarter
from workflows.sandbox import sandbox_runner


class PerClaimStarter:
    """Starts one workflow per claim. `eager`: the worker of this process gets the first task with the answer to the start."""

    def __init__(self, client: Client, name: str, *, eager: bool = False) -> None:
        """Use a connected client."""
        self._client, self._name, self._eager = client, name, eager

    async def start(self, batch: Batch) -> None:
        """Start the baseline workflow."""
        try:
            await self._client.start_workflow(
                self._name,
                ClaimBatch(batch.batch_id, list(batch.claim_ids)),
                id=f"per-claim/{batch.batch_id}",
                task_queue=per_claim.QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                request_eager_start=self._eager,
            )
        except WorkflowAlreadyStartedError:
            return

    async def running(self, batch_ids: Collection[str]) -> frozenset[str]:
        """Return all ids as running: if a baseline loses a batch, the measurement fails."""
        return frozenset(batch_ids)


class InlineStarter:
    """Baseline (b): adjudicates in the consumer itself, with the product's core and SQL and no Temporal."""

    def __init__(self, publication: PublicationActivities) -> None:
        """Use the last step, which runs a batch through all the others."""
        self._publication = publication

    async def start(self, batch: Batch) -> None:
        """Adjudicate and commit."""
        await self._publication.publish(ClaimBatch(batch.batch_id, list(batch.claim_ids)))

    async def running(self, _batch_ids: Collection[str]) -> frozenset[str]:
        """Return none: each batch is finished when its start returns."""
        return frozenset()


async def per_claim_worker(settings: Settings, running: Running) -> None:
    """Run the per-claim workflow and its regular activities."""
    async with _worker(settings, await wiring.temporal(settings), per_claim.PerClaimBaseline):
        running.ready.set()
        await running.stop.wait()


async def per_claim_intake(settings: Settings, running: Running) -> None:
    """Take claims from Kafka and start a workflow for each."""
    starter = PerClaimStarter(await wiring.temporal(settings), per_claim.NAME)
    await take_claims(settings, running, starter, batch_size=1)


async def local_per_claim(settings: Settings, running: Running) -> None:
    """Take claims from Kafka and run a workflow for each in this process, which an eager start needs."""
    client = await wiring.temporal(settings)
    async with _worker(settings, client, per_claim.LocalPerClaimBaseline):
        starter = PerClaimStarter(client, per_claim.LOCAL_NAME, eager=True)
        await take_claims(settings, running, starter, batch_size=1)


def _worker(settings: Settings, client: Client, workflow: type) -> Worker:
    engine = wiring.database(settings, DatabaseRole.WORKER)
    return Worker(
        client,
        task_queue=per_claim.QUEUE,
        workflows=[workflow],
        activities=adjudication_activities(postgres_ports(engine), load_reference(settings.policies_dir), wiring.now),
        workflow_runner=sandbox_runner(),
        activity_executor=ThreadPoolExecutor(4),
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(20),
        activity_task_poller_behavior=PollerBehaviorSimpleMaximum(20),
    )


async def plain_consumer(settings: Settings, running: Running) -> None:
    """Take claims from Kafka and adjudicate them at once."""
    publication = publication_step(wiring.database(settings, DatabaseRole.WORKER), settings)
    await take_claims(settings, running, InlineStarter(publication), batch_size=settings.batch_size)


def publication_step(engine: AsyncEngine, settings: Settings) -> PublicationActivities:
    """The product's last step, wired to its real stores; it runs a batch through all the others."""
    activities = adjudication_activities(postgres_ports(engine), load_reference(settings.policies_dir), wiring.now)
    step: PublicationActivities = activities[STEP_ORDER.index(PUBLISH)].__self__  # type: ignore[attr-defined]
    return step


async def take_claims(settings: Settings, running: Running, starter: BatchStarter, batch_size: int) -> None:
    """Run intake with a starter of a baseline; a batch of one claim is a workflow of one claim."""
    engine = wiring.database(settings, DatabaseRole.INTAKE)
    options = IntakeOptions(
        kafka=wiring.kafka(settings),
        batches=BatchLimits(claims=batch_size),
        batches_per_poll=64 if batch_size == 1 else 4,
        max_batches_in_flight=256 if batch_size == 1 else settings.max_batches_in_flight,
    )
    office = PostgresOutbox(engine, role_dsn(settings, DatabaseRole.INTAKE))
    await Intake(options, PostgresLedger(engine), starter, office).run(running.stop, running.ready)


SERVICES = {
    "per-claim-worker": per_claim_worker,
    "per-claim-intake": per_claim_intake,
    "local-per-claim": local_per_claim,
    "plain-consumer": plain_consumer,
    "second-plain-consumer": plain_consumer,
}

if __name__ == "__main__":
    leave(run_service(sys.argv[1], SERVICES[sys.argv[1]], Settings()))
