"""Runs the five steps before publish on a decided claim as if it were undecided. Nothing is locked, taken or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from activities.adjudication.decision import findings_of
from activities.adjudication.steps import StepActivities, allocate_units
from activities.adjudication.working_set import ClaimWork, WorkingSet
from activities.ports import ClaimStore, Ports
from activities.readjudication.read_once import OfClaim, apart, reading_once, with_feeds_as_they_were
from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.determination import NOTHING_DECIDED
from adjudication.model.pends import SYSTEM_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.attribution import Source
from adjudication.readjudication.shadow import Shadow, fold
from contracts.records.decisions import AuthorizationLedger, StoredClaim
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import DETERMINE, REVIEW_MEDICAL_NECESSITY, ClaimBatch


class AsUndecided:
    """The ledger, with decided claims read as undecided ones."""

    def __init__(self, claims: ClaimStore) -> None:
        """Read from a store."""
        self._claims = claims

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        """Load claims; an id that is not in the ledger is absent."""
        found = await self._claims.load(claim_ids)
        return {
            claim_id: replace(stored, determined=False, before=NOTHING_DECIDED) for claim_id, stored in found.items()
        }


class Shadows:
    """Adjudicates decided claims again. The port for authorizations must be that of a dry run, which records nothing."""

    def __init__(self, ports: Ports, reference: ReferenceData, clock: TimeSource) -> None:
        """Use the same steps as the worker, over a separate working set of one batch."""
        self._given, self._ports = ports, replace(ports, claims=AsUndecided(ports.claims))
        self.reference, self.clock = reference, clock

    def by(self, reference: ReferenceData) -> Shadows:
        """Return shadows over the same stores with other policy data."""
        return Shadows(self._given, reference, self.clock)

    def reading_once(self) -> Shadows:
        """Return shadows for a set of claims that are adjudicated several times; they cache the rows that they read."""
        return Shadows(reading_once(self._given), self.reference, self.clock)

    async def submitted(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, Claim]:
        """Return claims as they were submitted, without what documents and reviewers added."""
        found = await self._given.claims.load(claim_ids)
        return {claim_id: each.submitted for claim_id, each in found.items() if each.submitted is not None}

    async def of(self, claim_id: ClaimId) -> tuple[Shadow, ClaimWork]:
        """Return the present result of a claim, and the working data behind it."""
        return (await self._together([claim_id]))[claim_id]

    async def of_all(self, claims: Sequence[tuple[ClaimId, str]]) -> dict[ClaimId, tuple[Shadow, ClaimWork]]:
        """Return the results of claims with their member ids, each as if it alone were adjudicated again."""
        found: dict[ClaimId, tuple[Shadow, ClaimWork]] = {}
        for batch in in_batches(claims):
            found |= await self._together(batch)
        return found

    async def as_they_were(self, claims: Sequence[OfClaim], feeds: frozenset[Source]) -> list[tuple[Shadow, ClaimWork]]:
        """Return the results of claims with some feeds as of an earlier instant, in the order of the requests."""
        found: dict[int, tuple[Shadow, ClaimWork]] = {}
        for batch in apart([each.names(place) for place, each in enumerate(claims)]):
            of_batch = [claims[place] for place in batch]
            ports = with_feeds_as_they_were(self._ports, of_batch, feeds)
            again = await self._together([each.claim_id for each in of_batch], ports)
            found |= {place: again[claims[place].claim_id] for place in batch}
        return [found[place] for place in range(len(claims))]

    async def _together(
        self, claim_ids: Sequence[ClaimId], ports: Ports | None = None
    ) -> dict[ClaimId, tuple[Shadow, ClaimWork]]:
        ports = ports or self._ports
        steps = WorkingSet(ports.claims, self.clock, capacity=1)
        StepActivities(steps, ports, self.reference, self.clock)
        batch = await steps.reach(ClaimBatch(f"shadow/{claim_ids[0]}", list(claim_ids)), REVIEW_MEDICAL_NECESSITY)
        now = self.clock()
        return {work.stored.claim.claim_id: (shadow_of(work, now, self.reference), work) for work in batch.loaded()}


def in_batches(claims: Sequence[tuple[ClaimId, str]]) -> list[list[ClaimId]]:
    """Group claims with their member ids into batches that hold at most one claim per member.

    Claims of one member may take units of one authorization, and are each other's history.
    """
    batches = apart([{member_id: place} for place, (_, member_id) in enumerate(claims)])
    return [[claims[place][0] for place in batch] for batch in batches]


def shadow_of(work: ClaimWork, now: datetime, reference: ReferenceData, *, alone: bool = False) -> Shadow:
    """Fold the findings on a claim; if the fold raises, every line pends to operations.

    `alone`: without the decisions of reviewers on it.
    """
    stored = work.stored
    people = ((), ()) if alone else (stored.settlements, stored.returns)
    run = partial(fold, stored.claim, work.eligibility, findings_of(work), people, now, reference)
    failed = {line.number: (SYSTEM_PEND,) for line in stored.claim.lines}
    shadow = work.isolate(DETERMINE, run) or Shadow({}, failed, work.eligibility.plans)
    return replace(shadow, uses=tuple(work.authorization.uses))


def chosen_again(
    work: ClaimWork, now: datetime, reference: ReferenceData, ledger: AuthorizationLedger
) -> Sequence[AuthorizationUse]:
    """Choose the units of one claim once more, from a ledger that is read under lock."""
    return allocate_units([work], ledger, now, reference)
