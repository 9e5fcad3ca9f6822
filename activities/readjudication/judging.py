"""Judges a page of the decided claims of a campaign in shadow: how each comes out now, and what its correction would be.

It runs in a process apart from the worker (runtime/processes/judging.py), so that live claims keep the worker's event loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from activities.adjudication.working_set import ClaimWork
from activities.readjudication.impact import PolicyImpact
from activities.readjudication.preparing import prepared
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.attribution import OTHER_CHANGES, Cause, attributes, with_part_as_it_was
from adjudication.readjudication.campaigns import CampaignSelection, Kind
from adjudication.readjudication.impact import LineImpact, proposal_impacts, with_causes
from adjudication.readjudication.proposal import Case, Proposal, Result, propose
from adjudication.readjudication.shadow import Shadow
from adjudication.review.claim_deadlines import CaseTimes
from contracts.event_builders.impacts import impact_row
from contracts.records.campaigns import Campaign, JudgedClaim, JudgedPage, Page
from contracts.records.readjudications import Prepared, ReadjudicationFile


class PolicyData(Protocol):
    """Loads policy data other than those in force."""

    async def drafts(self, selection: CampaignSelection) -> tuple[str, PolicyImpact]:
        """Load the versions that a campaign about a draft compares, with the hash of the policy data they are in."""
        ...

    async def earlier(self, bundle: str) -> ReferenceData | None:
        """Return the policy data with a hash; None where they are not kept, or cannot be read today."""
        ...


class DecidedFiles(Protocol):
    """Reads decided claims as a campaign compares them."""

    async def decided_by(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, str]:
        """Return the hash of the policy data by which the newest determination of each claim was made."""
        ...

    async def as_if_raised(self, campaign: Campaign, claim_ids: Sequence[ClaimId]) -> Sequence[ReadjudicationFile]:
        """Read claims as the files of the reopenings that the campaign would raise, without the times of interest."""
        ...

    async def times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        """Return the times from which interest on claims is computed."""
        ...


class PageJudge:
    """Judges pages of claims. The ports of `shadows` have the authorizations of a dry run, which record nothing."""

    def __init__(self, files: DecidedFiles, shadows: Shadows, policies: PolicyData) -> None:
        """Take the ports this needs."""
        self._files, self._shadows, self._policies = files, shadows, policies
        self._reference, self._clock = shadows.reference, shadows.clock

    async def judge(self, campaign: Campaign, page: Page) -> JudgedPage:
        """Return the claims of a page that come out otherwise; one campaign is judged by one kind of policy data."""
        if campaign.kind is not Kind.DRAFT:
            return await self._by_data(campaign, page)
        bundle, impact = await self._policies.drafts(campaign.selection)
        return await _by_draft(bundle, impact, page)

    async def _by_data(self, campaign: Campaign, page: Page) -> JudgedPage:
        """Compare claims as decided with their results by the data as they are now."""
        plans, places, now = frozenset(campaign.selection.plans), dict(page), self._clock()
        files = await self._files.as_if_raised(campaign, [claim_id for claim_id, _ in page])
        asked = [(file, file.case) for file in files if file.case is not None and _of_plans(file.case, plans)]
        shadows = await self._shadows.of_all([(ClaimId(file.claim_id), file.member_id) for file, _ in asked])
        lines, differing = 0, []
        for file, case in asked:
            shadow, work = shadows[ClaimId(file.claim_id)]
            proposal = propose(case, shadow)
            lines += len(proposal.lines)
            impacts = proposal_impacts(file.claim_id, case, proposal)
            if impacts:
                differing.append(_Differing(file, case, (shadow, work, proposal), impacts))
        corrects = [each.claim_id for each in differing if each.again[2].result is Result.CORRECTS]
        times = await self._files.times(corrects) if corrects else {}
        causes = await self._with_causes(campaign.kind, differing)
        found = []
        for each, impacts in zip(differing, causes, strict=True):
            file = replace(each.file, times=times.get(each.claim_id))
            ready = prepared(file, each.case, each.again, self._reference, now)
            found.append(_judged_claim(each.claim_id, places[each.claim_id], ready, impacts))
        return JudgedPage(self._reference.content_hash, lines, tuple(found))

    async def _with_causes(self, kind: Kind, differing: Sequence[_Differing]) -> list[tuple[LineImpact, ...]]:
        """Attribute what differs, by adjudicating with the part under campaign as it was at the decision of each claim."""
        if not attributes(kind) or not differing:
            return [each.impacts for each in differing]
        decided_by = await self._files.decided_by([each.claim_id for each in differing])
        without: dict[ClaimId, Proposal] = {}
        for bundle in sorted(set(decided_by.values())):
            of_bundle = [each for each in differing if decided_by.get(each.claim_id) == bundle]
            if bundle == self._reference.content_hash:
                without |= {each.claim_id: each.again[2] for each in of_bundle}
                continue
            then = await self._policies.earlier(bundle)
            if then is None:
                continue
            shadows = self._shadows.by(with_part_as_it_was(kind, self._reference, then))
            again = await shadows.of_all([(each.claim_id, each.file.member_id) for each in of_bundle])
            without |= {each.claim_id: propose(each.case, again[each.claim_id][0]) for each in of_bundle}
        return [with_causes(each.impacts, each.again[2], without.get(each.claim_id)) for each in differing]


@dataclass(frozen=True, slots=True)
class _Differing:
    """A claim that comes out otherwise now: `again` is its result, the work it came from, and the changes."""

    file: ReadjudicationFile
    case: Case
    again: tuple[Shadow, ClaimWork, Proposal]
    impacts: tuple[LineImpact, ...]

    @property
    def claim_id(self) -> ClaimId:
        return ClaimId(self.file.claim_id)


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
