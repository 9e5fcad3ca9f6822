"""One step of a campaign: judge a page of decided claims in shadow, or correct the next ones that two people approved.

A correction is the one of a single reopening: the same shadow, the same rules of who approves, in time and on which ground, the
same transaction. Whatever is no longer as it was approved is left open to people; so is taking money back, unless the campaign says otherwise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final, Protocol

from temporalio import activity

from activities.errors import named_only
from activities.readjudication.impact import PolicyImpact
from activities.readjudication.preparing import prepare, prepared
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.people import Person, Refusal, forbidden, in_each_role
from adjudication.readjudication.campaigns import CampaignSelection, CampaignStage, Kind
from adjudication.readjudication.impact import LineImpact, proposal_impacts
from adjudication.readjudication.judgment import Given, approval_refusal
from adjudication.readjudication.proposal import Result, propose
from adjudication.readjudication.rules import Ground
from adjudication.review.claim_deadlines import CaseTimes
from contracts.event_builders.impacts import impact_row
from contracts.records.campaigns import Campaign, CampaignItem, JudgedClaim
from contracts.records.readjudications import Agreed, CampaignJudge, Prepared, ReadjudicationFile
from contracts.time_source import TimeSource
from contracts.workflow_messages.campaigns import CAMPAIGN_STEP, CampaignStepDone, HoldCampaign

_PAGE: Final = 128
"""Claims judged at once: as much work as one batch of live claims."""
_LIVE_PAGE: Final = 32
_LIVE_SHARE: Final = 0.1
"""The share of the worker's time that judging takes while live claims come in."""
_STEP_SECONDS: Final = 4.0
"""How long one step goes on where nothing else needs the worker."""
_TICK: Final = 2.0
_GONE: Final = forbidden("unknown-person", "one of the people who approved is not on the list of active staff any more")

Drafts = Callable[[CampaignSelection], Awaitable[tuple[str, PolicyImpact]]]
"""Load the versions that a campaign about a draft compares, with the hash of the policy data they are in."""


class CampaignStore(Protocol):
    """Reads and writes the progress of campaigns."""

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """Return a campaign as it is now; None when there is none."""
        ...

    async def page(self, campaign: Campaign, size: int, bundle: str) -> Sequence[tuple[ClaimId, int]]:
        """Return the next claims to judge with their places; the first call counts all of them and keeps the policy data's hash."""
        ...

    async def as_if_raised(self, campaign: Campaign, claim_ids: Sequence[ClaimId]) -> Sequence[ReadjudicationFile]:
        """Read claims as the files of the reopenings that the campaign would raise, without the times of interest."""
        ...

    async def times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        """Return the times from which interest on claims is computed."""
        ...

    async def live(self) -> bool:
        """Say whether live claims need the worker now."""
        ...

    async def keep(
        self, campaign: Campaign, page: Sequence[tuple[ClaimId, int]], lines: int, found: Sequence[JudgedClaim]
    ) -> None:
        """Store the results of a page of claims; a page that another try stored already is dropped."""
        ...

    async def judged(self, campaign: Campaign, at: datetime) -> None:
        """Close the judging."""
        ...

    async def abandon(self, campaign: Campaign, at: datetime) -> None:
        """Cancel a campaign because the policy data changed while it was judged."""
        ...

    async def next(self, campaign: Campaign, size: int) -> Sequence[CampaignItem]:
        """Return the next claims to correct, as they are now."""
        ...

    async def correct(self, item: CampaignItem, prepared: Prepared | None, judge: CampaignJudge, at: datetime) -> None:
        """Correct one claim or leave it to people, in one transaction; nothing where the campaign does not run any more."""
        ...

    async def finish(self, campaign: Campaign, at: datetime) -> None:
        """End a campaign whose claims are all done."""
        ...


