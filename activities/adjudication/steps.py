"""The five steps before publish: each reads what it needs for the whole batch in one call, then runs a pure function per claim.

| step | reads | pure function |
|---|---|---|
| verify_eligibility | coverage, roster | adjudication/steps/eligibility.py, roster.py, filing.py, adjudication/corrections/judge.py |
| match_authorizations | authorizations, under lock | adjudication/steps/authorization.py |
| apply_component_edits | other claims of the members | adjudication/edits/ |
| review_medical_necessity | nothing: facts came with the claim, policies with the worker | adjudication/steps/necessity.py |
| determine | nothing | activities/adjudication/decision.py |

No step decides a claim by itself, and an exception on one claim never fails its batch (ClaimWork.isolate).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from temporalio import activity

from activities.adjudication.decision import decide
from activities.adjudication.turns import Turns
from activities.adjudication.working_set import (
    NO_AUTHORIZATION,
    NO_EDITS,
    NO_ELIGIBILITY,
    BatchWork,
    ClaimWork,
    WorkingSet,
)
from activities.errors import hide_error_details, in_time, refuse_history
from activities.ports import Ports
from adjudication.corrections.judge import WAITS, history_without, judge_chain
from adjudication.edits.component_edits import EditResult, apply_component_edits
from adjudication.edits.patients import counted, of_patient
from adjudication.edits.sexes import as_known
from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Frequency
from adjudication.steps.authorization import MatchTerms
from adjudication.steps.authorization_candidates import authorizations_of, uses_marked
from adjudication.steps.authorization_exceptions import seen_elsewhere, settings_matter_from
from adjudication.steps.authorization_order import denied_by_itself, match_payable_first
from adjudication.steps.eligibility import verify_eligibility
from adjudication.steps.filing import check_filing
from adjudication.steps.necessity import review_medical_necessity
from adjudication.steps.roster import asked_of_roster, verify_providers, with_taxonomies
from contracts.records.decisions import AuthorizationLedger, Histories, HistoryQuery
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import (
    APPLY_COMPONENT_EDITS,
    DETERMINE,
    MATCH_AUTHORIZATIONS,
    REVIEW_MEDICAL_NECESSITY,
    VERIFY_ELIGIBILITY,
    ClaimBatch,
    StepSummary,
)


class StepActivities:
    """Each activity brings the batch up to its own step, running steps again whose results the worker lost."""

    def __init__(self, working_set: WorkingSet, ports: Ports, reference: ReferenceData, clock: TimeSource) -> None:
        """Register how each step is run, so that the working set can run it for any later step."""
        self._working_set = working_set
        self._ports = ports
        self._reference = reference
        self._clock = clock
        working_set.register(VERIFY_ELIGIBILITY, self._eligibility)
        working_set.register(MATCH_AUTHORIZATIONS, self._authorizations)
        working_set.register(APPLY_COMPONENT_EDITS, self._edits)
        working_set.register(REVIEW_MEDICAL_NECESSITY, self._necessity)
        working_set.register(DETERMINE, self._determine)

    @activity.defn(name=VERIFY_ELIGIBILITY)
    async def verify_eligibility(self, batch: ClaimBatch) -> StepSummary:
        """Find the plan that covers each line of each open claim; check providers and corrections."""
        return await self._reach(batch, VERIFY_ELIGIBILITY)

    @activity.defn(name=MATCH_AUTHORIZATIONS)
    async def match_authorizations(self, batch: ClaimBatch) -> StepSummary:
        """Take the authorization units that each open claim needs; a claim never takes them twice."""
        return await self._reach(batch, MATCH_AUTHORIZATIONS)

    @activity.defn(name=APPLY_COMPONENT_EDITS)
    async def apply_component_edits(self, batch: ClaimBatch) -> StepSummary:
        """Run every edit on every line of each open claim."""
        return await self._reach(batch, APPLY_COMPONENT_EDITS)

    @activity.defn(name=REVIEW_MEDICAL_NECESSITY)
    async def review_medical_necessity(self, batch: ClaimBatch) -> StepSummary:
        """Review each line of each open claim under the policy that governs it."""
        return await self._reach(batch, REVIEW_MEDICAL_NECESSITY)

    @activity.defn(name=DETERMINE)
    async def determine(self, batch: ClaimBatch) -> StepSummary:
        """Decide each open claim, or pend it."""
        return await self._reach(batch, DETERMINE)

    async def _reach(self, batch: ClaimBatch, step: str) -> StepSummary:
        async with in_time(step):
            with hide_error_details(step):
                work = await self._working_set.reach(batch, step)
        return work.summary(step)

    async def _eligibility(self, batch: BatchWork) -> None:
        claims = batch.open_claims()
        members = sorted({work.stored.claim.member.member_id for work in claims})
        spans = await self._ports.coverage.spans(members) if members else {}
        turns = Turns()
        for work in claims:
            claim = work.stored.claim
            work.spans = spans.get(claim.member.member_id, ())
            run = partial(verify_eligibility, claim, work.spans, self._reference)
            work.eligibility = await turns.isolate(work, VERIFY_ELIGIBILITY, run) or NO_ELIGIBILITY
            if claim.frequency is not Frequency.ORIGINAL:
                judge = partial(judge_chain, claim, work.stored.chain, batch.opened_at, self._reference.chain)
                work.chain = work.isolate(VERIFY_ELIGIBILITY, judge) or WAITS
        await self._providers(batch)
        await self._filing(batch)

    async def _providers(self, batch: BatchWork) -> None:
        """Read the roster once for the whole batch; skip the read where no line of the batch has a plan."""
        asked = [
            (work, npis)
            for work in batch.billing_claims()
            if (npis := asked_of_roster(work.stored.claim, work.eligibility.plans))
        ]
        if not asked:
            return
        roster = await self._ports.roster.providers(sorted(frozenset().union(*(npis for _, npis in asked))))
        turns = Turns()
        for work, npis in asked:
            work.roster = {npi: roster[npi] for npi in npis if npi in roster}
            plans, on = work.eligibility.plans, batch.opened_at.date()
            verify = partial(verify_providers, work.stored.claim, plans, roster, on)
            work.providers = await turns.isolate(work, VERIFY_ELIGIBILITY, verify) or ()

    async def _filing(self, batch: BatchWork) -> None:
        turns = Turns()
        for work in batch.billing_claims():
            known = (work.stored.claim, work.eligibility, work.providers, work.stored.chain)
            run = partial(check_filing, *known, self._reference)
            work.filing = await turns.isolate(work, VERIFY_ELIGIBILITY, run) or ()

    async def _authorizations(self, batch: BatchWork) -> None:
        """Match the whole batch in one transaction, so that two claims of one batch never count the same unit twice."""
        claims = batch.billing_claims()
        if not claims:
            return
        members = sorted({work.stored.claim.member.member_id for work in claims})
        returning = [work.stored.claim.claim_id for work in claims] if batch.batch.restart else []
        now = self._clock()
        allocate = partial(allocate_units, claims, as_of=now, reference=self._reference)
        await self._ports.authorizations.allocate(members, allocate, returning)

    async def _edits(self, batch: BatchWork) -> None:
        histories, now, turns = await self.read_histories(batch), self._clock(), Turns()
        for work in _editable(batch):
            await self.edit(work, histories, now, turns)

    async def read_histories(self, batch: BatchWork) -> Histories:
        """Read the other claims of the members."""
        claims = _editable(batch)
        return await self._ports.history.lines([self._history_of(work) for work in claims]) if claims else Histories({})

    def take_history(self, work: ClaimWork, histories: Histories) -> Sequence[HistoryLine] | None:
        """Keep the history that policies need on the claim; return the history that the edits need, None if it is too long to read."""
        claim = work.stored.claim
        if claim.claim_id in histories.too_long:
            work.isolate(APPLY_COMPONENT_EDITS, partial(refuse_history, histories.most))
            return None
        found = of_patient(
            claim, history_without(work.stored.chain, histories.of(claim.claim_id)), work.eligibility.on_file
        )
        work.history = counted(found)
        return found

    async def edit(self, work: ClaimWork, histories: Histories, now: datetime, turns: Turns) -> None:
        """Run every edit on one claim."""
        found, claim, plans = self.take_history(work, histories), work.stored.claim, work.eligibility.plans
        if found is None:
            return
        work.authorization = seen_elsewhere(claim, plans, work.authorization, found, self._reference)
        known = with_taxonomies(as_known(claim, work.eligibility.sex), work.roster)
        run = partial(apply_component_edits, known, plans, found, now, self._reference, sequence=work.stored.sequence)
        work.edits = await turns.isolate(work, APPLY_COMPONENT_EDITS, run, len(found)) or NO_EDITS
        if work.stored.determined:
            # The batch runs again because the worker died after the commit. The decision is final, but the
            # siblings that it completes may not have been resumed: keep those.
            work.edits = EditResult(findings=(), completes=work.edits.completes)

    def _history_of(self, work: ClaimWork) -> HistoryQuery:
        """Reach as far back as a medical policy looks: the necessity step reads the same lines."""
        claim = work.stored.claim
        window = self._reference.family.window_days
        back = timedelta(days=max(window, self._reference.catalog.look_back_days))
        days = [line.service_date for line in claim.lines]
        npi, ahead = claim.billing.npi, timedelta(days=window)
        hospital, practice = (npi, None) if claim.form is ClaimForm.INSTITUTIONAL else (None, npi)
        shown = settings_matter_from(claim, work.authorization, self._reference)
        return HistoryQuery(
            claim.claim_id, claim.member, min(days) - back, max(days) + ahead, hospital, practice, settings_from=shown
        )

    async def _necessity(self, batch: BatchWork) -> None:
        """Policies are chosen by the date of service and by the (UTC) date of the decision."""
        decided_on, turns = self._clock().date(), Turns()
        for work in batch.billing_claims():
            claim, plans = work.stored.claim, work.eligibility.plans
            run = partial(
                review_medical_necessity, claim, plans, work.authorization, decided_on, self._reference, work.history
            )
            found = await turns.isolate(work, REVIEW_MEDICAL_NECESSITY, run, len(work.history))
            work.necessity = found or ()

    async def _determine(self, batch: BatchWork) -> None:
        now, turns = self._clock(), Turns()
        for work in batch.loaded():
            if not work.stored.determined:
                work.decision = await turns.run(work, partial(decide, work, now, self._reference))


def _editable(batch: BatchWork) -> list[ClaimWork]:
    return [work for work in batch.loaded() if not work.failures and work.chain.is_adjudicated]


def allocate_units(
    claims: Sequence[ClaimWork], ledger: AuthorizationLedger, as_of: datetime, reference: ReferenceData
) -> list[AuthorizationUse]:
    """Match claims in order of acceptance; each sees the units that the claims before it took.

    The store may call this again with fresher data when it retries its transaction: each call starts over.
    """
    taken = {member: {_key(use): use for use in uses} for member, uses in ledger.uses.items()}
    chosen: list[AuthorizationUse] = []
    for work in claims:
        claim = work.stored.claim
        known = taken.setdefault(claim.member.member_id, {})
        authorizations = ledger.authorizations.get(claim.member.member_id, ())
        work.failures.pop(MATCH_AUTHORIZATIONS, None)
        uses = uses_marked(claim, known.values(), work.eligibility.on_file)
        plans, late = work.eligibility.plans, work.eligibility.late
        own = authorizations_of(claim, authorizations, work.eligibility.on_file)
        terms = MatchTerms(work.chain.root, late, reading_days=reference.reading.days)
        denied = partial(denied_by_itself, claim, plans, work.filing, as_of, reference)
        run = partial(match_payable_first, claim, plans, own, uses, terms, denied)
        work.authorization = work.isolate(MATCH_AUTHORIZATIONS, run) or NO_AUTHORIZATION
        known.update((_key(use), use) for use in work.authorization.uses)
        chosen += work.authorization.uses
    return chosen


def _key(use: AuthorizationUse) -> tuple[str, str, str, int]:
    return (use.number, use.code, use.claim_id, use.line)
