"""What the screens of campaigns use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from storage.readjudication.campaigns import Campaigns


class CampaignRunner(Protocol):
    """Starts the workflow that carries out a campaign."""

    async def run(self, campaign_id: str) -> None:
        """Start the workflow, or have a running one look at its campaign again; raises UnansweredError."""


@dataclass(frozen=True, slots=True)
class CampaignDependencies:
    """Where campaigns are kept, and what runs them."""

    store: Campaigns
    runner: CampaignRunner
