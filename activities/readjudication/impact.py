"""Compares two versions of a policy on recorded claims, as a dry run: each claim is read once, and only the policy step runs twice.

Both versions rule on each line, and most claims end there: where the rulings lead to the same decision on every line, nothing
else can differ. Only for the other claims are findings built, edits run and decisions folded. A test compares the
result with a complete adjudication under the other version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from activities.adjudication.steps import StepActivities
from activities.adjudication.turns import Turns
from activities.adjudication.working_set import ClaimWork, WorkingSet
from activities.ports import ClaimStore, Ports
from activities.readjudication.shadow import AsUndecided, shadow_of
from adjudication.model.findings import Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.policy.tree import PolicyVersion, differing_codes
from adjudication.readjudication.impact import LineImpact, LineResult, findings_that_differ, line_impacts
from adjudication.steps.necessity import PolicyInputs
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import MATCH_AUTHORIZATIONS, REVIEW_MEDICAL_NECESSITY, ClaimBatch


class RecordedStore(ClaimStore, Protocol):
    """Reads claims with the facts and results of their decisions."""

    async def results(
        self, claim_ids: Sequence[ClaimId]
    ) -> Mapping[ClaimId, tuple[datetime, Mapping[LineNumber, LineResult]]]:
        """Return when each claim was decided last, and its lines; undecided claims are absent."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """The results of two versions on some claims: the lines that were compared, and those that differ."""

    claims: int
    lines: int
    impacts: tuple[LineImpact, ...]


class PolicyImpact:
    """Compares two versions of one policy. The port for authorizations must be that of a dry run, which records nothing."""

    def __init__(
        self,
        ports: Ports,
        recorded: RecordedStore,
        reference: ReferenceData,
        versions: tuple[PolicyVersion, PolicyVersion],
        clock: TimeSource,
    ) -> None:
        """Compare the first version with the second, each as if it governed on every day."""
        before, after = versions
        self._policy, self._codes = before.policy, before.codes | after.codes
        self._differing = differing_codes(before, after)
        self._before = replace(reference, catalog=reference.catalog.with_only(before.policy, before))
        self._after = replace(reference, catalog=reference.catalog.with_only(after.policy, after))
        self._recorded, self._clock = recorded, clock
        self._ports = replace(ports, claims=AsUndecided(recorded))

    async def judge(self, claim_ids: Sequence[ClaimId]) -> Judged:
        """Judge claims, some hundred at once; ids that the ledger does not have are left out."""
        steps = WorkingSet(self._ports.claims, self._clock, capacity=1)
        activities = StepActivities(steps, self._ports, self._before, self._clock)
        batch = await steps.reach(ClaimBatch("impact", list(claim_ids)), MATCH_AUTHORIZATIONS)
        histories, now = await activities.read_histories(batch), self._clock()
        turned: list[tuple[ClaimWork, tuple[Finding, ...]]] = []
        for work in batch.loaded():
            activities.take_history(work, histories)
            found = self._other_findings(work, now)
            if found is not None:
                await activities.edit(work, histories, now, Turns())
                turned += () if work.failures else ((work, found),)
        recorded = await self._recorded.results([work.stored.claim.claim_id for work, _ in turned]) if turned else {}
        impacts: list[LineImpact] = []
        for work, found in turned:
            _, lines = recorded.get(work.stored.claim.claim_id, (now, {}))
            before = shadow_of(work, now, self._before)
            work.necessity = found
            impacts += line_impacts(work.stored.claim, lines, before, shadow_of(work, now, self._after))
        return Judged(len(batch.loaded()), sum(map(self._governed, batch.loaded())), tuple(impacts))

    def _other_findings(self, work: ClaimWork, now: datetime) -> tuple[Finding, ...] | None:
        """Evaluate both versions on one reading of the claim; return the findings of the second if they lead to another decision."""
        if work.failures or not work.chain.is_adjudicated:
            return None
        claim, plans, on = work.stored.claim, work.eligibility.plans, now.date()
        if self._differing.isdisjoint([line.code for line in claim.lines]):
            return None

        def both() -> tuple[tuple[Finding, ...], tuple[Finding, ...]] | None:
            inputs = PolicyInputs(claim, self._before, work.history)
            return findings_that_differ(inputs, plans, work.authorization, on, (self._before, self._after))

        found = work.isolate(REVIEW_MEDICAL_NECESSITY, both)
        if found is None:
            return None
        work.necessity, after = found
        return after

    def _governed(self, work: ClaimWork) -> int:
        """Count the lines for which the plan asks the policy."""
        plans, catalog = work.eligibility.plans, self._before.catalog
        return sum(
            1
            for line in work.stored.claim.lines
            if line.code in self._codes
            and (plan := plans.get(line.number)) is not None
            and catalog.asks(plan.precedence, self._policy)
        )
