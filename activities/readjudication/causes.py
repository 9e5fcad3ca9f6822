"""Finds why decided claims now have another result: each is adjudicated again with the data in force when it was decided.

First, only the data that the campaign is about are taken from that time. If the claim then has the decided result, the change
is the cause. Otherwise each feed that changed since, then the other policy data, then all together are taken from that time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from activities.adjudication.working_set import ClaimWork
from activities.readjudication.impact import PolicyImpact
from activities.readjudication.read_once import OfClaim
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.attribution import (
    FEEDS,
    Again,
    Source,
    attributes,
    with_part_as_it_was,
    with_rest_as_it_was,
)
from adjudication.readjudication.campaigns import CampaignSelection, Kind
from adjudication.readjudication.impact import LineImpact, with_causes
from adjudication.readjudication.proposal import Case, Kept, LineChange, Proposal, propose
from adjudication.readjudication.shadow import Shadow
from contracts.records.campaigns import AsOf, DecidedBy, FeedsThen
from contracts.records.readjudications import ReadjudicationFile


class PolicyData(Protocol):
    """Loads policy data other than those in force."""

    async def drafts(self, selection: CampaignSelection) -> tuple[str, PolicyImpact]:
        """Load the versions that a campaign about a draft compares, with the hash of the policy data they are in."""
        ...

    async def earlier(self, bundle: str) -> ReferenceData | None:
        """Return the policy data with this hash; None if they are not kept, or this version cannot read them."""
        ...


class EarlierFeeds(Protocol):
    """Reads coverage, authorizations and the roster as of an earlier instant."""

    async def as_were(self, asked: Sequence[AsOf]) -> Sequence[FeedsThen]:
        """Return the state of the feeds for each claim's member and providers at its instant, in the order of the requests."""
        ...


@dataclass(frozen=True, slots=True)
class Differing:
    """A claim with another result now. `again`: the new decision, the working data behind it, and the changes."""

    file: ReadjudicationFile
    case: Case
    again: tuple[Shadow, ClaimWork, Proposal]
    impacts: tuple[LineImpact, ...]

    @property
    def claim_id(self) -> ClaimId:
        """The claim."""
        return ClaimId(self.file.claim_id)


@dataclass(slots=True)
class _Decided:
    """The lines of a claim that one version decided, and their results with other data."""

    of: Differing
    by: DecidedBy
    policies: ReferenceData | None = None
    then: FeedsThen | None = None
    without: Proposal | None = None
    flipped: dict[Source, Proposal] = field(default_factory=dict)
    feeds_then: Proposal | None = None
    all_then: Proposal | None = None

    def line(self, number: int) -> Again:
        """Return all results for one line."""
        flipped = {source: _line(proposal, number) for source, proposal in self.flipped.items()}
        return Again(
            _line(self.of.again[2], number),
            None if self.without is None else _line(self.without, number),
            flipped,
            None if self.feeds_then is None else _line(self.feeds_then, number),
            None if self.all_then is None else _line(self.all_then, number),
        )

    @property
    def npis(self) -> frozenset[str]:
        """The providers of the claim."""
        return self.of.case.before.claim.npis

    @property
    def changed(self) -> frozenset[Source]:
        """The feeds whose state differs now."""
        return frozenset() if self.then is None else self.then.changed

    @property
    def explained(self) -> bool:
        """Return whether every line has its decided result when the campaign's change is left out."""
        if self.without is None:
            return False
        changed = {line.before.line for line in self.of.again[2].lines if line.kept is not Kept.SAME}
        return all(line.kept is Kept.SAME for line in self.without.lines if line.before.line in changed)