class CampaignActivities:
    """The activity of campaigns."""

    def __init__(
        self, store: CampaignStore, shadows: Shadows, drafts: Drafts, reference: ReferenceData, clock: TimeSource
    ) -> None:
        """Take the ports this needs."""
        self._store, self._shadows, self._drafts = store, shadows, drafts
        self._reference, self._clock = reference, clock

    @activity.defn(name=CAMPAIGN_STEP)
    async def campaign_step(self, hold: HoldCampaign) -> CampaignStepDone:
        """Judge or correct the next claims; return when to come back."""
        with named_only(CAMPAIGN_STEP):
            campaign = await self._store.campaign(hold.campaign_id)
            if campaign is None or campaign.stage in (CampaignStage.FINISHED, CampaignStage.CANCELLED):
                return CampaignStepDone(over=True)
            if campaign.stage is CampaignStage.JUDGING:
                return await self._judge(campaign)
            if campaign.stage is CampaignStage.RUNNING:
                return await self._correct(campaign)
            return CampaignStepDone(over=campaign.kind is Kind.DRAFT)

    async def _judge(self, campaign: Campaign) -> CampaignStepDone:
        """Judge pages until live claims need the worker or the step has lasted long enough; each page is kept by itself."""
        draft = campaign.kind is Kind.DRAFT
        bundle, impact = await self._drafts(campaign.selection) if draft else (self._reference.content_hash, None)
        begun = monotonic()
        while True:
            if campaign.policy_bundle not in (None, bundle):
                await self._store.abandon(campaign, self._clock())
                return CampaignStepDone(over=True)
            live = await self._store.live()
            page = await self._store.page(campaign, _LIVE_PAGE if live else _PAGE, bundle)
            if not page:
                await self._store.judged(campaign, self._clock())
                return CampaignStepDone(over=draft)
            lines, found = await self._by_data(campaign, page) if impact is None else await _by_draft(impact, page)
            await self._store.keep(campaign, page, lines, found)
            lasted = monotonic() - begun
            if live:
                return CampaignStepDone(again_in=lasted * (1 - _LIVE_SHARE) / _LIVE_SHARE)
            now = await self._store.campaign(campaign.campaign_id)
            if now is None or now.stage is not CampaignStage.JUDGING or lasted >= _STEP_SECONDS:
                return CampaignStepDone(again_in=0.0)
            campaign = now

    async def _by_data(self, campaign: Campaign, page: Sequence[tuple[ClaimId, int]]) -> tuple[int, list[JudgedClaim]]:
        """Compare claims as decided with their results by the data as they are now."""
        plans, places, now = frozenset(campaign.selection.plans), dict(page), self._clock()
        files = await self._store.as_if_raised(campaign, [claim_id for claim_id, _ in page])
        asked = [file for file in files if file.case is not None and _of_plans(file, plans)]
        shadows = await self._shadows.of_all([(ClaimId(file.claim_id), file.member_id) for file in asked])
        lines, differs = 0, []
        for file in asked:
            case, (shadow, work) = file.case, shadows[ClaimId(file.claim_id)]
            if case is None:
                continue
            proposal = propose(case, shadow)
            lines += len(proposal.lines)
            impacts = proposal_impacts(ClaimId(file.claim_id), case, proposal)
            if impacts:
                differs.append((file, case, (shadow, work, proposal), impacts))
        corrects = [ClaimId(file.claim_id) for file, _, again, _ in differs if again[2].result is Result.CORRECTS]
        times = await self._store.times(corrects) if corrects else {}
        found = []
        for file, case, again, impacts in differs:
            claim_id = ClaimId(file.claim_id)
            ready = prepared(replace(file, times=times.get(claim_id)), case, again, self._reference, now)
            found.append(_judged_claim(claim_id, places[claim_id], ready, impacts))
        return lines, found

    async def _correct(self, campaign: Campaign) -> CampaignStepDone:
        items = await self._store.next(campaign, max(1, int(campaign.per_second * _TICK)))
        if not items:
            await self._store.finish(campaign, self._clock())
            return CampaignStepDone(again_in=0.0)
        for item in items:
            now = self._clock()
            prepared = await prepare(item.file, self._shadows, self._reference, now)
            await self._store.correct(item, prepared, partial(agreed, item, prepared, now), now)
        return CampaignStepDone(again_in=_TICK)


def agreed(
    item: CampaignItem, prepared: Prepared | None, now: datetime, people: Sequence[Person | None]
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


def _role(person: Person, ground: Ground, prepared: Prepared, given: Sequence[Given], now: datetime) -> str | Refusal:
    refusal: Refusal = _GONE
    for role, alone in in_each_role(person):
        found = approval_refusal(prepared.case, prepared.proposal, prepared.terms, (alone, ground), given, now)
        if found is None:
            return role.value
        refusal = found
    return refusal


def _judged_claim(claim_id: ClaimId, place: int, ready: Prepared, impacts: Sequence[LineImpact]) -> JudgedClaim:
    proposal, version = ready.proposal, ready.case.before.version
    rows = tuple(impact_row(each) for each in impacts)
    return JudgedClaim(
        claim_id, place, proposal.result.value, rows, proposal.adds, proposal.takes, ready.digest, version
    )


def _of_plans(file: ReadjudicationFile, plans: frozenset[str]) -> bool:
    return not plans or (file.case is not None and any(p.plan_id in plans for p in file.case.before.plans.values()))


async def _by_draft(impact: PolicyImpact, page: Sequence[tuple[ClaimId, int]]) -> tuple[int, list[JudgedClaim]]:
    judged = await impact.judge([claim for claim, _ in page])
    of_claims: dict[str, list[LineImpact]] = {}
    for each in judged.impacts:
        of_claims.setdefault(each.claim_id, []).append(each)
    places = dict(page)
    found = [
        JudgedClaim(ClaimId(claim), places[ClaimId(claim)], "differs", tuple(impact_row(each) for each in impacts))
        for claim, impacts in of_claims.items()
    ]
    return judged.lines, found
