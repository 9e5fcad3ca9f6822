"""The usual design: one workflow per claim. Baseline (a) runs four regular activities, (c) the same four as local ones.

Both use the core, SQL and working set of the product, so a claim is loaded once and not four times.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from contracts.workflow_messages.claims import ClaimBatch

NAME = "PerClaimBaseline"
LOCAL_NAME = "LocalPerClaimBaseline"
QUEUE = "per-claim-baseline"
ACTIVITIES = ("verify_eligibility", "match_authorizations", "apply_component_edits", "publish")
"""`publish` also runs medical necessity and determination: the working set runs all steps before a given one."""


@workflow.defn(name=NAME)
class PerClaimBaseline:
    """Four regular activities in a row."""

    @workflow.run
    async def run(self, batch: ClaimBatch) -> None:
        """Run them."""
        for name in ACTIVITIES:
            await workflow.execute_activity(name, batch, start_to_close_timeout=timedelta(seconds=30))


@workflow.defn(name=LOCAL_NAME)
class LocalPerClaimBaseline:
    """Four local activities in a row: one workflow task, and no task queue between them."""

    @workflow.run
    async def run(self, batch: ClaimBatch) -> None:
        """Run them."""
        for name in ACTIVITIES:
            await workflow.execute_local_activity(name, batch, start_to_close_timeout=timedelta(seconds=30))
