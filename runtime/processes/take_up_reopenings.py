"""Starts the workflows of reopenings, and signals those whose claim was decided again since their proposal."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from contracts.ids import readjudication_workflow_id
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from contracts.workflow_messages.readjudication import READJUDICATE, READJUDICATE_SIGNAL, Readjudicate
from storage.readjudication.take_up import ReadjudicationTakeUp

EVERY_SECONDS: Final = 5.0
_AT_ONCE: Final = 50
_AGAIN_AFTER: Final = timedelta(minutes=5)
"""A workflow that was signaled and did not act yet is busy or retries; another signal would only fill its history."""

_MAX_WAIT: Final = timedelta(seconds=20)
log = structlog.get_logger(__name__)


class TemporalReopenings:
    """Starts the workflows of reopenings."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        self._client = client

    async def hold(self, readjudication_id: str, *, look: bool = False) -> None:
        """Start the workflow of a reopening if none runs; `look`: signal a running one to adjudicate again."""
        await self._client.start_workflow(
            READJUDICATE,
            Readjudicate(readjudication_id),
            id=readjudication_workflow_id(readjudication_id),
            task_queue=ADJUDICATION_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=READJUDICATE_SIGNAL if look else None,
            rpc_timeout=_MAX_WAIT,
        )


class ReopeningStarter:
    """Starts workflows at a bounded rate; every worker may run one, since a start of a running workflow starts nothing."""

    def __init__(self, client: Client, reopenings: ReadjudicationTakeUp, now: TimeSource) -> None:
        """Use a client and a store."""
        self._workflows, self._reopenings, self._now = TemporalReopenings(client), reopenings, now
        self._asked: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Start workflows every few seconds until asked to stop; errors of a server do not end the worker."""
        while not stop.is_set():
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - the next round tries again after any error
                log.warning("reopenings were not taken up", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def round(self) -> int:
        """Start or signal the reopenings that need adjudication; return how many."""
        now = self._now()
        self._asked = {key: at for key, at in self._asked.items() if now - at < _AGAIN_AFTER}
        found = await self._reopenings.take(_AT_ONCE + len(self._asked), now)
        new = [each for each in found if each.readjudication_id not in self._asked]
        for each in new:
            await self._workflows.hold(each.readjudication_id, look=each.stale)
            self._asked[each.readjudication_id] = now
        return len(new)
