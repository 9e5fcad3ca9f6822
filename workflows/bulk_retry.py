"""BulkReleaseWorkflow: the pacemaker of one bulk release. It knows its id; claims, counts and who agreed are in the store.

A step asks some claims and says when to come back. A cancel is a fact of the store that the next step finds, at the
latest two seconds later; the signal `changed` only makes it look at once. It may not decide anything.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from activities.review.bulk_retries import BulkRetryActivities
from contracts.actions.bulk_retries import BULK_RELEASE, RELEASE_CHANGED_SIGNAL, HoldRelease, ReleaseStepDone


@workflow.defn(name=BULK_RELEASE)
class BulkReleaseWorkflow:
    """Carry out one release."""

    @workflow.init
    def __init__(self, release: HoldRelease) -> None:
        """Begin by looking: a start, a restart and a new run are the same."""
        self._release = release
        self._changed = False

    @workflow.run
    async def run(self, _release: HoldRelease) -> None:
        """End when every claim was asked and tried, or the release was cancelled."""
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
        """Look at once: somebody cancelled, paused or went on."""
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
