"""Publish: build the exact events of each decision and commit decisions, pends and events in one transaction.

It may not decide a claim. It must be safe to run again after its own commit: a determined claim is skipped, a
pended claim whose pends are already open says nothing, and the summary is the same either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from temporalio import activity

from activities.adjudication.commit_refusals import refusal_findings
from activities.adjudication.corrections import closed_reviews, giving_way, heard_by_corrections
from activities.adjudication.determination import decide, pended_by_failure
from activities.adjudication.interest import tell_interest, times_of_late
from activities.adjudication.isolation import isolate
from activities.adjudication.retry_schedule import next_try
from activities.adjudication.working_set import BatchWork, ClaimWork, TimeSource, WorkingSet
from activities.errors import CommitRefusedError, named_only
from activities.ports import DecisionStore, Publication
from adjudication.corrections.judge import WAITS
from adjudication.model.determination import Decision, Pend, Pended
from adjudication.model.pends import (
    DOCUMENT_PEND,
)
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, ReleaseEvent
from adjudication.review.claim_deadlines import CaseTimes, DeadlineCheck, look
from adjudication.steps.roster import contract_status
from contracts.event_builders.decisions import determination_messages, documents_wanted, pended_messages
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import Awaited, OpenPends, PendKey
from contracts.workflow_messages.claims import PUBLISH, ClaimBatch, PendedClaim, PublishSummary

Already = Mapping[ClaimId, OpenPends]

_NOTHING_OPEN: Final = OpenPends({})


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read before the batch is told: what claims wait for by now, and what happened to those paid late."""

    already: Already
    late: Mapping[ClaimId, CaseTimes]


