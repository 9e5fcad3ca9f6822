"""A stand-in for the step of a bulk release, under its production name: it follows a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import activity

from contracts.actions.bulk_retries import BULK_RETRY_STEP, BulkRetryInput, BulkRetryStepResult
from tests.builders.workflows.recording import StoreUnavailableError


class ReleaseScript:
    """Answers each step with the next of the script, the last for ever; fails as often as it is instructed to at first."""

    def __init__(self, *steps: BulkRetryStepResult, failures: int = 0) -> None:
        self.steps = list(steps)
        self.failures = failures
        self.calls: list[str] = []

    def activities(self) -> list[Callable[..., Any]]:
        """What to register with a worker."""
        return [self.step]

    @activity.defn(name=BULK_RETRY_STEP)
    async def step(self, hold: BulkRetryInput) -> BulkRetryStepResult:
        self.calls.append(hold.release_id)
        if self.failures > 0:
            self.failures -= 1
            raise StoreUnavailableError(BULK_RETRY_STEP)
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
