"""Campaigns in Temporal: names, and messages that hold an opaque id and times only. Claims and people stay in the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CAMPAIGN: Final = "CampaignWorkflow"
CAMPAIGN_CHANGED_SIGNAL: Final = "changed"
CAMPAIGN_STEP: Final = "campaign_step"


@dataclass(frozen=True)
class CampaignInput:
    """Input of the workflow of one campaign."""

    campaign_id: str


@dataclass(frozen=True)
class CampaignStepDone:
    """The result of one step: call again after some seconds, wait for a person (None), or end."""

    again_in: float | None = None
    over: bool = False


def campaign_workflow_id(campaign_id: str) -> str:
    """Temporal id of the workflow of a campaign."""
    return f"campaign/{campaign_id}"
