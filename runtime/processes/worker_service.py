"""The worker as a process: runs workflows and activities, and periodically retries claims that new policy data release."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ReleaseEvent
from console.ports import UnansweredError
from contracts.workflow_messages.claims import POLICY_RELEASED
from rulebook.library import load_reference
from runtime import wiring
from runtime.console.bulk_retry_runner import TemporalBulkRetries, release_limits
from runtime.policy_releases import unrecorded
from runtime.processes.changed_data import start_campaigns_of_changes
from runtime.processes.child_processes import ChildProcesses, packed
from runtime.processes.judging import CAMPAIGNS, NICENESS, judge_in
from runtime.processes.large_claims import LARGE_CLAIMS
from runtime.processes.lifecycle import Running
from runtime.processes.other_policies import keep_policies
from runtime.processes.reopen_held_appeals import take_up_appeals
from runtime.processes.take_up_reopenings import ReopeningStarter
from runtime.processes.worker import create_large_worker, create_worker
from runtime.settings import Settings
from storage.appeals.resumption import PostgresAppealResumption
from storage.bulk_retries.proposals import BulkRetries
from storage.decisions.outdated import waiting_for_data
from storage.privileges.roles import DatabaseRole
from storage.readjudication.take_up import ReadjudicationTakeUp
from storage.review.overdue_policies import raise_overdue_reviews
from streams.temporal import TemporalAppeals, TemporalResumer

log = structlog.get_logger(__name__)
_DATA_EVERY_SECONDS: Final = 6 * 3600.0
_APPEALS_EVERY_SECONDS: Final = 300.0
"""An appeal may wait for a determination, which can come at any time, while its deadlines run."""


async def worker(settings: Settings, running: Running) -> None:
    """Run workflows and activities."""
    reference = load_reference(settings.policies_dir)
    engine = wiring.database(settings, DatabaseRole.WORKER)
    client = await wiring.temporal(settings)
    policies = packed(reference)
    large = ChildProcesses(LARGE_CLAIMS, settings, policies, settings.worker_large_claims)
    judging = ChildProcesses(CAMPAIGNS, settings, policies, settings.worker_judging_processes, niceness=NICENESS)
    async with (
        create_worker(client, engine, reference, settings, judge_in(judging)),
        create_large_worker(client, large, settings),
    ):
        running.ready.set()
        starter = ReopeningStarter(client, ReadjudicationTakeUp(engine), wiring.now)
        reopenings = asyncio.create_task(starter.run(running.stop))
        next_look_at_data = time.monotonic()
        while not running.stop.is_set():
            if time.monotonic() >= next_look_at_data:
                await _keep_policies(settings, engine, reference)
                await _start_campaigns(settings, engine, reference)
                await _report_overdue_reviews(engine, reference)
                await _report_unrecorded_releases(engine, reference)
                await _release_by_data(engine, reference, TemporalResumer(client))
                await _carry_on_releases(settings, engine, client)
                next_look_at_data += _DATA_EVERY_SECONDS
            await take_up_appeals(PostgresAppealResumption(engine, reference), TemporalAppeals(client), wiring.now)
            with suppress(TimeoutError):
                await asyncio.wait_for(running.stop.wait(), _APPEALS_EVERY_SECONDS)
        await reopenings
    large.end()
    judging.end()
    await engine.dispose()


async def _keep_policies(settings: Settings, engine: AsyncEngine, reference: ReferenceData) -> None:
    """Keep the policy data for campaigns; without them, a campaign cannot attribute a difference to a change."""
    try:
        await keep_policies(engine, settings.policies_dir, reference)
    except (SQLAlchemyError, OSError) as error:
        log.warning("the policy data were not kept; the next round tries again", error=type(error).__name__)


async def _start_campaigns(settings: Settings, engine: AsyncEngine, reference: ReferenceData) -> None:
    """Start the campaigns of changed policy data; the reconciler starts their workflows."""
    try:
        await start_campaigns_of_changes(engine, settings.policies_dir, reference, wiring.now)
    except (SQLAlchemyError, OSError) as error:
        log.warning("policy data were not compared; the next round tries again", error=type(error).__name__)


async def _report_overdue_reviews(engine: AsyncEngine, reference: ReferenceData) -> None:
    """Raise tasks for overdue policies; a database error does not stop the worker, and the next round retries."""
    versions = [version for policy in reference.catalog.policies.values() for version in policy.versions]
    try:
        raised = await raise_overdue_reviews(engine, versions, wiring.now())
    except (SQLAlchemyError, OSError) as error:
        log.warning("overdue policy reviews could not be raised", error=type(error).__name__)
    else:
        log.info("overdue policy reviews raised", count=raised)


async def _report_unrecorded_releases(engine: AsyncEngine, reference: ReferenceData) -> None:
    """Log each policy version that decides claims without a release in the ledger; `doctor` and `verify` report it too."""
    try:
        found = await unrecorded(engine, reference.catalog)
    except (SQLAlchemyError, OSError) as error:
        log.warning("policy releases could not be read", error=type(error).__name__)
        return
    for each in found:
        log.warning("a policy decides claims without a recorded release", policy=each.policy, version=each.version)


async def _release_by_data(engine: AsyncEngine, reference: ReferenceData, resumer: TemporalResumer) -> None:
    """Retry claims that are pended for a policy, a table or a rate, under newly loaded data."""
    try:
        codes = reference.pends_released_by(ReleaseEvent.POLICY_RELEASED)
        waiting = await waiting_for_data(engine, reference.content_hash, codes)
        await resumer.resume_waiting(waiting, POLICY_RELEASED)
    except (SQLAlchemyError, OSError, RPCError) as error:
        log.warning("claims that pend for policy data were not woken", error=type(error).__name__)
    else:
        log.info("claims that pend for policy data woken", count=len(waiting))


async def _carry_on_releases(settings: Settings, engine: AsyncEngine, client: Client) -> None:
    """Start approved bulk retries that no process has started; if another worker was first, do nothing."""
    try:
        running = await BulkRetries(engine, release_limits(settings)).running()
        for release_id in running:
            await TemporalBulkRetries(client).run(release_id)
    except (SQLAlchemyError, OSError, UnansweredError) as error:
        log.warning("bulk retries were not started", error=type(error).__name__)
