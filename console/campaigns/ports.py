"""The dependencies of the screens of campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from storage.readjudication.campaigns import Campaigns


class CampaignRunner(Protocol):
    """Starts the workflow that carries out a campaign."""

    async def run(self, campaign_id: str) -> None:
        """Start the workflow, or signal a running one to read its campaign again; raises UnansweredError."""


@dataclass(frozen=True, slots=True)
class CampaignDependencies:
    """The store of campaigns, and the starter of their workflows."""

    store: Campaigns
    runner: CampaignRunner
