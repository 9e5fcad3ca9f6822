"""The workflows of a claim as Temporal reports them: run, state and link to Temporal's pages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from console.claims.ports import WorkflowRun

MAX_WAIT: Final = timedelta(seconds=2)


class ClaimWorkflows:
    """Reads workflows from Temporal. If Temporal does not answer, the page shows that and does not fail."""

    def __init__(self, client: Client, ui: str | None) -> None:
        """Use a client, and the address of Temporal's own pages where there is one."""
        self._client, self._ui = client, None if ui is None else ui.rstrip("/")

    async def runs(self, named: Sequence[tuple[str, str]]) -> tuple[WorkflowRun, ...]:
        """Return the newest run of each named workflow."""
        return tuple(await asyncio.gather(*(self._run(what, workflow_id) for what, workflow_id in named)))

    async def _run(self, what: str, workflow_id: str) -> WorkflowRun:
        try:
            found = await self._client.get_workflow_handle(workflow_id).describe(rpc_timeout=MAX_WAIT)
        except RPCError as error:
            none = error.status is RPCStatusCode.NOT_FOUND
            return WorkflowRun(
                what, workflow_id, None, "none, or no longer kept" if none else "Temporal did not answer"
            )
        return WorkflowRun(
            what,
            workflow_id,
            found.run_id,
            _state(found),
            found.start_time,
            found.close_time,
            self._link(workflow_id, found.run_id),
        )

    def _link(self, workflow_id: str, run_id: str) -> str | None:
        if self._ui is None:
            return None
        namespace = quote(self._client.namespace, safe="")
        return f"{self._ui}/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}/{quote(run_id, safe='')}"


def _state(found: WorkflowExecutionDescription) -> str:
    return "unknown" if found.status is None else found.status.name.lower().replace("_", " ")
