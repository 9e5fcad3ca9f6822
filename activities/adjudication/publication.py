"""Publish: settle deadlines, render the exact events of each decision, and commit decisions, pends and events together.

The course of a batch:

    fold (activities/adjudication/decision.py) -> deadlines -> rendered publications -> commit

A claim whose commit the database refused is folded once more, with the refusal as an additional finding; then it pends.
 After the commit two reads find the claims to resume.

The step is safe to run again after its own commit: a determined claim is skipped, a pended claim whose pends are
already open publishes nothing, and the summary is the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from temporalio import activity

from activities import metrics
from activities.adjudication.corrections import (
    closed_reviews,
    corrections_to_wake,
    superseded_claims,
    waits_for_adjudication,
)
from activities.adjudication.decision import decide_after_refusal, pended_by_failure
from activities.adjudication.retry_schedule import next_try
from activities.adjudication.turns import RENDERED_AT_A_TIME, Turns
from activities.adjudication.working_set import BatchWork, ClaimWork, WorkingSet
from activities.errors import CommitRefusedError, hide_error_details, in_time
from activities.metrics import Committed
from activities.ports import DecisionStore
from adjudication.corrections.judge import WAITS
from adjudication.deadlines.late_payment import Payment, late_interest, may_be_late, paid_more
from adjudication.model.determination import Decision, Determination, Disposition, Pend, Pended
from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, ReleaseEvent
from adjudication.review.claim_deadlines import CaseTimes, DeadlineCheck, check_deadlines
from adjudication.steps.roster import asked_of_roster, contract_status
from contracts.claim_intake.registration import LARGE_LINES
from contracts.event_builders.decisions import determination_messages, documents_wanted, pended_messages
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import Awaited, DecidedBy, OpenPends, PendKey, Publication
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import PUBLISH, ClaimBatch, PendedClaim, PublishSummary

_NOTHING_OPEN: Final = OpenPends({})


class PublicationActivities:
    """The publishing step."""

    def __init__(
        self,
        working_set: WorkingSet,
        decisions: DecisionStore,
        reference: ReferenceData,
        clock: TimeSource,
        count: Callable[[Sequence[Committed]], None] = metrics.count,
    ) -> None:
        """Take the dependencies of this step; `count` receives what each commit held."""
        self._working_set = working_set
        self._decisions = decisions
        self._reference = reference
        self._clock = clock
        self._count = count

    @activity.defn(name=PUBLISH)
    async def publish(self, batch: ClaimBatch) -> PublishSummary:
        """Commit the batch; return the claims that pend and the pended claims to resume."""
        async with in_time(PUBLISH):
            return await self.run_every_step(batch)

    async def run_every_step(self, batch: ClaimBatch) -> PublishSummary:
        """Run the steps that are not done yet, and commit, without a time limit."""
        with hide_error_details(PUBLISH):
            work = await self._working_set.ready_to_publish(batch)
            now = self._clock()
            undecided = [claim for claim in work.loaded() if not claim.stored.determined]
            refused = await self._commit(undecided, batch, now)
            if not undecided and not work.unknown and not batch.more:
                # Other claims superseded these, which decides them: the batch is finished all the same.
                await self._decisions.commit(batch.batch_id, ())
            for claim in refused:
                decide_after_refusal(claim, now, self._reference)
            still_refused = await self._commit(refused, batch, now)
            if still_refused:
                raise CommitRefusedError(len(still_refused))
            self._working_set.discard(batch)
            return await self._summary(work, batch, now)

    async def _commit(self, claims: Sequence[ClaimWork], batch: ClaimBatch, now: datetime) -> list[ClaimWork]:
        """Check deadlines, render and commit folded claims; return the claims that the database refused."""
        if not claims:
            return []
        pended = [_id(work) for work in claims if isinstance(work.decision, Pended)]
        open_pends = await self._decisions.open_pends(pended) if pended else {}
        times = await self._times_of_late_payments(claims)
        turns, publications = Turns(RENDERED_AT_A_TIME), []
        for work in claims:
            was_open = open_pends.get(_id(work), _NOTHING_OPEN)
            run = partial(self._publication, work, batch, was_open, times.get(_id(work)), now)
            publications.append(await turns.run(work, run))
        refused = await self._decisions.commit(batch.batch_id, publications, finished=not batch.more)
        stored = (each for each in publications if each.stored.claim.claim_id not in refused)
        self._count(metrics.committed(stored, self._clock()))
        return [work for work in claims if _id(work) in refused]

    async def _times_of_late_payments(self, claims: Sequence[ClaimWork]) -> Mapping[ClaimId, CaseTimes]:
        """Read the times of claims that may be paid late. Nearly every claim is decided long before its payment deadline: then nothing is read."""
        late = [
            _id(work)
            for work in claims
            if (paying := _paying(work.decision)) is not None
            and may_be_late(work.stored.claim.received_at, paying, self._reference)
        ]
        return await self._decisions.case_times(late) if late else {}

    def _publication(
        self, work: ClaimWork, batch: ClaimBatch, was_open: OpenPends, times: CaseTimes | None, now: datetime
    ) -> Publication:
        """Prepare the rows and events of one claim; a claim that cannot be rendered pends to operations."""
        prepare = partial(self._prepare, work, batch, was_open, times, now)
        publication = work.isolate(PUBLISH, prepare)
        if publication is None:
            work.chain = WAITS if work.chain.superseded else work.chain
            work.decision = pended_by_failure(work, self._reference)
            publication = prepare()
        return publication

    def _prepare(
        self, work: ClaimWork, batch: ClaimBatch, was_open: OpenPends, times: CaseTimes | None, now: datetime
    ) -> Publication:
        decision = _decision(work)
        if isinstance(decision, Pended):
            decision = _with_due_times_kept(decision, was_open)
            if decision.ready is not None and times is not None:
                decision = replace(decision, ready=self._with_interest(work, decision.ready, times))
        elif times is not None:
            decision = self._with_interest(work, decision, times)
        work.decision = decision
        round_number = work.stored.round_for(batch.round)
        messages = self._messages(work, decision, round_number, was_open, now)
        superseded = superseded_claims(work, decision, now, self._reference)
        check = self._first_deadlines(work, decision, now) if messages or batch.round == 0 else None
        work.deadline_check = check
        due = None if check is None else check.due
        return Publication(work.stored, decision, round_number, messages, superseded, tuple(batch.releases), due)

    def _with_interest(self, work: ClaimWork, decision: Determination, times: CaseTimes) -> Determination:
        """Add the interest that the law requires if the payment is late; none if it is not late."""
        stood = {line.line: line.paid for line in work.stored.before.lines}
        more = paid_more(decision, work.eligibility.plans, stood, work.chain.replaced_paid)
        known = replace(times, decided_at=decision.decided_at, contracts=contract_status(work.providers))
        interest = late_interest(Payment(known, decision.decided_at, more), self._reference)
        return replace(decision, interest=interest)

    def _messages(
        self, work: ClaimWork, decision: Decision, round_number: int, was_open: OpenPends, now: datetime
    ) -> tuple[OutgoingMessage, ...]:
        """Render the events; none for a claim whose pends are open already.

        Pends are compared by outcome too: a line may pend again under the same code for another reason, which the
        reviewer who settled the first must see.
        """
        claim = work.stored.claim
        if not isinstance(decision, Pended):
            return determination_messages(claim, decision, self._reference)
        if decision.ready is None and {_key(pend) for pend in decision.pends} == was_open.due.keys():
            return ()
        waiting = pended_messages(claim, decision, now, round_number, self._reference, was_open.asked)
        ready = () if decision.ready is None else determination_messages(claim, decision.ready, self._reference)
        return (*ready, *waiting)

    def _first_deadlines(self, work: ClaimWork, decision: Decision, now: datetime) -> DeadlineCheck | None:
        """Check the legal deadlines of a claim that pends; None for a determination."""
        if not isinstance(decision, Pended):
            return None
        plans = tuple(dict.fromkeys(plan.plan_id for plan in work.eligibility.plans.values()))
        pends = tuple((pend.code, pend.due_at) for pend in decision.pends)
        asked = (now,) if any(code == DOCUMENT_PEND for code, _ in pends) else ()
        times = CaseTimes(work.stored.claim.received_at, plans, pends, asked, contracts=contract_status(work.providers))
        return work.isolate(PUBLISH, partial(check_deadlines, times, self._reference, now))

    async def _summary(self, work: BatchWork, batch: ClaimBatch, now: datetime) -> PublishSummary:
        """Name the pended claims, and the pended claims of other batches that this batch releases."""
        pended = [(claim, claim.decision) for claim in work.loaded() if isinstance(claim.decision, Pended)]
        changed = await self._changed_meanwhile(pended) | await self._freed_meanwhile(pended)
        if decided := [by for claim in work.loaded() if (by := _decided_by(claim)) is not None]:
            await self._decisions.compare(batch.batch_id, decided)
        siblings = {str(claim_id): None for claim in work.loaded() for claim_id in claim.edits.completes}
        return PublishSummary(
            determined=len(work.loaded()) - len(pended),
            pended=[
                self._pended(claim, decision, batch.round, now, at_once=_id(claim) in changed)
                for claim, decision in pended
            ],
            # A correction may wait in the same batch as its original: its review is opened before it is resumed.
            completes=[
                *(sibling for sibling in siblings if sibling not in batch.claim_ids),
                *dict.fromkeys(await self._corrections(work)),
            ],
        )

    async def _changed_meanwhile(self, pended: Sequence[tuple[ClaimWork, Pended]]) -> frozenset[ClaimId]:
        """Return claims that a feed event changed after they were read.

        The feed found no pend to release, because it was not committed yet; these claims are tried again at once.
        """
        waiting = []
        for work, decision in pended:
            if work.stored.read_at is not None:
                rules = [self._reference.pends[pend.code] for pend in decision.pends]
                events = frozenset(event for rule in rules for event in rule.releases_on)
                waiting.append(Awaited(_id(work), events, work.stored.read_at, work.stored.snapshot))
        return await self._decisions.changed_since(waiting) if waiting else frozenset()

    async def _freed_meanwhile(self, pended: Sequence[tuple[ClaimWork, Pended]]) -> frozenset[ClaimId]:
        """Return corrections whose original was adjudicated after they were read: its batch found no pended correction to resume.

        The start of a review finds originals that are adjudicated after this read (activities/review/opening.py).
        """
        waiting = [_id(work) for work, decision in pended if waits_for_adjudication(work, decision)]
        return frozenset(await self._decisions.freed_corrections(waiting) if waiting else ())

    async def _corrections(self, work: BatchWork) -> Sequence[ClaimId]:
        """Return corrections that wait for these claims or for claims they change, and reviews that these claims closed."""
        decided = [each for claim in work.loaded() for each in corrections_to_wake(claim)]
        codes = self._reference.pends_released_by(ReleaseEvent.ORIGINAL_DECIDED)
        waiting = await self._decisions.corrections_of(decided, codes) if decided else ()
        return (*waiting, *(closed for claim in work.loaded() for closed in closed_reviews(claim)))

    def _pended(
        self, work: ClaimWork, decision: Pended, round_number: int, now: datetime, *, at_once: bool
    ) -> PendedClaim:
        retry_at = now if at_once else next_try(work, decision, round_number, now, self._reference)
        check = work.deadline_check
        return PendedClaim(
            claim_id=_id(work),
            codes=sorted({pend.code for pend in decision.pends}),
            due_at=min(pend.due_at for pend in decision.pends).isoformat(),
            retry_at=retry_at.isoformat() if retry_at else None,
            # From the second try on, only the ledger knows which documents were requested and received: None makes the
            # review check its deadlines at once.
            clock_at=(check.next_at if check else now).isoformat() if round_number == 0 else None,
            large=len(work.stored.claim.lines) > LARGE_LINES,
        )


def _decided_by(work: ClaimWork) -> DecidedBy | None:
    """Return the data that a claim was decided by; None if nothing was decided now. A feed that stored data since found no decision to reopen."""
    decision, stored = _paying(work.decision), work.stored
    if decision is None or stored.read_at is None:
        return None
    denied = frozenset(line.reason for line in decision.lines if line.disposition is Disposition.DENIED and line.reason)
    authorized = bool(work.authorization.matched)
    member = stored.claim.member.member_id
    npis = asked_of_roster(stored.claim, work.eligibility.plans)
    read = (stored.read_at, stored.snapshot, work.spans)
    return DecidedBy(_id(work), member, *read, denied, authorized, npis, work.roster)


def _paying(decision: Decision | None) -> Determination | None:
    """Return the determination that a decision publishes: of the whole claim, or of the lines that are not pended."""
    return decision.ready if isinstance(decision, Pended) else decision


def _key(pend: Pend) -> PendKey:
    return (pend.code, pend.line, pend.outcome, pend.about)


def _with_due_times_kept(decision: Pended, was_open: OpenPends) -> Pended:
    """Keep the due times of pends that are open already: a retry without new data does not extend the owner's time.

    Exception: when more documents are requested now, the document pend is due by the new request.
    """
    changed = {_key(pend) for pend in decision.pends} != was_open.due.keys()
    due_again = {DOCUMENT_PEND} if changed and documents_wanted(decision).keys() - was_open.asked else set()
    pends = (
        replace(pend, due_at=pend.due_at if pend.code in due_again else was_open.due.get(_key(pend), pend.due_at))
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
