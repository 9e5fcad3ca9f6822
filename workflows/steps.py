"""The six steps in order, as both workflows run them. Their order is in every history: see tests/replay."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ActivityCancellationType

from activities.authorizations import AuthorizationActivities
from activities.clocks import ClockActivities
from activities.determination import DeterminationActivities
from activities.edits import EditActivities
from activities.eligibility import EligibilityActivities
from activities.necessity import NecessityActivities
from activities.publication import PublicationActivities
from activities.reviews import ReviewActivities
from adjudication.vocabulary import ClaimId
from contracts.ids import review_workflow_id
from contracts.workflow_messages import (
    RESUME_SIGNAL,
    SIBLING_ARRIVED,
    ClaimBatch,
    ClockWatch,
    PublishSummary,
    ReviewAct,
    ReviewAnswer,
)

# A step is one or two SQL statements and under 0.1 s of Python for 64 claims. Twenty seconds leave room for a
# lock held by a slow transaction, and bound how long a killed worker delays the batch.
_TIMEOUT: Final = timedelta(seconds=20)

# Retries never end: the only error that leaves an activity is a store's, and giving up would leave accepted
# claims undecided. A database that restarts is back in seconds (short first pauses); one that is down for a
# day must not fill the history: at 30 s a try and some seven events each, the limit of 51,200 events is about
# two days away.
_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=0,
)

# Pauses shorter than this are waited out inside the workflow task (no event written); longer ones become a
# timer, so that a long outage does not keep a workflow task open and heartbeating.
_LOCAL_RETRY_THRESHOLD: Final = timedelta(seconds=5)


async def adjudicate(batch: ClaimBatch) -> PublishSummary:
    """Run the steps as local activities: one workflow task for all six when nothing goes wrong."""
    for step in (
        EligibilityActivities.verify_eligibility,
        AuthorizationActivities.match_authorizations,
        EditActivities.apply_component_edits,
        NecessityActivities.review_medical_necessity,
        DeterminationActivities.determine,
    ):
        await workflow.execute_local_activity_method(
            step,
            batch,
            start_to_close_timeout=_TIMEOUT,
            retry_policy=_RETRY,
            local_retry_threshold=_LOCAL_RETRY_THRESHOLD,
        )
    return await workflow.execute_local_activity_method(
        PublicationActivities.publish,
        batch,
        start_to_close_timeout=_TIMEOUT,
        retry_policy=_RETRY,
        local_retry_threshold=_LOCAL_RETRY_THRESHOLD,
        # A commit that was sent is not abandoned half-known when the workflow is cancelled.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def apply_review_action(act: ReviewAct) -> ReviewAnswer:
    """Have a person's action judged and applied, in one transaction of the store."""
    return await workflow.execute_local_activity_method(
        ReviewActivities.apply_review_action,
        act,
        start_to_close_timeout=_TIMEOUT,
        retry_policy=_RETRY,
        local_retry_threshold=_LOCAL_RETRY_THRESHOLD,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def watch_clocks(claim_id: str) -> ClockWatch:
    """Tell what the legal clocks of a waiting claim have to say, and learn when to look again."""
    return await workflow.execute_local_activity_method(
        ClockActivities.watch_clocks,
        claim_id,
        start_to_close_timeout=_TIMEOUT,
        retry_policy=_RETRY,
        local_retry_threshold=_LOCAL_RETRY_THRESHOLD,
    )


async def resume_completed(claim_ids: list[str]) -> None:
    """Tell waiting claims that a sibling arrived; one that no longer waits (or not yet) is left alone.

    One that does not wait yet reads its siblings again when its own review begins
    (workflows/review_claim.py).
    """
    handles = [workflow.get_external_workflow_handle(review_workflow_id(ClaimId(c))) for c in claim_ids]
    for handle in handles:
        try:
            await handle.signal(RESUME_SIGNAL, SIBLING_ARRIVED)
        except ApplicationError:
            workflow.logger.info("nobody waits: workflow_id=%s", handle.id)
