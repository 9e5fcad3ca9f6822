"""Judges a page of a campaign's decided claims as a dry run: the present result of each, and its proposed correction.

It runs in a separate process (runtime/processes/judging.py), so that live claims keep the worker's event loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic, process_time
from typing import Protocol

from activities.readjudication.causes import Causes, Differing, EarlierFeeds, PolicyData
from activities.readjudication.impact import PolicyImpact
from activities.readjudication.preparing import prepared
from activities.readjudication.shadow import Shadows
from adjudication.model.claim import Claim
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.attribution import OTHER_CHANGES, Cause
from adjudication.readjudication.campaigns import Kind
from adjudication.readjudication.impact import LineImpact, proposal_impacts
from adjudication.readjudication.proposal import Case, Result, propose
from adjudication.review.claim_deadlines import CaseTimes
from contracts.event_builders.impacts import impact_row
from contracts.records.campaigns import Campaign, DecidedBy, JudgedClaim, JudgedPage, Page
from contracts.records.readjudications import Prepared, ReadjudicationFile


class DecidedFiles(Protocol):
    """Reads decided claims as a campaign compares them."""

    async def decided_by(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, Sequence[DecidedBy]]:
        """Return when and by which policy data each claim was decided, the newest version first."""
        ...

    async def as_if_raised(
        self, campaign: Campaign, claim_ids: Sequence[ClaimId], submitted: Mapping[ClaimId, Claim]
    ) -> Sequence[ReadjudicationFile]:
        """Read claims as the files of the reopenings that the campaign would raise, without the times of interest.

        `submitted`: those of the claims that are in memory as they were submitted.
        """
        ...

    async def times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        """Return the times from which interest on claims is computed."""
        ...


class PageJudge:
    """Judges pages of claims. The port of `shadows` for authorizations must be that of a dry run, which records nothing."""

    def __init__(self, files: DecidedFiles, shadows: Shadows, policies: PolicyData, feeds: EarlierFeeds) -> None:
        """Take the ports this needs."""
        self._files, self._shadows, self._policies, self._feeds = files, shadows, policies, feeds
        self._reference, self._clock = shadows.reference, shadows.clock

    async def judge(self, campaign: Campaign, page: Page) -> JudgedPage:
        """Return the claims of a page with another result; all pages of a campaign use the same policy data."""
        begun, used = monotonic(), process_time()
        judged = await self._judged(campaign, page)
        seconds = monotonic() - begun
        return replace(judged, seconds=seconds, busy=(process_time() - used) / seconds if seconds else 1.0)

    async def _judged(self, campaign: Campaign, page: Page) -> JudgedPage:
        if campaign.kind is not Kind.DRAFT:
            return await self._by_data(campaign, page)
        bundle, impact = await self._policies.drafts(campaign.selection)
        return await _by_draft(bundle, impact, page)

    async def _by_data(self, campaign: Campaign, page: Page) -> JudgedPage:
        """Compare decided claims with their results under the present data."""
        places, now, shadows = dict(page), self._clock(), self._shadows.reading_once()
        lines, differing = await self._differing(campaign, list(places), shadows)
        corrects = [each.claim_id for each in differing if each.again[2].result is Result.CORRECTS]
        times = await self._files.times(corrects) if corrects else {}
        decided_by = await self._files.decided_by([each.claim_id for each in differing]) if differing else {}
        causes = Causes(campaign.kind, shadows, self._policies, self._feeds)
        found = []
        for each, impacts in zip(differing, await causes.of(differing, decided_by), strict=True):
            file = replace(each.file, times=times.get(each.claim_id))
            ready = prepared(file, each.case, each.again, self._reference, now)
            found.append(_judged_claim(each.claim_id, places[each.claim_id], ready, impacts))
        return JudgedPage(self._reference.content_hash, lines, tuple(found))

    async def _differing(
        self, campaign: Campaign, claim_ids: Sequence[ClaimId], shadows: Shadows
    ) -> tuple[int, list[Differing]]:
        """Return how many lines were compared, and the claims with another result."""
        plans = frozenset(campaign.selection.plans)
        files = await self._files.as_if_raised(campaign, claim_ids, await shadows.submitted(claim_ids))
        asked = [(file, file.case) for file in files if file.case is not None and _of_plans(file.case, plans)]
        again = await shadows.of_all([(ClaimId(file.claim_id), file.member_id) for file, _ in asked])
        lines, differing = 0, []
        for file, case in asked:
            shadow, work = again[ClaimId(file.claim_id)]
            proposal = propose(case, shadow)
            lines += len(proposal.lines)
            impacts = proposal_impacts(file.claim_id, case, proposal)
            if impacts:
                differing.append(Differing(file, case, (shadow, work, proposal), impacts))
        return lines, differing


def _judged_claim(claim_id: ClaimId, place: int, ready: Prepared, impacts: Sequence[LineImpact]) -> JudgedClaim:
    proposal, version = ready.proposal, ready.case.before.version
    rows = tuple(impact_row(each) for each in impacts)
    others = all(each.cause is Cause.OTHER_CHANGES for each in impacts)
    result = OTHER_CHANGES if others else proposal.result.value
    return JudgedClaim(claim_id, place, result, rows, proposal.adds, proposal.takes, ready.digest, version)


def _of_plans(case: Case, plans: frozenset[str]) -> bool:
    return not plans or any(plan.plan_id in plans for plan in case.before.plans.values())


async def _by_draft(bundle: str, impact: PolicyImpact, page: Page) -> JudgedPage:
    judged = await impact.judge([claim for claim, _ in page])
    of_claims: dict[str, list[LineImpact]] = {}
    for each in judged.impacts:
        of_claims.setdefault(each.claim_id, []).append(each)
    places = dict(page)
    found = [
        JudgedClaim(ClaimId(claim), places[ClaimId(claim)], "differs", tuple(impact_row(each) for each in impacts))
        for claim, impacts in of_claims.items()
    ]
    return JudgedPage(bundle, judged.lines, tuple(found))
