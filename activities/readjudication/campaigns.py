"""One step of a campaign: judge a page of decided claims as a dry run, or correct the next claims that two people approved.

A correction follows the rules of a single reopening: approvers, time limits, legal grounds, one transaction. If the result is no
longer the approved one, the reopening stays open for a person; so does a recovery of money, unless the campaign includes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final, Protocol

from temporalio import activity

from activities.errors import hide_error_details
from activities.readjudication.preparing import prepare
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from adjudication.people import Refusal, StaffMember, forbidden, in_each_role
from adjudication.readjudication.campaigns import CampaignStage, Kind
from adjudication.readjudication.judgment import Given, approval_refusal
from adjudication.readjudication.proposal import Result
from adjudication.readjudication.rules import Ground
from contracts.records.campaigns import Campaign, CampaignItem, JudgedPage, Page
from contracts.records.readjudications import Agreed, CampaignJudge, Prepared
from contracts.time_source import TimeSource
from contracts.workflow_messages.campaigns import CAMPAIGN_STEP, CampaignInput, CampaignStepDone

_PAGE: Final = 1024
"""Claims judged between two writes, shared by the judging processes; after a worker's death they are judged again."""
_LIVE_PAGE: Final = 256
_LIVE_SHARE: Final = 0.1
"""The share of time spent on a campaign while live claims arrive and the processors are busy."""
_CALM_SHARE: Final = 0.25
"""The share of time while live claims arrive and processors are idle: 100,000 claims then still take less than five minutes."""
_CALM: Final = 0.5
"""The share of its time in which a judging process has a processor; below it, the processors are busy with other work."""
_STEP_SECONDS: Final = 4.0
"""The maximum duration of one step while nothing else needs the worker."""
_SOON: Final = 0.1
"""Seconds to the next step: a timer ends the workflow task, which would otherwise continue and occupy one of the worker's slots."""
_TICK: Final = 2.0
_GONE: Final = forbidden("unknown-person", "one of the people who approved is not on the list of active staff any more")

JudgePage = Callable[[Campaign, Page], Awaitable[JudgedPage]]
"""Judge a page of claims, in other processes; see activities/readjudication/judging.py."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """The page in work. `position`: the campaign's position when the page began; `live`: live claims arrived at that time."""

    position: int
    page: Page
    judged: asyncio.Future[JudgedPage]
    live: bool


class CampaignStore(Protocol):
    """Reads and writes the progress of campaigns."""

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """Return a campaign as it is now; None when there is none."""
        ...

    async def page(self, campaign: Campaign, size: int) -> Page:
        """Return the next claims to judge with their places; the first call counts all of them."""
        ...

    async def live(self) -> bool:
        """Say whether live claims need the worker now."""
        ...

    async def keep(self, campaign: Campaign, page: Page, judged: JudgedPage) -> None:
        """Store the results of a page of claims; a page that another try stored already is dropped."""
        ...

    async def judged(self, campaign: Campaign, at: datetime) -> None:
        """Record that every claim of the campaign is judged."""
        ...

    async def abandon(self, campaign: Campaign, at: datetime) -> None:
        """Cancel a campaign because the policy data changed while it was judged."""
        ...

    async def next(self, campaign: Campaign, size: int) -> Sequence[CampaignItem]:
        """Return the next claims to correct, as they are now."""
        ...

    async def correct(self, item: CampaignItem, prepared: Prepared | None, judge: CampaignJudge, at: datetime) -> None:
        """Correct one claim or leave it to people, in one transaction; do nothing if the campaign was paused or canceled."""
        ...

    async def finish(self, campaign: Campaign, at: datetime) -> None:
        """End a campaign whose claims are all done."""
        ...


