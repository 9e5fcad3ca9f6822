"""Baseline (a): the usual design, one workflow a claim and four regular activities a workflow.

Same core, same SQL, same stores as the product. It is even given the product's working set, so that a claim is
loaded once instead of four times.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from contracts.workflow_messages.claims import ClaimBatch

NAME = "PerClaimBaseline"
QUEUE = "per-claim-baseline"
ACTIVITIES = ("verify_eligibility", "match_authorizations", "apply_component_edits", "publish")
"""`publish` runs medical necessity and determination too: the working set brings a batch up to any step."""


@workflow.defn(name=NAME)
class PerClaimBaseline:
    """Four regular activities in a row."""

    @workflow.run
    async def run(self, batch: ClaimBatch) -> None:
        """Run them."""
        for name in ACTIVITIES:
            await workflow.execute_activity(name, batch, start_to_close_timeout=timedelta(seconds=30))
