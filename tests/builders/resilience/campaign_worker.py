"""The product's worker with its child processes that judge, by policy data with another rate; it can be killed.

Run as `python -m tests.builders.resilience.campaign_worker ADDRESS DSN`; writes "ready".
"""

from __future__ import annotations

import asyncio
import os
import sys

from temporalio.client import Client

from rulebook.library import load_reference
from runtime.processes.child_processes import ChildProcesses, packed
from runtime.processes.judging import CAMPAIGNS, judge_in
from runtime.processes.worker import create_worker
from runtime.settings import Settings
from storage.engine import create_engine
from tests.builders.ledger.campaigns import priced

CORRECTED = "450.00"


async def main(address: str, dsn: str) -> None:
    os.environ["CLAIMWRIGHT_POSTGRES_DSN"] = dsn  # the child processes connect by themselves
    settings, engine = Settings(), create_engine(dsn, pool_size=6)
    reference = priced(load_reference(settings.policies_dir), CORRECTED)
    judge = judge_in(ChildProcesses(CAMPAIGNS, settings, packed(reference), settings.worker_judging_processes))
    async with create_worker(await Client.connect(address), engine, reference, settings, judge):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