class CampaignActivities:
    """The activity of campaigns."""

    def __init__(
        self, store: CampaignStore, judge: JudgePage, shadows: Shadows, reference: ReferenceData, clock: TimeSource
    ) -> None:
        """Take the ports; `shadows` adjudicates the few claims that one step corrects."""
        self._store, self._judge_page, self._shadows = store, judge, shadows
        self._reference, self._clock = reference, clock
        self._under_way: dict[str, _UnderWay] = {}

    @activity.defn(name=CAMPAIGN_STEP)
    async def campaign_step(self, hold: CampaignInput) -> CampaignStepDone:
        """Judge or correct the next claims; return when to come back."""
        with hide_error_details(CAMPAIGN_STEP):
            campaign = await self._store.campaign(hold.campaign_id)
            if campaign is not None and campaign.stage is CampaignStage.JUDGING:
                return await self._judge(campaign)
            self._under_way.pop(hold.campaign_id, None)
            if campaign is None or campaign.stage in (CampaignStage.FINISHED, CampaignStage.CANCELLED):
                return CampaignStepDone(over=True)
            if campaign.stage is CampaignStage.RUNNING:
                return await self._correct(campaign)
            return CampaignStepDone(over=campaign.kind is Kind.DRAFT)

    async def _judge(self, campaign: Campaign) -> CampaignStepDone:
        """Judge pages until live claims arrive or the step reaches its maximum duration; each page is stored separately.

        A page that takes longer than the step continues, and a later step stores it: busy processors delay a campaign, but
        no step exceeds its time limit.
        """
        begun, draft = monotonic(), campaign.kind is Kind.DRAFT
        if not draft and campaign.policy_bundle not in (None, self._reference.content_hash):
            return await self._abandon(campaign)
        while True:
            under_way = await self._page(campaign)
            if under_way is None:
                await self._store.judged(campaign, self._clock())
                return CampaignStepDone(over=draft)
            left = max(0.0, _STEP_SECONDS - (monotonic() - begun))
            await asyncio.wait({under_way.judged}, timeout=left)
            if not under_way.judged.done():
                return CampaignStepDone(again_in=_SOON)
            self._under_way.pop(campaign.campaign_id, None)
            judged = under_way.judged.result()
            if campaign.policy_bundle not in (None, judged.bundle):
                return await self._abandon(campaign)
            await self._store.keep(campaign, under_way.page, judged)
            if under_way.live and len(under_way.page) == _LIVE_PAGE:
                return CampaignStepDone(again_in=max(_SOON, pause_after(judged)))
            now = await self._store.campaign(campaign.campaign_id)
            if now is None or now.stage is not CampaignStage.JUDGING or monotonic() - begun >= _STEP_SECONDS:
                return CampaignStepDone(again_in=_SOON)
            campaign = now

    async def _abandon(self, campaign: Campaign) -> CampaignStepDone:
        await self._store.abandon(campaign, self._clock())
        return CampaignStepDone(over=True)

    async def _page(self, campaign: Campaign) -> _UnderWay | None:
        """Return the page that is judged now, or begin the next one; None when every claim was judged."""
        known = self._under_way.get(campaign.campaign_id)
        if known is not None and known.position == campaign.position:
            return known
        live = await self._store.live()
        page = await self._store.page(campaign, _LIVE_PAGE if live else _PAGE)
        if not page:
            return None
        task = asyncio.ensure_future(self._judge_page(campaign, page))
        self._under_way[campaign.campaign_id] = under_way = _UnderWay(campaign.position, page, task, live)
        return under_way

    async def _correct(self, campaign: Campaign) -> CampaignStepDone:
        items = await self._store.next(campaign, max(1, int(campaign.per_second * _TICK)))
        if not items:
            await self._store.finish(campaign, self._clock())
            return CampaignStepDone(again_in=_SOON)
        for item in items:
            now = self._clock()
            prepared = await prepare(item.file, self._shadows, self._reference, now)
            await self._store.correct(item, prepared, partial(agreed, item, prepared, now), now)
        return CampaignStepDone(again_in=_TICK)


def pause_after(judged: JudgedPage) -> float:
    """Return the seconds that a campaign leaves to live claims after a page."""
    share = _CALM_SHARE if judged.busy >= _CALM else _LIVE_SHARE
    return judged.seconds * (1 - share) / share


def agreed(
    item: CampaignItem, prepared: Prepared | None, now: datetime, people: Sequence[StaffMember | None]
) -> tuple[Agreed, ...] | Refusal:
    """Say whether the people who approved a campaign may approve the correction of this claim, by the rules of its plans."""
    if prepared is None or prepared.proposal.result is not Result.CORRECTS:
        return Refusal("nothing-to-approve", "nothing is left to correct")
    if prepared.proposal.adverse and not item.campaign.takes_back:
        return Refusal("takes-back", "money is taken back, or a member made liable: two people decide on this claim")
    given: tuple[Given, ...] = ()
    for person, approval in zip(people, item.approvals, strict=True):
        if person is None:
            return _GONE
        if person.conflicts & prepared.case.before.claim.npis:
            return forbidden("conflict-of-interest", "one who approved has an interest in a provider of this claim")
        role = _role(person, approval.ground, prepared, given, now)
        if isinstance(role, Refusal):
            return role
        given = (*given, Given(person.person_id, role, approval.ground))
    return tuple(Agreed(each.role) for each in given)


def _role(
    person: StaffMember, ground: Ground, prepared: Prepared, given: Sequence[Given], now: datetime
) -> str | Refusal:
    refusal: Refusal = _GONE
    for role, alone in in_each_role(person):
        found = approval_refusal(prepared.case, prepared.proposal, prepared.terms, (alone, ground), given, now)
        if found is None:
            return role.value
        refusal = found
    return refusal
