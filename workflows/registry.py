"""The list of all workflows: the worker runs them, and tests/replay requires a recorded history of each."""

from __future__ import annotations

from typing import Any, Final

from workflows.adjudicate_claims import AdjudicateClaimsWorkflow
from workflows.appeal import AppealWorkflow
from workflows.bulk_retry import BulkReleaseWorkflow
from workflows.campaign import CampaignWorkflow
from workflows.readjudicate import ReadjudicateWorkflow
from workflows.review_claim import ReviewClaimWorkflow

WORKFLOWS: Final[tuple[type[Any], ...]] = (
    AdjudicateClaimsWorkflow,
    ReviewClaimWorkflow,
    AppealWorkflow,
    BulkReleaseWorkflow,
    ReadjudicateWorkflow,
    CampaignWorkflow,
)
