"""A stand-in for the step of a campaign, under its production name: it follows a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import activity

from contracts.workflow_messages.campaigns import CAMPAIGN_STEP, CampaignInput, CampaignStepDone
from tests.builders.workflows.recording import StoreUnavailableError


class CampaignScript:
    """Answers each step with the next answer of the script, and repeats the last; the first `failures` calls fail."""

    def __init__(self, *steps: CampaignStepDone, failures: int = 0) -> None:
        self.steps = list(steps)
        self.failures = failures
        self.calls: list[str] = []

    def activities(self) -> list[Callable[..., Any]]:
        """What to register with a worker."""
        return [self.step]

    @activity.defn(name=CAMPAIGN_STEP)
    async def step(self, hold: CampaignInput) -> CampaignStepDone:
        self.calls.append(hold.campaign_id)
        if self.failures > 0:
            self.failures -= 1
            raise StoreUnavailableError(CAMPAIGN_STEP)
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
