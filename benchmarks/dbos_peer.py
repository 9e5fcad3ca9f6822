"""A peer without a server of workflows: DBOS keeps each step of a claim in PostgreSQL (`make bench-peers`).

It has the product's intake, core, SQL and publisher, and the same four steps as the baselines of benchmarks/per_claim.py. Its own tables are in
another schema of the ledger's database. `dbos-per-claim` runs one workflow per claim, `dbos` one per batch, as the product does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, Final

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import make_url

from activities.registry import adjudication_activities
from benchmarks.per_claim import ACTIVITIES
from benchmarks.services import take_claims
from contracts.claim_intake.registration import Batch
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch
from rulebook.library import load_reference
from runtime import wiring
from runtime.database_access import owner_dsn
from runtime.processes.lifecycle import Running, leave, run_service
from runtime.processes.ports import postgres_ports
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole

_steps: Final[dict[str, Callable[[ClaimBatch], Awaitable[Any]]]] = {}


async def _run_step(name: str, batch_id: str, claim_ids: list[str]) -> None:
    """Run one step; DBOS records that it ended."""
    await _steps[name](ClaimBatch(batch_id, claim_ids))


_recorded_step: Final[Callable[[str, str, list[str]], Awaitable[None]]] = DBOS.step(
    retries_allowed=True, max_attempts=10
)(_run_step)


async def _adjudicate(batch_id: str, claim_ids: list[str]) -> None:
    """Run the four steps in a row."""
    for name in ACTIVITIES:
        await _recorded_step(name, batch_id, claim_ids)


_WORKFLOW: Final[Any] = DBOS.workflow()(_adjudicate)


class DbosStarter:
    """Starts one workflow per batch; equal ids start it once."""

    async def start(self, batch: Batch) -> None:
        """Record the workflow and run it in this process."""
        with SetWorkflowID(batch.batch_id):
            await DBOS.start_workflow_async(_WORKFLOW, batch.batch_id, list(batch.claim_ids))

    async def running(self, batch_ids: Collection[str]) -> frozenset[str]:
        """Return all ids as running: if a baseline loses a batch, the measurement fails."""
        return frozenset(batch_ids)


async def run(settings: Settings, running: Running, *, batch_size: int) -> None:
    """Take claims from Kafka and run their workflows in this process."""
    engine = wiring.database(settings, DatabaseRole.WORKER)
    every = adjudication_activities(postgres_ports(engine), load_reference(settings.policies_dir), wiring.now)
    _steps.update({name: every[STEP_ORDER.index(name)] for name in ACTIVITIES})
    url = make_url(owner_dsn(settings)).set(drivername="postgresql")
    DBOS(
        config=DBOSConfig(
            name="claimwright-peer",
            system_database_url=url.render_as_string(hide_password=False),
            dbos_system_schema="dbos",
            log_level="WARNING",
        )
    )
    await asyncio.to_thread(DBOS.launch)
    try:
        await take_claims(settings, running, DbosStarter(), batch_size=batch_size or settings.batch_size)
    finally:
        await asyncio.to_thread(DBOS.destroy)


SERVICES: Final = {"dbos": partial(run, batch_size=0), "dbos-per-claim": partial(run, batch_size=1)}

if __name__ == "__main__":
    leave(run_service(sys.argv[1], SERVICES[sys.argv[1]], Settings()))
