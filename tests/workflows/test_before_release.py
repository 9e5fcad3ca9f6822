"""A decision held before release lives in a review like every other wait: it is let go, sent back, or released in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.people import Role
from contracts.workflow_messages.claims import ReviewClaim
from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import a_claim, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.prerelease_holds import a_sample, holding
from tests.builders.reviews import EXAMINER, RATIONALE, a_person
from tests.builders.workflows.real_reviews import Office
from tests.builders.workflows.reviews import ask, result_while_time_is_stopped
from tests.builders.workflows.running import start_review, worker

QUALITY = a_person("quality", Role.QUALITY, licenses=())


@pytest.fixture
async def adjudicator(environment: WorkflowEnvironment) -> Adjudicator:
    """Every decision of the plan is sampled."""
    adjudicator = Adjudicator(InMemoryLedger(), holding(load_reference(default_policies_dir()), sample=a_sample()))
    adjudicator.clock.now = await environment.get_current_time()
    adjudicator.ledger.reviews.employ(QUALITY, EXAMINER)
    return adjudicator


async def a_sampled_claim(adjudicator: Adjudicator) -> tuple[Claim, ReviewClaim]:
    claim = a_claim("SAMPLED", received_at=adjudicator.clock.now)
    adjudicator.ledger.accept(claim)
    adjudicator.ledger.cover(coverage(claim.member))
    (pended,) = (await adjudicator.run(claim)).pended
    assert pended.codes == ["P-QA"]
    return claim, ReviewClaim(pended)


def looked_at(adjudicator: Adjudicator, claim: Claim) -> dict[str, Any]:
    (pend,) = adjudicator.ledger.pended[claim.claim_id].pends
    return {"outcome": outcomes.SAMPLED, "about": pend.about}


async def test_a_claim_no_person_looked_at_is_released_before_the_law_runs_out(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    """No person acts and no event comes: the review itself wakes, a day before the 30 days of New York are over."""
    claim, waiting = await a_sampled_claim(adjudicator)
    assert waiting.pended.retry_at is not None
    released = datetime.fromisoformat(waiting.pended.retry_at)
    assert timedelta(days=28) < released - claim.received_at < timedelta(days=30)
    async with worker(environment.client, adjudicator.activities()):
        review = await start_review(environment.client, waiting)
        await environment.sleep(timedelta(days=20))
        assert (await ask(review)).codes == ["P-QA"]
        adjudicator.clock.now = released
        await review.result()
    (line,) = adjudicator.ledger.determined[claim.claim_id].lines
    assert outcomes.NOT_LOOKED_AT in {finding.outcome for finding in line.findings}


async def test_quality_sends_back_a_person_looks_and_quality_lets_it_go(
    environment: WorkflowEnvironment, adjudicator: Adjudicator, cached: int
) -> None:
    claim, waiting = await a_sampled_claim(adjudicator)
    async with worker(environment.client, adjudicator.activities(), cached=cached):
        review = await start_review(environment.client, waiting)
        office = Office(adjudicator, claim, review)
        assert (await office.do(QUALITY, action="take")).accepted
        back = {**looked_at(adjudicator, claim), "error": "procedural", "reason": RATIONALE}
        assert (await office.do(QUALITY, action="send-back", **back)).accepted
        assert (await office.do(QUALITY, action="release")).accepted
        await environment.sleep(timedelta(minutes=1))
        assert (await ask(review)).codes == ["P-BACK"]
        adjudicator.clock.now += timedelta(minutes=1)
        assert (await office.do(EXAMINER, action="take")).accepted
        assert (await office.decides(EXAMINER, 1, outcome=outcomes.SENT_BACK)).accepted
        assert (await office.do(EXAMINER, key="done", action="release")).accepted
        await environment.sleep(timedelta(minutes=1))
        assert (await ask(review)).codes == ["P-QA"]
        adjudicator.clock.now += timedelta(minutes=1)
        assert (await office.do(QUALITY, key="again", action="take")).accepted
        passes = {**looked_at(adjudicator, claim), "resolution": "passes", "rationale": RATIONALE}
        assert (await office.do(QUALITY, action="decide", **passes)).accepted
        assert await result_while_time_is_stopped(environment, review) >= 1
    assert adjudicator.ledger.determined[claim.claim_id].paid > 0
