"""AdjudicateClaimsWorkflow: one short execution for a batch of claims (group commit).

Claims that are determined at once share it. Each claim that pends gets a separate ReviewClaimWorkflow, so this one never
waits for reviewers or for time, and always ends.
"""

from __future__ import annotations

import asyncio
from typing import Final

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from adjudication.model.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.workflow_messages.claims import (
    ADJUDICATE_CLAIMS,
    REVIEW_CLAIM,
    ClaimBatch,
    PendedClaim,
    PublishSummary,
    ReviewClaim,
)

# workflows.steps issues commands, so it is not passed through the sandbox: Temporal checks it for determinism.
with workflow.unsafe.sandbox_import_notification_policy(
    workflow.SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
):
    from workflows.steps import adjudicate, open_reviews, resume_completed

OPENING_PATCH: Final = "reviews-opened-by-an-activity"
"""Executions without this patch start their reviews as child workflows, one workflow task each."""


@workflow.defn(name=ADJUDICATE_CLAIMS, versioning_behavior=VersioningBehavior.PINNED)
class AdjudicateClaimsWorkflow:
    """Adjudicate a batch, open the reviews of its pended claims, and resume other claims whose pends it resolves."""

    @workflow.run
    async def run(self, batch: ClaimBatch) -> PublishSummary:
        """Return the committed claims."""
        summary = await adjudicate(batch)
        await self._hold_all(summary.pended, batch.round)
        await resume_completed(summary.completes)
        return summary

    async def _hold_all(self, waiting: list[PendedClaim], round_number: int) -> None:
        """Open the review of every pended claim before this execution ends."""
        if not waiting:
            return
        if workflow.patched(OPENING_PATCH):
            await open_reviews(waiting, round_number)
        else:
            await asyncio.gather(*(self._hold(pended, round_number) for pended in waiting))

    async def _hold(self, pended: PendedClaim, round_number: int) -> None:
        """Start the review of a claim; a review that already runs is left as it is."""
        try:
            await workflow.start_child_workflow(
                REVIEW_CLAIM,
                ReviewClaim(pended, round_number),
                id=review_workflow_id(ClaimId(pended.claim_id)),
                # The review runs for weeks; the batch must not wait for it.
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("review already runs: claim_id=%s", pended.claim_id)
