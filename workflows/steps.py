"""The six steps in order, and the other activities that both workflows call. Histories record the order: see tests/replay."""

from __future__ import annotations

from typing import Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ActivityCancellationType

from activities.adjudication.publication import PublicationActivities
from activities.adjudication.steps import StepActivities
from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from activities.review.actions import ReviewActivities
from activities.review.deadlines import DeadlineActivities
from activities.review.opening import OpeningActivities
from adjudication.model.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.workflow_messages.claims import (
    RESUME_SIGNAL,
    SIBLING_ARRIVED,
    ClaimBatch,
    DeadlineWatch,
    OpenReviews,
    PendedClaim,
    PublishSummary,
    ReviewAct,
    ReviewAnswer,
)

RESUMING_PATCH: Final = "reviews-resumed-by-an-activity"


async def adjudicate(batch: ClaimBatch) -> PublishSummary:
    """Run the steps as local activities: one workflow task for all six when nothing goes wrong."""
    for step in (
        StepActivities.verify_eligibility,
        StepActivities.match_authorizations,
        StepActivities.apply_component_edits,
        StepActivities.review_medical_necessity,
        StepActivities.determine,
    ):
        await workflow.execute_local_activity_method(
            step,
            batch,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )
    return await workflow.execute_local_activity_method(
        PublicationActivities.publish,
        batch,
        start_to_close_timeout=TIMEOUT,
        retry_policy=RETRY,
        local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        # A commit that was sent is not abandoned half-known when the workflow is cancelled.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def apply_review_action(act: ReviewAct) -> ReviewAnswer:
    """Judge and apply a reviewer's action, in one transaction of the store."""
    return await workflow.execute_local_activity_method(
        ReviewActivities.apply_review_action,
        act,
        start_to_close_timeout=TIMEOUT,
        retry_policy=RETRY,
        local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def watch_clocks(claim_id: str) -> DeadlineWatch:
    """Send the deadline alerts of a pended claim that are due; return when to look again."""
    return await workflow.execute_local_activity_method(
        DeadlineActivities.watch_clocks,
        claim_id,
        start_to_close_timeout=TIMEOUT,
        retry_policy=RETRY,
        local_retry_threshold=LOCAL_RETRY_THRESHOLD,
    )


async def open_reviews(pended: list[PendedClaim], round_number: int) -> None:
    """Open a review for each pended claim; it outlives the workflow that asks for it."""
    await workflow.execute_local_activity_method(
        OpeningActivities.open_reviews,
        OpenReviews(pended, round_number),
        start_to_close_timeout=TIMEOUT,
        retry_policy=RETRY,
        local_retry_threshold=LOCAL_RETRY_THRESHOLD,
    )


async def resume_completed(claim_ids: list[str], occasion: str = "") -> None:
    """Resume claims that this batch releases; a claim without a running review is left alone.

    Older executions send the signal themselves, which does not wake a review that has not started. Temporal remembers the
    answer of `patched` per name for the life of an execution, so each later occasion asks under a separate name.
    """
    if not claim_ids:
        return
    if workflow.patched(RESUMING_PATCH + occasion):
        await workflow.execute_local_activity_method(
            OpeningActivities.resume_reviews,
            claim_ids,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )
        return
    handles = [workflow.get_external_workflow_handle(review_workflow_id(ClaimId(c))) for c in claim_ids]
    for handle in handles:
        try:
            await handle.signal(RESUME_SIGNAL, SIBLING_ARRIVED)
        except ApplicationError:
            workflow.logger.info("no review to resume: workflow_id=%s", handle.id)
