"""The requests that start and approve a campaign, sent by the API, the form and the command line."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from adjudication.readjudication.campaigns import MOST_PER_SECOND, CampaignSelection, Kind
from adjudication.readjudication.rules import Ground
from contracts.actions.bulk_retries import Code, Name
from contracts.actions.corrections import Words
from contracts.scalars import Day, Whole, ascii_text


class StartCampaignV1(BaseModel):
    """The decided claims to judge again, and why. A draft compares two versions of a policy, and corrects nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[Kind, Field(strict=False)]
    why: Words
    codes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=200)]
    plans: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    served_from: Day | None = None
    served_to: Day | None = None
    policy: Name | None = None
    old: Name | None = None
    new: Name | None = None
    per_second: Annotated[Whole, Field(ge=1, le=MOST_PER_SECOND)] = 5
    takes_back: bool = False

    def selection(self) -> CampaignSelection:
        """Return it as the core knows it."""
        versions = (self.policy or "", self.old or "", self.new or "")
        return CampaignSelection(
            tuple(sorted(set(self.codes))), tuple(sorted(set(self.plans))), self.served_from, self.served_to, *versions
        )


class ApproveCampaignV1(BaseModel):
    """Approve the impact with this digest, as it was shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    impact: Annotated[str, ascii_text(r"^[0-9a-f]{64}$", 64, 64)]
    ground: Annotated[Ground, Field(strict=False)] = Ground.ORDINARY
    rationale: Words
