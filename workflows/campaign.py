"""CampaignWorkflow: sets the pace of one campaign. It knows its id only; claims, approvals and progress are in the store.

Each step judges or corrects a few claims and says when to come back, so that live claims have their turn in between. While people
read the impact, or paused it, it sleeps; the signal `changed` makes it look at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import VersioningBehavior

from activities.readjudication.campaigns import CampaignActivities
from contracts.workflow_messages.campaigns import (
    CAMPAIGN,
    CAMPAIGN_CHANGED_SIGNAL,
    HoldCampaign,
)

# Reloaded into the sandbox on purpose, unlike everything above: it issues commands, so it is checked as well.
with workflow.unsafe.sandbox_import_notification_policy(
    workflow.SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
):
    from workflows.paced import Wake, run_steps

_DAILY: Final = timedelta(hours=24)
"""A signal may be lost with the process that sends it; the store has the truth."""


@workflow.defn(name=CAMPAIGN, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class CampaignWorkflow:
    """Carry out one campaign."""

    @workflow.init
    def __init__(self, campaign: HoldCampaign) -> None:
        """Begin by looking: a start, a restart and a new run are the same."""
        self._campaign = campaign
        self._wake = Wake()

    @workflow.run
    async def run(self, _campaign: HoldCampaign) -> None:
        """End when every claim was corrected or left to people, or the campaign was canceled."""
        await run_steps(CampaignActivities.campaign_step, self._campaign, self._wake, _DAILY)

    @workflow.signal(name=CAMPAIGN_CHANGED_SIGNAL)
    def changed(self) -> None:
        """Look at once: two people approved, or a person paused, continued or canceled the campaign."""
        self._wake.changed = True
