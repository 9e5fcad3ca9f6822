"""BulkReleaseWorkflow: sets the pace of one bulk retry. It knows its id only; claims, counts and approvals are in the store.

Each step signals some claims and returns the time of the next step. A cancellation is recorded in the store, where the next
step finds it within two seconds; the signal `changed` runs that step at once.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import VersioningBehavior

from activities.review.bulk_retries import BulkRetryActivities
from contracts.actions.bulk_retries import BULK_RELEASE, RELEASE_CHANGED_SIGNAL, BulkRetryInput

# workflows.paced issues commands, so it is not passed through the sandbox: Temporal checks it for determinism.
with workflow.unsafe.sandbox_import_notification_policy(
    workflow.SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
):
    from workflows.paced import Wake, run_steps


@workflow.defn(name=BULK_RELEASE, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class BulkReleaseWorkflow:
    """Carry out one bulk retry."""

    @workflow.init
    def __init__(self, release: BulkRetryInput) -> None:
        """Take the id only: every run reads the progress from the store."""
        self._release = release
        self._wake = Wake()

    @workflow.run
    async def run(self, _release: BulkRetryInput) -> None:
        """Run until every claim was signaled and retried, or the bulk retry was canceled."""
        await run_steps(BulkRetryActivities.release_step, self._release, self._wake)

    @workflow.signal(name=RELEASE_CHANGED_SIGNAL)
    def changed(self) -> None:
        """Run the next step at once: a supervisor canceled, paused or resumed the bulk retry."""
        self._wake.changed = True
