"""Large claims are adjudicated in child processes of the worker, so that they never share its interpreter with ordinary ones.

A child returns ids, counts and error classes only; its results are in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from activities import metrics
from activities.adjudication.large import Adjudicate
from activities.errors import StepUnavailableError, hide_error_details
from activities.registry import every_step
from contracts.workflow_messages.claims import ADJUDICATE_LARGE, ClaimBatch, PublishSummary
from runtime.processes.child_processes import ChildContext, ChildProcesses
from runtime.processes.ports import postgres_ports
from runtime.wiring import now

LARGE_CLAIMS: Final = "large claims"
"""The name of this work in logs and metrics."""


@dataclass(frozen=True, slots=True)
class _Done:
    summary: PublishSummary
    committed: tuple[metrics.Committed, ...]


@dataclass(frozen=True, slots=True)
class _Failed:
    names: tuple[str, str, str]


def adjudicate_in(children: ChildProcesses) -> Adjudicate:
    """Return the function that adjudicates a large claim in a child process, and counts here what it committed."""

    async def adjudicate(batch: ClaimBatch) -> PublishSummary:
        found = await children.run(_adjudicate, batch)
        if isinstance(found, _Failed):
            raise StepUnavailableError(*found.names)
        metrics.count(found.committed)
        return found.summary

    return adjudicate


async def _adjudicate(context: ChildContext, batch: ClaimBatch) -> _Done | _Failed:
    committed: list[metrics.Committed] = []
    try:
        with hide_error_details(ADJUDICATE_LARGE):
            run = every_step(postgres_ports(context.engine), context.reference, now, committed.extend)
        return _Done(await run(batch), tuple(committed))
    except StepUnavailableError as error:
        return _Failed(error.names)
