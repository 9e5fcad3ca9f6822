"""CampaignWorkflow: sets the pace of one campaign. It knows its id only; claims, approvals and progress are in the store.

Each step judges or corrects a few claims and returns the time of the next step, so that live claims run in between. While people
read the impact, or after they paused the campaign, it sleeps; the signal `changed` wakes it.
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
    CampaignInput,
)

# workflows.paced issues commands, so it is not passed through the sandbox: Temporal checks it for determinism.
with workflow.unsafe.sandbox_import_notification_policy(
    workflow.SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
):
    from workflows.paced import Wake, run_steps

_LONGEST_SLEEP: Final = timedelta(hours=24)
"""Read the store at least daily, because a signal may be lost with the process that sends it."""


@workflow.defn(name=CAMPAIGN, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class CampaignWorkflow:
    """Carry out one campaign."""

    @workflow.init
    def __init__(self, campaign: CampaignInput) -> None:
        """Take the id only: every run reads the progress from the store."""
        self._campaign = campaign
        self._wake = Wake()

    @workflow.run
    async def run(self, _campaign: CampaignInput) -> None:
        """Run until every claim was corrected or left to people, or the campaign was canceled."""
        await run_steps(CampaignActivities.campaign_step, self._campaign, self._wake, _LONGEST_SLEEP)

    @workflow.signal(name=CAMPAIGN_CHANGED_SIGNAL)
    def changed(self) -> None:
        """Run the next step at once: two people approved, or a person paused, resumed or canceled the campaign."""
        self._wake.changed = True
