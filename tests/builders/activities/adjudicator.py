"""Runs the six real activities over in-memory stores, as the workflow would, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.adjudication.working_set import WorkingSet
from activities.registry import adjudication_activities
from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from contracts.ids import batch_id
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch, PublishSummary, StepSummary
from tests.builders.activities.claims import RECEIVED
from tests.builders.activities.stores import InMemoryLedger


@dataclass
class Time:
    """A clock that stands where it is put."""

    now: datetime = RECEIVED

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Adjudicator:
    """The activities of one worker."""

    ledger: InMemoryLedger
    reference: ReferenceData
    clock: Time = field(default_factory=Time)
    capacity: int = 128
    working_set: WorkingSet = field(init=False)
    summaries: dict[str, StepSummary] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.working_set = WorkingSet(self.ledger, self.clock, self.capacity)

    def activities(self) -> list[Callable[..., Any]]:
        return adjudication_activities(self.ledger.ports(), self.reference, self.clock, self.working_set)

    def steps(self) -> list[Callable[..., Any]]:
        """The six steps alone, in order."""
        return self.activities()[: len(STEP_ORDER)]

    async def run(
        self, *claims: Claim | str, round_number: int = 0, restart_before: Iterable[str] = ()
    ) -> PublishSummary:
        """Run the steps in order; before each step in `restart_before` the worker forgets everything."""
        batch = batch_of(*claims, round_number=round_number)
        environment = ActivityEnvironment()
        restarts = frozenset(restart_before)
        summary: Any = None
        for step, run in zip(STEP_ORDER, self.steps(), strict=True):
            if step in restarts:
                self.working_set.clear()
            summary = await environment.run(run, batch)
            if isinstance(summary, StepSummary):
                self.summaries[step] = summary
        assert isinstance(summary, PublishSummary)
        return summary


def batch_of(*claims: Claim | str, round_number: int = 0) -> ClaimBatch:
    ids = [claim if isinstance(claim, str) else claim.claim_id for claim in claims]
    return ClaimBatch(batch_id(tuple(ids)), list(ids), round_number)  # type: ignore[arg-type]
