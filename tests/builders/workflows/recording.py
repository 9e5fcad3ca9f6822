"""Stand-ins for the activities under their production names: they record calls and follow a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import activity

from contracts.workflow_messages.claims import (
    APPLY_COMPONENT_EDITS,
    APPLY_REVIEW_ACTION,
    DETERMINE,
    MATCH_AUTHORIZATIONS,
    PUBLISH,
    REVIEW_MEDICAL_NECESSITY,
    VERIFY_ELIGIBILITY,
    WATCH_CLOCKS,
    ClaimBatch,
    DeadlineWatch,
    PendedClaim,
    PublishSummary,
    ReviewAct,
    ReviewAnswer,
    StepSummary,
)

Answer = Callable[[ClaimBatch], PublishSummary]


class StoreUnavailableError(Exception):
    """What a store raises when its database is away."""


def all_determined(batch: ClaimBatch) -> PublishSummary:
    """Answer that nothing waits."""
    return PublishSummary(determined=len(batch.claim_ids))


def pends(pended: PendedClaim, *, tries: int = 0) -> Answer:
    """Answer that one claim waits in its first rounds, up to and including round `tries`."""

    def answer(batch: ClaimBatch) -> PublishSummary:
        if batch.round > tries:
            return all_determined(batch)
        return PublishSummary(determined=len(batch.claim_ids) - 1, pended=[pended])

    return answer


class RecordingSteps:
    """The six steps: `calls` has (step, batch id, round); `failures` says how often a step fails at first."""

    def __init__(self, answer: Answer = all_determined, failures: dict[str, int] | None = None) -> None:
        self.answer = answer
        self.failures = dict(failures or {})
        self.calls: list[tuple[str, str, int]] = []
        self.on_publish: Callable[[ClaimBatch], Any] | None = None
        self.next_clock: str | None = None
        self.decided = False
        self.looked_at: list[str] = []
        self.actions: dict[str, ReviewAnswer] = {}
        self.acted: list[str] = []

    def activities(self) -> list[Callable[..., Any]]:
        """What to register with a worker."""
        steps = [self.eligibility, self.authorizations, self.edits, self.necessity, self.fold, self.publish]
        return [*steps, self.clocks, self.act]

    def rounds(self) -> list[int]:
        """Rounds that were published, in order."""
        return [round_number for step, _, round_number in self.calls if step == PUBLISH]

    def _record(self, step: str, batch: ClaimBatch) -> StepSummary:
        self.calls.append((step, batch.batch_id, batch.round))
        if self.failures.get(step, 0) > 0:
            self.failures[step] -= 1
            raise StoreUnavailableError(step)
        return StepSummary(claims=len(batch.claim_ids))

    @activity.defn(name=VERIFY_ELIGIBILITY)
    async def eligibility(self, batch: ClaimBatch) -> StepSummary:
        return self._record(VERIFY_ELIGIBILITY, batch)

    @activity.defn(name=MATCH_AUTHORIZATIONS)
    async def authorizations(self, batch: ClaimBatch) -> StepSummary:
        return self._record(MATCH_AUTHORIZATIONS, batch)

    @activity.defn(name=APPLY_COMPONENT_EDITS)
    async def edits(self, batch: ClaimBatch) -> StepSummary:
        return self._record(APPLY_COMPONENT_EDITS, batch)

    @activity.defn(name=REVIEW_MEDICAL_NECESSITY)
    async def necessity(self, batch: ClaimBatch) -> StepSummary:
        return self._record(REVIEW_MEDICAL_NECESSITY, batch)

    @activity.defn(name=DETERMINE)
    async def fold(self, batch: ClaimBatch) -> StepSummary:
        return self._record(DETERMINE, batch)

    @activity.defn(name=PUBLISH)
    async def publish(self, batch: ClaimBatch) -> PublishSummary:
        self._record(PUBLISH, batch)
        if self.on_publish is not None:
            await self.on_publish(batch)
        return self.answer(batch)

    @activity.defn(name=WATCH_CLOCKS)
    async def clocks(self, claim_id: str) -> DeadlineWatch:
        self.looked_at.append(claim_id)
        return DeadlineWatch(self.next_clock, decided=self.decided)

    @activity.defn(name=APPLY_REVIEW_ACTION)
    async def act(self, act: ReviewAct) -> ReviewAnswer:
        """Answer as scripted; an action no person scripted is refused."""
        self.acted.append(act.action_id)
        return self.actions.get(act.action_id, ReviewAnswer(accepted=False, code="unknown-action"))