class Causes:
    """Attributes the differences in a page to causes. `shadows` read each claim of the page once."""

    def __init__(self, kind: Kind, shadows: Shadows, policies: PolicyData, feeds: EarlierFeeds) -> None:
        """Take the kind of campaign, the shadows, and the ports to earlier data."""
        self._kind, self._shadows, self._policies, self._feeds = kind, shadows, policies, feeds

    async def of(
        self, differing: Sequence[Differing], decided_by: Mapping[ClaimId, Sequence[DecidedBy]]
    ) -> list[tuple[LineImpact, ...]]:
        """Return the lines of each claim with their causes, in the order given."""
        parts = [_Decided(each, by) for each in differing for by in decided_by[each.claim_id]]
        for part in parts:
            part.policies = await self._policies_of(part)
        if attributes(self._kind):
            await self._without_the_change(parts)
        await self._by_source([part for part in parts if not part.explained])
        found: dict[ClaimId, list[_Decided]] = {}
        for part in parts:
            found.setdefault(part.of.claim_id, []).append(part)
        return [with_causes(each.impacts, _by_line(each, found[each.claim_id]), self._kind) for each in differing]

    async def _policies_of(self, part: _Decided) -> ReferenceData | None:
        now = self._shadows.reference
        return now if part.by.bundle == now.content_hash else await self._policies.earlier(part.by.bundle)

    async def _without_the_change(self, parts: Sequence[_Decided]) -> None:
        now = self._shadows.reference
        for part in parts:
            if part.policies is now:
                part.without = part.of.again[2]
        others = [part for part in parts if part.policies not in (None, now)]
        found = await self._again(others, lambda then: with_part_as_it_was(self._kind, now, then), frozenset())
        for part, proposal in zip(others, found, strict=True):
            part.without = proposal

    async def _by_source(self, parts: Sequence[_Decided]) -> None:
        """Adjudicate again with each source as of the decision, and with all of them."""
        if not parts:
            return
        now = self._shadows.reference
        asked = [AsOf(part.of.file.member_id, part.npis, part.by.at) for part in parts]
        for part, then in zip(parts, await self._feeds.as_were(asked), strict=True):
            part.then = then
        for source in FEEDS:
            of_source = [part for part in parts if source in part.changed]
            found = await self._again(of_source, lambda _: now, frozenset({source}))
            for part, proposal in zip(of_source, found, strict=True):
                part.flipped[source] = proposal
        other = [part for part in parts if part.policies not in (None, now)]
        found = await self._again(other, lambda then: with_rest_as_it_was(self._kind, now, then), frozenset())
        for part, proposal in zip(other, found, strict=True):
            part.flipped[Source.POLICY_DATA] = proposal
        changed = [part for part in parts if part.changed]
        for part, proposal in zip(changed, await self._again(changed, lambda _: now, frozenset(FEEDS)), strict=True):
            part.feeds_then = proposal
        known = [part for part in parts if part.policies is not None]
        for part, proposal in zip(known, await self._again(known, lambda then: then, frozenset(FEEDS)), strict=True):
            part.all_then = proposal

    async def _again(
        self,
        parts: Sequence[_Decided],
        by: Callable[[ReferenceData], ReferenceData],
        feeds: frozenset[Source],
    ) -> list[Proposal]:
        """Adjudicate each claim again with policy data built from those of its decision, and some feeds as of then; in the given order."""
        found: dict[int, Proposal] = {}
        for bundle in sorted({part.by.bundle for part in parts}):
            places = [place for place, part in enumerate(parts) if part.by.bundle == bundle]
            of_bundle = [parts[place] for place in places]
            shadows = self._shadows.by(by(of_bundle[0].policies or self._shadows.reference))
            again = await _shadows_of(shadows, of_bundle, feeds)
            found |= {
                place: propose(part.of.case, shadow)
                for place, part, shadow in zip(places, of_bundle, again, strict=True)
            }
        return [found[place] for place in range(len(parts))]


async def _shadows_of(shadows: Shadows, parts: Sequence[_Decided], feeds: frozenset[Source]) -> list[Shadow]:
    if not feeds:
        again = await shadows.of_all([(part.of.claim_id, part.of.file.member_id) for part in parts])
        return [again[part.of.claim_id][0] for part in parts]
    asked = [
        OfClaim(part.of.claim_id, part.of.file.member_id, part.npis, part.then)
        for part in parts
        if part.then is not None
    ]
    return [shadow for shadow, _ in await shadows.as_they_were(asked, feeds)]


def _by_line(of: Differing, parts: Sequence[_Decided]) -> Mapping[int, Again]:
    """Return the results for each line, from the version that decided it."""
    found = {}
    for impact in of.impacts:
        named = next((part for part in parts if part.by.lines is not None and impact.line in part.by.lines), parts[0])
        found[impact.line] = named.line(impact.line)
    return found


def _line(proposal: Proposal, number: int) -> LineChange:
    return next(line for line in proposal.lines if line.before.line == number)
