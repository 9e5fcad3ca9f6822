"""Replacements and voids through the workflows, with the real activities and rules; only the stores are in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition
from adjudication.model.reference import ReferenceData
from contracts.workflow_messages.claims import ReviewClaim
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import ANALYSIS, IMAGING, a_claim, an_authorization, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.chains import a_correction
from tests.builders.plans import reference_requiring_authorization
from tests.builders.workflows.real_reviews import of, pend_codes, until
from tests.builders.workflows.running import review_of, run_batch, start_review, worker


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return reference_requiring_authorization()


@pytest.fixture
async def adjudicator(environment: WorkflowEnvironment, reference: ReferenceData) -> Adjudicator:
    adjudicator = Adjudicator(InMemoryLedger(), reference)
    adjudicator.clock.now = await environment.get_current_time()
    return adjudicator


def disposition(adjudicator: Adjudicator, claim: Claim) -> Disposition:
    return adjudicator.ledger.determined[claim.claim_id].lines[0].disposition


async def test_a_parked_replacement_is_resumed_by_the_batch_of_its_original(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", received_at=adjudicator.clock.now)
    replacement = a_correction(original, IMAGING, control="R", received_at=adjudicator.clock.now)
    adjudicator.ledger.cover(coverage(original.member))
    adjudicator.ledger.accept(replacement)
    async with worker(environment.client, adjudicator.activities()):
        await run_batch(environment, of(replacement))
        assert pend_codes(adjudicator, replacement) == {"P-CHAIN"}
        adjudicator.ledger.accept(original)
        await run_batch(environment, of(original))
        await until(lambda: replacement.claim_id in adjudicator.ledger.determined)
    assert disposition(adjudicator, original) is Disposition.REVERSED
    assert disposition(adjudicator, replacement) is Disposition.APPROVED


async def test_one_batch_with_both_ends_with_the_replacement_paid(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", received_at=adjudicator.clock.now)
    replacement = a_correction(original, IMAGING, control="R", received_at=adjudicator.clock.now)
    adjudicator.ledger.cover(coverage(original.member))
    adjudicator.ledger.accept(replacement, original)
    async with worker(environment.client, adjudicator.activities()):
        await run_batch(environment, of(replacement, original))
        await until(lambda: replacement.claim_id in adjudicator.ledger.determined)
    assert disposition(adjudicator, original) is Disposition.REVERSED


async def test_the_review_of_a_replaced_claim_hears_of_it_and_ends(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", ANALYSIS, received_at=adjudicator.clock.now)
    replacement = a_correction(original, ANALYSIS, control="R", received_at=adjudicator.clock.now)
    adjudicator.ledger.cover(coverage(original.member))
    adjudicator.ledger.authorize(an_authorization(original.member, ANALYSIS))
    adjudicator.ledger.accept(original)
    async with worker(environment.client, adjudicator.activities()):
        await run_batch(environment, of(original))
        await until(lambda: adjudicator.ledger.calls.count("commit") == 2)  # It looks for siblings once more at once.
        adjudicator.ledger.accept(replacement)
        await run_batch(environment, of(replacement))
        with environment.auto_time_skipping_disabled():
            await review_of(environment.client, original.claim_id).result()
    assert disposition(adjudicator, original) is Disposition.WITHDRAWN
    assert pend_codes(adjudicator, replacement) == {"P-FAM"}


async def test_a_replacement_of_nothing_is_refused_when_its_time_is_over(
    environment: WorkflowEnvironment, adjudicator: Adjudicator, cached: int
) -> None:
    received_at = adjudicator.clock.now
    replacement = a_correction("CWSYNTHETIC", IMAGING, control="R", received_at=received_at)
    adjudicator.ledger.cover(coverage(replacement.member))
    adjudicator.ledger.accept(replacement)
    (pended,) = (await adjudicator.run(replacement)).pended
    wait = timedelta(days=adjudicator.reference.chain.wait_days)
    async with worker(environment.client, adjudicator.activities(), cached=cached):
        review = await start_review(environment.client, ReviewClaim(pended, 1))
        await environment.sleep(wait / 2)
        assert replacement.claim_id not in adjudicator.ledger.determined
        adjudicator.clock.now = received_at + wait
        await review.result()
    (line,) = adjudicator.ledger.determined[replacement.claim_id].lines
    assert (line.disposition, line.reason) == (Disposition.DENIED, "chain.number_unknown")
    assert [(a.carc, a.rarcs) for a in line.adjustments] == [("16", ("M47",))]
