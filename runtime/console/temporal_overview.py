"""Reads from Temporal which workers poll for our work, the backlog, and the open workflows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any, Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from console.dashboard.ports import OpenWorkflows, Orchestration, WorkerSeen
from contracts.workflow_messages.appeals import APPEAL
from contracts.workflow_messages.claims import ADJUDICATE_CLAIMS, ADJUDICATION_QUEUE, REVIEW_CLAIM

_POLLS: Final = {
    TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW: "workflows",
    TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY: "activities",
}
_WORKFLOWS: Final = (ADJUDICATE_CLAIMS, REVIEW_CLAIM, APPEAL)
_MAX_WAIT: Final = timedelta(seconds=10)


class TemporalOverview:
    """Asks the server; starts and changes nothing."""

    def __init__(self, client: Client, queue: str = ADJUDICATION_QUEUE) -> None:
        """Use a connected client, and the task queue of our workflows."""
        self._client, self._name = client, queue

    async def orchestration(self) -> Orchestration:
        """Return workers, backlog and open workflows; raises OSError when Temporal does not answer."""
        try:
            queues = [(polls, await self._queue(kind)) for kind, polls in _POLLS.items()]
            opened = [OpenWorkflows(name, await self._open(name)) for name in _WORKFLOWS]
        except RPCError as error:
            raise OSError(f"Temporal did not answer: {error.status.name}") from error
        stats = [queue.stats for _, queue in queues]
        return Orchestration(
            queue=self._name,
            workers=tuple(_workers(queues)),
            backlog=sum(each.approximate_backlog_count for each in stats),
            oldest=max(each.approximate_backlog_age.ToTimedelta() for each in stats),
            open=tuple(opened),
        )

    async def _queue(self, kind: TaskQueueType.ValueType) -> Any:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._name),
            task_queue_type=kind,
            report_stats=True,
        )
        return await self._client.workflow_service.describe_task_queue(request, timeout=_MAX_WAIT)

    async def _open(self, workflow: str) -> int:
        query = f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running'"
        return (await self._client.count_workflows(query, rpc_timeout=_MAX_WAIT)).count


def _workers(queues: Iterable[tuple[str, Any]]) -> Iterable[WorkerSeen]:
    """Yield one row per worker: it may poll for workflows, for activities or both."""
    seen: dict[str, WorkerSeen] = {}
    for polls, queue in queues:
        for poller in queue.pollers:
            options = poller.deployment_options
            version = f"{options.deployment_name}.{options.build_id}" if options.build_id else ""
            build = version or poller.worker_version_capabilities.build_id
            known = seen.get(poller.identity)
            at = poller.last_access_time.ToDatetime(UTC)
            seen[poller.identity] = WorkerSeen(
                poller.identity,
                build,
                f"{known.polls} and {polls}" if known else polls,
                max(known.last_seen_at, at) if known else at,
            )
    return seen.values()
