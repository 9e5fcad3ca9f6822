"""Lists the versions of our workers in Temporal, and makes one of them the version that gets new work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import RoutingConfigUpdateState, VersionDrainageStatus, WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.errors import StackError
from runtime.settings import Settings

_DRAINED: Final = VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED
_UNDER_WAY: Final = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS
_MAX_WAIT_SECONDS: Final = 60
_PREFIX: Final = "WORKER_DEPLOYMENT_VERSION_STATUS_"


@dataclass(frozen=True, slots=True)
class WorkerVersion:
    """One version: `state` as Temporal names it; `drained`: none of its batches is open, so that it may be stopped."""

    build_id: str
    state: str
    current: bool
    drained: bool


def build_id(settings: Settings) -> str:
    """Return the version that workers with these settings report."""
    return settings.temporal_build_id or version("claimwright")


def deployment_name(settings: Settings) -> str:
    """Return the deployment; raises StackError if workers have no versions."""
    if settings.temporal_deployment is None:
        raise StackError(
            "workers have no versions. Set CLAIMWRIGHT_TEMPORAL_DEPLOYMENT for workers and for this command."
        )
    return settings.temporal_deployment


async def worker_versions(client: Client, deployment: str) -> Sequence[WorkerVersion]:
    """Return the versions that Temporal knows, the newest first; none before the first worker has polled."""
    try:
        found = await _described(client, deployment)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ()
        raise
    current = found.routing_config.current_deployment_version.build_id
    seen = sorted(found.version_summaries, key=lambda each: each.create_time.ToDatetime(), reverse=True)
    return tuple(
        WorkerVersion(
            each.deployment_version.build_id,
            WorkerDeploymentVersionStatus.Name(each.status).removeprefix(_PREFIX).lower(),
            each.deployment_version.build_id == current,
            each.drainage_status == _DRAINED,
        )
        for each in seen
    )


async def promote(client: Client, deployment: str, build: str) -> None:
    """Send new batches, and the next steps of reviews and appeals, to this version; effective when this returns.

    Raises StackError while no worker of it polls, and when Temporal does not pass the change on to its task queues.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=build, identity="claimwright workers promote"
    )
    try:
        await client.workflow_service.set_worker_deployment_current_version(request)
    except RPCError as error:
        if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            raise
        raise StackError(
            f"{deployment} {build} is not current: {error.message}. Start a worker of this version, then try again."
        ) from None
    try:
        async with asyncio.timeout(_MAX_WAIT_SECONDS):
            while (await _described(client, deployment)).routing_config_update_state == _UNDER_WAY:  # noqa: ASYNC110 - the server works
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise StackError(
            f"{deployment} {build} is current, but after {_MAX_WAIT_SECONDS} s Temporal's task queues do not all know it. "
            "Look at the log of Temporal's matching service; batches may begin on the version before until then."
        ) from None


async def _described(client: Client, deployment: str) -> WorkerDeploymentInfo:
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment)
    return (await client.workflow_service.describe_worker_deployment(request)).worker_deployment_info
