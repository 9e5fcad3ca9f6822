"""The review workflow of the release before people could act, as it was: what a deployment finds open.

Kept to prove that an execution it began goes on under the code of today; never edited to follow that code.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow

from adjudication.model.pends import FAMILY_PEND
from adjudication.model.vocabulary import ClaimId
from contracts.ids import batch_id
from contracts.workflow_messages.claims import (
    RESUME_SIGNAL,
    REVIEW_CLAIM,
    WAITING_FOR_QUERY,
    ClaimBatch,
    ReviewClaim,
    WaitingFor,
)

# Reloaded into the sandbox on purpose, unlike everything above: it issues commands, so it is checked as well.
with workflow.unsafe.sandbox_import_notification_policy(
    workflow.SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
):
    from workflows.steps import adjudicate, resume_completed

# A retry time that is already past (clocks of worker and server differ) must not become a busy loop.
_SHORTEST_WAIT: Final = timedelta(seconds=30)

_SIBLINGS_AGAIN: Final = "siblings-again"
_TIME: Final = "time"


@workflow.defn(name=REVIEW_CLAIM)
class EarlierReviewClaimWorkflow:
    """Hold one pended claim."""

    @workflow.init
    def __init__(self, review: ReviewClaim) -> None:
        """Take over where the batch, or this workflow's run before, left the claim."""
        self._pended = review.pended
        self._round = review.round
        # Insertion-ordered and without repeats: ten siblings that arrive during one try cause one more try.
        self._reasons: dict[str, None] = dict.fromkeys(review.reasons)
        self._overdue = False
        if review.round == 0:
            self._read_siblings_again(())

    @workflow.run
    async def run(self, _review: ReviewClaim) -> int:
        """Return the round in which the claim was determined."""
        while True:
            await self._wait_for_reason()
            if await self._try_again():
                return self._round
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(ReviewClaim(self._pended, self._round, list(self._reasons)))

    @workflow.signal(name=RESUME_SIGNAL)
    def resume(self, reason: str) -> None:
        """Ask for another try; `reason` is a code. Asked twice before the try, it counts once."""
        self._reasons[reason] = None

    @workflow.query(name=WAITING_FOR_QUERY)
    def waiting_for(self) -> WaitingFor:
        """Return why the claim waits, until when, and how often it was tried again."""
        pended = self._pended
        return WaitingFor(pended.codes, pended.due_at, self._round, pended.retry_at, self._overdue)

    async def _try_again(self) -> bool:
        """Run the steps once and say whether the claim is determined now."""
        workflow.logger.info("trying again: claim_id=%s reasons=%s", self._pended.claim_id, ",".join(self._reasons))
        # Cleared before the try, not after: what arrives during it may have come too late for what it read.
        self._reasons.clear()
        self._round += 1
        claim_ids = [self._pended.claim_id]
        batch = batch_id((ClaimId(self._pended.claim_id),))
        summary = await adjudicate(ClaimBatch(batch, claim_ids, self._round))
        await resume_completed(summary.completes)
        if summary.pended:
            before, self._pended = self._pended, summary.pended[0]
            self._overdue = False
            self._read_siblings_again(before.codes)
        return summary.determined > 0

    def _read_siblings_again(self, codes_before: list[str] | tuple[str, ...]) -> None:
        """Ask for one try at once when the claim has just begun to wait for siblings.

        Closes a race: a sibling registered after our step read the siblings and before our pend was
        committed. It saw no claim that waits, so it notified none; we did not see it. From now on siblings do
        see us.
        """
        if FAMILY_PEND in self._pended.codes and FAMILY_PEND not in codes_before:
            self._reasons[_SIBLINGS_AGAIN] = None

    async def _wait_for_reason(self) -> None:
        while not self._reasons:
            wake_at, is_retry = self._next_wake()
            try:
                await workflow.wait_condition(lambda: bool(self._reasons), timeout=self._until(wake_at))
            except TimeoutError:
                if is_retry:
                    self._reasons[_TIME] = None
                else:
                    self._escalate()

    def _next_wake(self) -> tuple[datetime | None, bool]:
        """Return when to wake unasked, and whether that is for a try (if not, the due date passes)."""
        retry_at = datetime.fromisoformat(self._pended.retry_at) if self._pended.retry_at else None
        due_at = None if self._overdue else datetime.fromisoformat(self._pended.due_at)
        if retry_at is not None and (due_at is None or retry_at <= due_at):
            return retry_at, True
        return due_at, False

    def _until(self, moment: datetime | None) -> timedelta | None:
        return None if moment is None else max(moment - workflow.now(), _SHORTEST_WAIT)

    def _escalate(self) -> None:
        """Say that the due date passed without a decision; the claim goes on waiting."""
        self._overdue = True
        workflow.logger.warning(
            "claim is past its due date: claim_id=%s codes=%s due_at=%s",
            self._pended.claim_id,
            ",".join(self._pended.codes),
            self._pended.due_at,
        )