class PublicationActivities:
    """The publishing step."""

    def __init__(
        self, working_set: WorkingSet, decisions: DecisionStore, reference: ReferenceData, clock: TimeSource
    ) -> None:
        """Take the ports this step needs."""
        self._working_set = working_set
        self._decisions = decisions
        self._reference = reference
        self._clock = clock

    @activity.defn(name=PUBLISH)
    async def publish(self, batch: ClaimBatch) -> PublishSummary:
        """Commit the batch and say which claims wait and which waiting claims it completes."""
        with named_only(PUBLISH):
            return await self._publish(batch)

    async def _publish(self, batch: ClaimBatch) -> PublishSummary:
        work = await self._working_set.ready_to_publish(batch)
        now = self._clock()
        undecided = [claim for claim in work.loaded() if not claim.stored.determined]
        if undecided:
            refused = await self._commit(batch, undecided, now)
            await self._commit_refused(batch, [c for c in undecided if _id(c) in refused], now)
        self._working_set.discard(batch)
        corrected = await self._corrections(work)
        return self._summary(work, batch, now, await self._changed_meanwhile(work), corrected)

    async def _corrections(self, work: BatchWork) -> Sequence[ClaimId]:
        """Claims to be told: corrections that wait for these or for what these change, and reviews these closed."""
        heard = [each for claim in work.loaded() for each in heard_by_corrections(claim)]
        codes = self._reference.pends_released_by(ReleaseEvent.ORIGINAL_DECIDED)
        waiting = await self._decisions.corrections_of(heard, codes) if heard else ()
        return (*waiting, *(closed for claim in work.loaded() for closed in closed_reviews(claim)))

    async def _changed_meanwhile(self, work: BatchWork) -> frozenset[ClaimId]:
        """Claims whose feed spoke while they were on their way: it found no pend to release, so they are tried again."""
        waiting = [awaited for claim in work.loaded() if (awaited := self._awaited(claim)) is not None]
        return await self._decisions.changed_since(waiting) if waiting else frozenset()

    async def _commit(self, batch: ClaimBatch, claims: Sequence[ClaimWork], now: datetime) -> frozenset[ClaimId]:
        waiting = [_id(claim) for claim in claims if isinstance(claim.decision, Pended)]
        already = await self._decisions.open_pends(waiting) if waiting else {}
        for claim in claims:
            if isinstance(claim.decision, Pended):
                claim.decision = _still_due(claim.decision, already.get(_id(claim), _NOTHING_OPEN))
        read = _Read(already, await times_of_late(claims, self._decisions, self._reference))
        publications = [self._publication(claim, batch, read, now) for claim in claims]
        return await self._decisions.commit(batch.batch_id, publications)

    async def _commit_refused(self, batch: ClaimBatch, claims: Sequence[ClaimWork], now: datetime) -> None:
        """Commit again, pended, the claims the database would not approve (another claim was faster)."""
        if not claims:
            return
        for claim in claims:
            more = refusal_findings(claim, self._reference)
            if claim.chain.gives_way:
                claim.chain = WAITS
            claim.decision = decide(claim, now, self._reference, more)
            claim.refused = True
        still = await self._commit(batch, claims, now)
        if still:
            raise CommitRefusedError(len(still))

    def _publication(self, work: ClaimWork, batch: ClaimBatch, read: _Read, now: datetime) -> Publication:
        render = partial(self._rendered, work, batch, read, now)
        publication = isolate(work, PUBLISH, render)
        if publication is None:
            work.chain = WAITS if work.chain.gives_way else work.chain
            work.decision = pended_by_failure(work, self._reference)
            publication = render()
        return publication

    def _rendered(self, work: ClaimWork, batch: ClaimBatch, read: _Read, now: datetime) -> Publication:
        tell_interest(work, read.late, self._reference)
        messages = self._messages(work, batch.round, read.already, now)
        gives_way = giving_way(work, _decision(work), now, self._reference)
        decision = _decision(work)
        work.look = self._look(work, decision, now) if isinstance(decision, Pended) and messages else None
        due = None if work.look is None else work.look.due
        releases = tuple(batch.releases)
        return Publication(work.stored, decision, batch.round, messages, gives_way, releases, due)

    def _messages(
        self, work: ClaimWork, round_number: int, already: Already, now: datetime
    ) -> tuple[OutgoingMessage, ...]:
        claim, decision = work.stored.claim, _decision(work)
        if not isinstance(decision, Pended):
            return determination_messages(claim, decision, self._reference)
        # The outcome too: the next thing a line waits for may have the code of the last, and who settled that one
        # must see this one.
        wanted = {_key(pend) for pend in decision.pends}
        open_now = already.get(claim.claim_id, _NOTHING_OPEN)
        if wanted == open_now.due.keys():
            return ()
        return pended_messages(claim, decision, now, round_number, self._reference, open_now.asked)

    def _summary(
        self,
        work: BatchWork,
        batch: ClaimBatch,
        now: datetime,
        changed: frozenset[ClaimId],
        corrected: Sequence[ClaimId],
    ) -> PublishSummary:
        pended = [
            self._pended(claim, claim.decision, batch.round, now, at_once=_id(claim) in changed)
            for claim in work.loaded()
            if isinstance(claim.decision, Pended)
        ]
        completes = {str(claim_id): None for claim in work.loaded() for claim_id in claim.edits.completes}
        return PublishSummary(
            determined=len(work.loaded()) - len(pended),
            pended=pended,
            # A correction may wait in the batch of its original: its review is begun before it is told.
            completes=[*(c for c in completes if c not in batch.claim_ids), *dict.fromkeys(corrected)],
        )

    def _pended(
        self, work: ClaimWork, decision: Pended, round_number: int, now: datetime, *, at_once: bool
    ) -> PendedClaim:
        seen = work.look or (self._look(work, decision, now) if round_number == 0 else None)
        retry_at = now if at_once else next_try(work, decision, round_number, now, self._reference)
        return PendedClaim(
            claim_id=_id(work),
            codes=sorted({pend.code for pend in decision.pends}),
            due_at=min(pend.due_at for pend in decision.pends).isoformat(),
            retry_at=retry_at.isoformat() if retry_at else None,
            # What was asked and answered in earlier rounds the ledger knows, not this try: the review looks at once.
            clock_at=(seen.next_at if seen else now).isoformat() if round_number == 0 else None,
        )

    def _look(self, work: ClaimWork, decision: Pended, now: datetime) -> DeadlineCheck | None:
        """Look at the claim's legal clocks as they begin."""
        plans = tuple(dict.fromkeys(plan.plan_id for plan in work.eligibility.plans.values()))
        pends = tuple((pend.code, pend.due_at) for pend in decision.pends)
        asked = (now,) if any(code == DOCUMENT_PEND for code, _ in pends) else ()
        known = contract_status(work.providers)
        times = CaseTimes(work.stored.claim.received_at, plans, pends, asked, contracts=known)
        return isolate(work, PUBLISH, partial(look, times, self._reference, now))

    def _awaited(self, work: ClaimWork) -> Awaited | None:
        """Return the events that release the pends of a claim; None when the claim does not wait."""
        if not isinstance(work.decision, Pended) or work.stored.read_at is None:
            return None
        rules = (self._reference.pends[pend.code] for pend in work.decision.pends)
        return Awaited(_id(work), frozenset(event for rule in rules for event in rule.releases_on), work.stored.read_at)


def _key(pend: Pend) -> PendKey:
    return (pend.code, pend.line, pend.outcome, pend.about)


def _still_due(decision: Pended, open_now: OpenPends) -> Pended:
    """Keep the due times of what the claim waits for already: a try without news gives nobody more time.

    More documents that will be asked for now are due in their own time.
    """
    changed = {_key(pend) for pend in decision.pends} != open_now.due.keys()
    anew = {DOCUMENT_PEND} if changed and documents_wanted(decision).keys() - open_now.asked else set()
    pends = (
        replace(pend, due_at=pend.due_at if pend.code in anew else open_now.due.get(_key(pend), pend.due_at))
        for pend in decision.pends
    )
    return replace(decision, pends=tuple(pends))


def _id(work: ClaimWork) -> ClaimId:
    return work.stored.claim.claim_id


def _decision(work: ClaimWork) -> Decision:
    if work.decision is None:
        msg = (
            f"claim {_id(work)} reached publish without a decision, because determine did not run on it; "
            "run the steps in the order of contracts.workflow_messages.claims.STEP_ORDER"
        )
        raise LookupError(msg)
    return work.decision
