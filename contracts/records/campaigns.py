"""Values that pass between the storage of campaigns, the activities and the screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from adjudication.model.authorizations import Authorization
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.attribution import Source
from adjudication.readjudication.campaigns import CampaignApproval, CampaignSelection, CampaignStage, Kind
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.roster import RosteredProvider
from contracts.records.readjudications import ReadjudicationFile


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as the ledger keeps it. `total`: decided claims selected; `claims`: judged so far; `digest`: of the impact.

    `started_by`: None where changed policy data started it.
    """

    campaign_id: str
    kind: Kind
    why: str
    selection: CampaignSelection
    per_second: int
    takes_back: bool
    started_by: str | None
    started_at: datetime
    stage: CampaignStage
    policy_bundle: str | None
    total: int | None
    claims: int
    lines: int
    position: int
    digest: bytes | None
    judged_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """One claim with a different result. `digest`, `base_version`: of the proposal that would correct it."""

    claim_id: ClaimId
    place: int
    result: str
    impacts: tuple[Mapping[str, Any], ...]
    adds: Decimal = Decimal(0)
    takes: Decimal = Decimal(0)
    digest: bytes | None = None
    base_version: int | None = None


Page = Sequence[tuple[ClaimId, int]]
"""The next claims of a campaign, with their places in the order of receipt."""


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """The result of judging a page. `bundle`: hash of the policy data; `lines`: how many were compared; `claims`: those that differ.

    `seconds`: how long the judging took; `busy`: the share of them in which the process had a processor.
    """

    bundle: str
    lines: int
    claims: tuple[JudgedClaim, ...]
    seconds: float = 0.0
    busy: float = 1.0


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """When some lines of a claim were decided, and the hash of the policy data. `lines`: None for all lines that no other entry names."""

    bundle: str
    at: datetime
    lines: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class AsOf:
    """A query for the state of the feeds at an instant, for a claim's member and its providers (NPI)."""

    member_id: str
    npis: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedsThen:
    """Coverage, authorizations and roster at an earlier instant. `changed`: the feeds whose state differs now."""

    coverage: tuple[CoverageSpan, ...]
    authorizations: tuple[Authorization, ...]
    providers: Mapping[str, RosteredProvider]
    changed: frozenset[Source]


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """A claim that an approved campaign is to correct, as the file of the reopening that it raises."""

    campaign: Campaign
    digest: bytes
    file: ReadjudicationFile
    raised_at: datetime
    approvals: tuple[CampaignApproval, ...]


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign for screens: totals by plan, direction, reason and confidence; a sample; who approved; what was done.

    `providers`: totals by billing provider (NPI) and direction, the largest amounts first.
    """

    campaign: Campaign
    totals: tuple[Mapping[str, Any], ...]
    sample: tuple[Mapping[str, Any], ...]
    approvals: tuple[Mapping[str, Any], ...]
    done: Mapping[str, int]
    left: int
    providers: tuple[Mapping[str, Any], ...]
