"""Workflows under production names that issue other commands: the positive control of the replay test."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from contracts.actions.bulk_retries import BULK_RELEASE, BulkRetryInput
from contracts.workflow_messages.appeals import APPEAL, AppealInput
from contracts.workflow_messages.campaigns import CAMPAIGN, CampaignInput
from contracts.workflow_messages.claims import ADJUDICATE_CLAIMS, REVIEW_CLAIM, ClaimBatch, PublishSummary, ReviewClaim
from contracts.workflow_messages.readjudication import READJUDICATE, Readjudicate


@workflow.defn(name=ADJUDICATE_CLAIMS)
class DivergentAdjudication:
    @workflow.run
    async def run(self, batch: ClaimBatch) -> PublishSummary:
        await workflow.sleep(timedelta(seconds=1))
        return PublishSummary(determined=len(batch.claim_ids))


@workflow.defn(name=REVIEW_CLAIM)
class DivergentReview:
    @workflow.run
    async def run(self, _review: ReviewClaim) -> int:
        # Starts a timer of another length first: even an execution that only waits must state the difference.
        await workflow.start_child_workflow("SomethingElse", id="elsewhere")
        return 0


@workflow.defn(name=APPEAL)
class DivergentAppeal:
    @workflow.run
    async def run(self, _appeal: AppealInput) -> None:
        await workflow.start_child_workflow("SomethingElse", id="elsewhere")


@workflow.defn(name=BULK_RELEASE)
class DivergentRelease:
    @workflow.run
    async def run(self, _release: BulkRetryInput) -> None:
        await workflow.start_child_workflow("SomethingElse", id="elsewhere")


@workflow.defn(name=READJUDICATE)
class DivergentReadjudication:
    @workflow.run
    async def run(self, _asked: Readjudicate) -> None:
        await workflow.start_child_workflow("SomethingElse", id="elsewhere")


@workflow.defn(name=CAMPAIGN)
class DivergentCampaign:
    @workflow.run
    async def run(self, _campaign: CampaignInput) -> None:
        await workflow.start_child_workflow("SomethingElse", id="elsewhere")
