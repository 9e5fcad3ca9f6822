"""Reviews with the real activities over stores in memory: what reviewers do, and what the ledger then says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from temporalio.client import WorkflowHandle

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.people import StaffMember
from contracts.workflow_messages.claims import (
    ClaimBatch,
    ReviewAnswer,
)
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.reviews import RATIONALE
from tests.builders.workflows.reviews import act
from tests.builders.workflows.running import a_batch


class Office:
    """Submits actions as the interface does and sends them to the workflow."""

    def __init__(self, adjudicator: Adjudicator, claim: Claim, review: WorkflowHandle[Any, int]) -> None:
        self.adjudicator, self.claim, self.review = adjudicator, claim, review

    async def do(self, person: StaffMember, **content: Any) -> ReviewAnswer:
        action = self.adjudicator.ledger.reviews.submit(self.claim.claim_id, person, **content)
        return await act(self.review, action)

    async def decides(self, person: StaffMember, line: int, **more: Any) -> ReviewAnswer:
        fields: dict[str, Any] = {
            "action": "decide",
            "line": line,
            "outcome": outcomes.EXPERIMENTAL,
            "rationale": RATIONALE,
        }
        return await self.do(person, **{**fields, "resolution": "passes", **more})


def of(*claims: Claim) -> ClaimBatch:
    return a_batch(*(claim.claim_id for claim in claims))


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110 - a store notifies no person
            await asyncio.sleep(0.01)


def pend_codes(adjudicator: Adjudicator, claim: Claim) -> set[str]:
    return {pend.code for pend in adjudicator.ledger.pended[claim.claim_id].pends}
