"""The worker process: runs the workflows and their activities on real stores."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker, WorkerDeploymentConfig

from activities.readjudication.campaigns import JudgePage
from activities.registry import (
    adjudication_activities,
    appeal_activities,
    campaign_activities,
    large_activities,
    opening_activities,
    readjudication_activities,
    release_activities,
)
from adjudication.model.reference import ReferenceData
from contracts.workflow_messages.claims import large_queue
from runtime.clients.worker_versions import build_id
from runtime.processes.child_processes import ChildProcesses
from runtime.processes.large_claims import adjudicate_in
from runtime.processes.ports import postgres_ports, shadow_ports
from runtime.settings import Settings
from runtime.wiring import now
from storage.appeals.actions import AppealActionStore
from storage.bulk_retries.steps import BulkRetrySteps
from storage.decisions.commit import PostgresDecisions
from storage.readjudication.campaign_steps import CampaignSteps
from storage.readjudication.store import Readjudications
from streams.temporal import TemporalResumer
from workflows.registry import WORKFLOWS
from workflows.sandbox import sandbox_runner


def deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return the version of this worker; None where workers have no versions.

    Batches stay with the version that began them; reviews, appeals and bulk retries continue with the current one, as their
    workflows say.
    """
    if settings.temporal_deployment is None:
        return None
    return WorkerDeploymentConfig(
        WorkerDeploymentVersion(settings.temporal_deployment, build_id(settings)), use_worker_versioning=True
    )


def _grace(settings: Settings) -> timedelta:
    """Return the time that running activities may take to end, within that of the process; two workers end one after the other."""
    return timedelta(seconds=settings.grace_seconds * 0.4)


def create_large_worker(client: Client, children: ChildProcesses, settings: Settings) -> Worker:
    """Build the worker of large claims. It takes few at a time, and has child processes adjudicate them."""
    return Worker(
        client,
        task_queue=large_queue(settings.temporal_task_queue),
        activities=large_activities(adjudicate_in(children)),
        deployment_config=deployment(settings),
        max_concurrent_activities=settings.worker_large_claims,
        graceful_shutdown_timeout=_grace(settings),
    )


def create_worker(
    client: Client,
    engine: AsyncEngine,
    reference: ReferenceData,
    settings: Settings,
    judge: JudgePage,
    **options: Any,
) -> Worker:
    """Build the worker. `judge`: judges the claims of campaigns. A fixed number of slots: on few cores, more concurrent batches only delay each other."""
    return Worker(
        client,
        task_queue=settings.temporal_task_queue,
        workflows=list(WORKFLOWS),
        activities=[
            *adjudication_activities(postgres_ports(engine), reference, now),
            *opening_activities(TemporalResumer(client), PostgresDecisions(engine), now),
            *appeal_activities(AppealActionStore(engine, reference), reference),
            *release_activities(BulkRetrySteps(engine), TemporalResumer(client), now),
            *readjudication_activities(Readjudications(engine, reference), shadow_ports(engine), reference, now),
            *campaign_activities(CampaignSteps(engine, reference), judge, shadow_ports(engine), reference, now),
        ],
        workflow_runner=sandbox_runner(versioned=settings.temporal_deployment is not None),
        deployment_config=deployment(settings),
        max_concurrent_workflow_tasks=settings.worker_slots,
        max_concurrent_local_activities=settings.worker_slots,
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(settings.worker_pollers),
        # A batch has one workflow task, so almost none is sticky. With the default (0.2) only two pollers serve
        # the queue's partitions in turn, and a task may wait seconds in one that no worker polls.
        nonsticky_to_sticky_poll_ratio=0.8,
        graceful_shutdown_timeout=_grace(settings),
        **options,
    )
