"""CampaignWorkflow: sets the pace of one campaign. It knows its id only; claims, approvals and progress are in the store.

Each step judges or corrects a few claims and says when to come back, so that live claims have their turn in between. While people
read the impact, or paused it, it sleeps; the signal `changed` makes it look at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import VersioningBehavior

from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from activities.readjudication.campaigns import CampaignActivities
from contracts.workflow_messages.campaigns import (
    CAMPAIGN,
    CAMPAIGN_CHANGED_SIGNAL,
    CampaignStepDone,
    HoldCampaign,
)

_DAILY: Final = timedelta(hours=24)
"""A signal may be lost with the process that sends it; the store has the truth."""


@workflow.defn(name=CAMPAIGN, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class CampaignWorkflow:
    """Carry out one campaign."""

    @workflow.init
    def __init__(self, campaign: HoldCampaign) -> None:
        """Begin by looking: a start, a restart and a new run are the same."""
        self._campaign = campaign
        self._changed = False

    @workflow.run
    async def run(self, _campaign: HoldCampaign) -> None:
        """End when every claim was corrected or left to people, or the campaign was canceled."""
        while True:
            self._changed = False
            done = await self._step()
            if done.over:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._campaign)
            await self._wait(done)

    @workflow.signal(name=CAMPAIGN_CHANGED_SIGNAL)
    def changed(self) -> None:
        """Look at once: two people approved, or a person paused, continued or canceled the campaign."""
        self._changed = True

    async def _step(self) -> CampaignStepDone:
        return await workflow.execute_local_activity_method(
            CampaignActivities.campaign_step,
            self._campaign,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )

    async def _wait(self, done: CampaignStepDone) -> None:
        timeout = _DAILY if done.again_in is None else timedelta(seconds=done.again_in)
        try:
            await workflow.wait_condition(lambda: self._changed, timeout=timeout)
        except TimeoutError:
            return
