"""Judges recorded claims by two versions of a policy in shadow: each claim is read once, and only the policy step runs twice.

Where both versions lead to the same finding on every line, nothing else can differ, and nothing is folded. A test compares
the result with adjudicating each claim again from the beginning by the other version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from activities.adjudication.steps import StepActivities
from activities.adjudication.working_set import ClaimWork, WorkingSet
from activities.ports import ClaimStore, Ports
from activities.readjudication.shadow import AsUndecided, shadow_of
from adjudication.model.findings import Finding, PolicyDetail
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.policy.tree import PolicyVersion
from adjudication.readjudication.impact import LineImpact, LineResult, line_impacts
from adjudication.steps.necessity import PolicyInputs, review_inputs
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import APPLY_COMPONENT_EDITS, REVIEW_MEDICAL_NECESSITY, ClaimBatch


class RecordedStore(ClaimStore, Protocol):
    """Claims as they were decided, and how."""

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
    """Compares two versions of one policy. The ports' authorizations are those of a dry run, which record nothing."""

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
        self._before = replace(reference, catalog=reference.catalog.with_only(before.policy, before))
        self._after = replace(reference, catalog=reference.catalog.with_only(after.policy, after))
        self._recorded, self._clock = recorded, clock
        self._ports = replace(ports, claims=AsUndecided(recorded))

    async def judge(self, claim_ids: Sequence[ClaimId]) -> Judged:
        """Judge claims, some hundred at once; ids that the ledger does not have are left out."""
        steps = WorkingSet(self._ports.claims, self._clock, capacity=1)
        StepActivities(steps, self._ports, self._before, self._clock)
        batch = await steps.reach(ClaimBatch("impact", list(claim_ids)), APPLY_COMPONENT_EDITS)
        works, now = batch.loaded(), self._clock()
        turned = {}
        for work in works:
            found = self._other_findings(work, now)
            if found is not None:
                turned[work.stored.claim.claim_id] = (work, found)
        recorded = await self._recorded.results(list(turned)) if turned else {}
        impacts: list[LineImpact] = []
        for claim_id, (work, found) in turned.items():
            _, lines = recorded.get(claim_id, (now, {}))
            before = shadow_of(work, now, self._before)
            work.necessity = found
            impacts += line_impacts(work.stored.claim, lines, before, shadow_of(work, now, self._after))
        return Judged(len(works), sum(self._governed(work) for work in works), tuple(impacts))

    def _other_findings(self, work: ClaimWork, now: datetime) -> tuple[Finding, ...] | None:
        """Ask both versions, with what is read of the claim once; returns the findings of the second where they lead elsewhere."""
        if work.failures or not work.chain.bills:
            return None

        def asked(reference: ReferenceData, inputs: PolicyInputs) -> tuple[Finding, ...]:
            return review_inputs(inputs, work.eligibility.plans, work.authorization, now.date(), reference)

        def both() -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
            inputs = PolicyInputs(work.stored.claim, self._before, work.history)
            return asked(self._before, inputs), asked(self._after, inputs)

        found = work.isolate(REVIEW_MEDICAL_NECESSITY, both)
        if found is None:
            return None
        work.necessity, after = found
        return None if [_leads_to(f) for f in after] == [_leads_to(f) for f in work.necessity] else after

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


def _leads_to(finding: Finding) -> tuple[object, ...]:
    """Return everything of a policy's finding that a decision can depend on: all but its citation and its evidence."""
    detail = finding.detail
    documents = detail.documents if isinstance(detail, PolicyDetail) else detail
    return finding.line, finding.outcome, finding.verdict, finding.pend, documents
