"""The six steps in order, and the other activities that several workflows call. Histories record the order: see tests/replay."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError
from temporalio.workflow import ActivityCancellationType

from activities.adjudication.large import LargeClaimActivities
from activities.adjudication.publication import PublicationActivities
from activities.adjudication.steps import StepActivities
from activities.options import HEARTBEAT_TIMEOUT, LARGE_TIMEOUT, LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from activities.review.actions import ReviewActivities
from activities.review.deadlines import DeadlineActivities
from activities.review.opening import OpeningActivities
from adjudication.model.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.workflow_messages.claims import (
    RESUME_SIGNAL,
    SIBLING_ARRIVED,
    TOOK_TOO_LONG,
    ClaimBatch,
    DeadlineWatch,
    OpenReviews,
    PendedClaim,
    PublishSummary,
    ReviewAct,
    ReviewAnswer,
    large_queue,
)

RESUMING_PATCH: Final = "reviews-resumed-by-an-activity"
_PARTS: Final = 4
"""Parts of a batch that took too long: 256 claims are single ones after four tries."""


async def adjudicate(batch: ClaimBatch) -> PublishSummary:
    """Adjudicate a batch. A batch that takes too long is tried again in smaller parts, at last claim by claim.

    No recorded history has a large batch or the error that leads to parts, so older executions replay without a patch.
    """
    if batch.large:
        return await _adjudicate_large(batch)
    try:
        return await _adjudicate_in_steps(batch)
    except FailureError as error:
        if not _took_too_long(error):
            raise
    if len(batch.claim_ids) == 1:
        return await _adjudicate_large(replace(batch, large=True))
    return _added([await adjudicate(part) for part in parts_of(batch)])


def parts_of(batch: ClaimBatch) -> list[ClaimBatch]:
    """Return a batch as up to four smaller ones, in order; the batch is finished with the last."""
    ids = batch.claim_ids
    size = -(-len(ids) // _PARTS)
    groups = [ids[first : first + size] for first in range(0, len(ids), size)]
    prefix = f"{batch.part}." if batch.part else ""
    return [
        replace(batch, claim_ids=group, part=f"{prefix}{number}/{len(groups)}", more=batch.more or number < len(groups))
        for number, group in enumerate(groups, start=1)
    ]


def _added(parts: list[PublishSummary]) -> PublishSummary:
    return PublishSummary(
        determined=sum(part.determined for part in parts),
        pended=[claim for part in parts for claim in part.pended],
        completes=list(dict.fromkeys(claim for part in parts for claim in part.completes)),
    )


def _took_too_long(error: FailureError) -> bool:
    """Read the error of a step; that of a local activity arrives without an ActivityError around it."""
    failed = error.cause if isinstance(error, ActivityError) else error
    return isinstance(failed, ApplicationError) and failed.type == TOOK_TOO_LONG


async def _adjudicate_large(batch: ClaimBatch) -> PublishSummary:
    """Run all steps of one large claim as one activity of the queue for large claims, so that it delays no other claim."""
    return await workflow.execute_activity_method(
        LargeClaimActivities.adjudicate_large,
        batch,
        task_queue=large_queue(workflow.info().task_queue),
        start_to_close_timeout=LARGE_TIMEOUT,
        heartbeat_timeout=HEARTBEAT_TIMEOUT,
        retry_policy=RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def _adjudicate_in_steps(batch: ClaimBatch) -> PublishSummary:
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
        # When the workflow is cancelled, it still waits for the result of a commit that was sent.
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
    """Send the deadline alerts of a pended claim that are due; return the time of the next check."""
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
