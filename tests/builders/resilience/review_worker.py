"""A worker that can be killed. With `stuck`, it dies where a crash hurts most: an action is committed, no person heard of it.

Run as `python -m tests.builders.resilience.review_worker ADDRESS DSN [stuck]`; writes "ready", and "committed" for each such action.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import datetime

from temporalio.client import Client
from temporalio.worker import Worker

from activities.registry import adjudication_activities, opening_activities
from contracts.records.decisions import Judge
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE, ReviewAct, ReviewAnswer
from rulebook.library import default_policies_dir, load_reference
from runtime.processes.ports import postgres_ports
from runtime.wiring import now
from storage.decisions.commit import PostgresDecisions
from storage.engine import create_engine
from storage.review.actions import ReviewActionStore
from streams.temporal import TemporalResumer
from workflows.registry import WORKFLOWS
from workflows.sandbox import sandbox_runner


class NeverAnswering(ReviewActionStore):
    """Commits what changes the claim and notifies no person."""

    async def record_action(self, act: ReviewAct, judge: Judge, now: datetime) -> ReviewAnswer:
        answer = await super().record_action(act, judge, now)
        if answer.try_again:
            say("committed")
            await asyncio.Event().wait()
        return answer


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main(address: str, dsn: str, stuck: str = "") -> None:
    client, engine = await Client.connect(address), create_engine(dsn, pool_size=6)
    ports = postgres_ports(engine)
    if stuck:
        ports = replace(ports, reviews=NeverAnswering(engine))
    steps = adjudication_activities(ports, load_reference(default_policies_dir()), now)
    opening = opening_activities(TemporalResumer(client), PostgresDecisions(engine), now)
    worker = Worker(
        client,
        task_queue=ADJUDICATION_QUEUE,
        workflows=list(WORKFLOWS),
        activities=[*steps, *opening],
        workflow_runner=sandbox_runner(),
    )
    async with worker:
        say("ready")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
