"""BulkReleaseWorkflow: sets the pace of one bulk retry. It knows its id only; claims, counts and approvals are in the store.

Each step signals some claims and returns when to come back. A cancel is recorded in the store, where the next step finds
it within two seconds; the signal `changed` makes the workflow look at once.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from activities.review.bulk_retries import BulkRetryActivities
from contracts.actions.bulk_retries import BULK_RELEASE, RELEASE_CHANGED_SIGNAL, HoldRelease, ReleaseStepDone


@workflow.defn(name=BULK_RELEASE, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class BulkReleaseWorkflow:
    """Carry out one bulk retry."""

    @workflow.init
    def __init__(self, release: HoldRelease) -> None:
        """Begin by looking: a start, a restart and a new run are the same."""
        self._release = release
        self._changed = False

    @workflow.run
    async def run(self, _release: HoldRelease) -> None:
        """End when every claim was signaled and tried, or the bulk retry was canceled."""
        while True:
            self._changed = False
            done = await self._step()
            if done.over:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._release)
            await self._wait(done)

    @workflow.signal(name=RELEASE_CHANGED_SIGNAL)
    def changed(self) -> None:
        """Look at once: a supervisor canceled, paused or continued the bulk retry."""
        self._changed = True

    async def _step(self) -> ReleaseStepDone:
        return await workflow.execute_local_activity_method(
            BulkRetryActivities.release_step,
            self._release,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )

    async def _wait(self, done: ReleaseStepDone) -> None:
        timeout = None if done.again_in is None else timedelta(seconds=done.again_in)
        try:
            await workflow.wait_condition(lambda: self._changed, timeout=timeout)
        except TimeoutError:
            return
