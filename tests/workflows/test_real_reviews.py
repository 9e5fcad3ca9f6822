"""People act on a waiting claim through the workflow, with the real judgement, steps and rules; stores are in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition
from adjudication.model.reference import ReferenceData
from contracts.workflow_messages.claims import ReviewClaim
from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import a_claim, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.reviews import NURSE, PHYSICIAN, RATIONALE
from tests.builders.workflows.real_reviews import Office
from tests.builders.workflows.reviews import ask, result_while_time_is_stopped
from tests.builders.workflows.running import start_review, worker
from tools.capture_histories import texts

DENIES: dict[str, Any] = {"resolution": "denies", "denies_as": outcomes.EXPERIMENTAL, "criteria": ["S3-09"]}


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return load_reference(default_policies_dir())


@pytest.fixture
async def adjudicator(environment: WorkflowEnvironment, reference: ReferenceData) -> Adjudicator:
    adjudicator = Adjudicator(InMemoryLedger(), reference)
    adjudicator.clock.now = await environment.get_current_time()
    adjudicator.ledger.reviews.employ(NURSE, PHYSICIAN)
    return adjudicator


async def a_waiting_spectroscopy(adjudicator: Adjudicator) -> tuple[Claim, ReviewClaim]:
    claim = a_claim("WAITS", "0609T", "0611T", received_at=adjudicator.clock.now)
    adjudicator.ledger.accept(claim)
    adjudicator.ledger.cover(coverage(claim.member))
    (pended,) = (await adjudicator.run(claim)).pended
    assert pended.codes == ["P-CLIN-MD"]
    return claim, ReviewClaim(pended)


async def test_a_claim_is_denied_by_a_physicians_signature_and_never_by_a_nurse(
    environment: WorkflowEnvironment, adjudicator: Adjudicator, cached: int
) -> None:
    claim, waiting = await a_waiting_spectroscopy(adjudicator)
    async with worker(environment.client, adjudicator.activities(), cached=cached):
        review = await start_review(environment.client, waiting)
        office = Office(adjudicator, claim, review)
        assert (await office.do(NURSE, action="take")).accepted
        assert (await office.decides(NURSE, 1, **DENIES)).code == "role-may-not"
        assert (await office.do(NURSE, action="release")).accepted
        assert (await office.decides(PHYSICIAN, 1, **DENIES)).code == "not-taken"
        assert (await office.do(PHYSICIAN, action="take")).accepted
        assert (await ask(review)).rounds == 0, "nothing was settled, so nothing was tried"
        assert (await office.decides(PHYSICIAN, 1, **DENIES, evidence=["SYN-DOC-1"])).accepted
        assert (await office.decides(PHYSICIAN, 2, **DENIES, evidence=["SYN-DOC-2"])).accepted
        assert await result_while_time_is_stopped(environment, review) >= 1
    decided = adjudicator.ledger.determined[claim.claim_id]
    assert [(line.disposition, line.reason) for line in decided.lines] == [
        (Disposition.DENIED, outcomes.EXPERIMENTAL)
    ] * 2
    assert {line.signature.reviewer_id for line in decided.lines if line.signature} == {PHYSICIAN.person_id}


async def test_a_split_decision_is_tried_after_each_part_and_ends_with_a_price_that_is_missing(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    claim, waiting = await a_waiting_spectroscopy(adjudicator)
    async with worker(environment.client, adjudicator.activities()):
        review = await start_review(environment.client, waiting)
        office = Office(adjudicator, claim, review)
        assert (await office.do(PHYSICIAN, action="take")).accepted
        assert (await office.decides(PHYSICIAN, 1, **DENIES)).accepted
        assert (await office.decides(PHYSICIAN, 2)).accepted
        await environment.sleep(timedelta(minutes=5))
        assert (await ask(review)).codes == ["P-PRICE"]
    assert claim.claim_id not in adjudicator.ledger.determined


async def test_a_hold_runs_out_while_the_workflow_waits(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    claim, waiting = await a_waiting_spectroscopy(adjudicator)
    async with worker(environment.client, adjudicator.activities()):
        review = await start_review(environment.client, waiting)
        office = Office(adjudicator, claim, review)
        assert (await office.do(NURSE, action="take")).accepted
        assert (await office.do(PHYSICIAN, action="take")).code == "taken"
        adjudicator.clock.now += timedelta(minutes=30)
        assert (await office.decides(PHYSICIAN, 1, **DENIES)).code == "not-taken"
        assert (await office.decides(NURSE, 1)).code == "not-taken"


async def test_the_history_of_a_review_names_actions_and_says_nothing_of_them(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    claim, waiting = await a_waiting_spectroscopy(adjudicator)
    async with worker(environment.client, adjudicator.activities()):
        review = await start_review(environment.client, waiting)
        office = Office(adjudicator, claim, review)
        assert (await office.do(PHYSICIAN, action="take")).accepted
        for line in (1, 2):
            assert (await office.decides(PHYSICIAN, line, **DENIES, evidence=[f"SYN-DOC-{line}"])).accepted
        await result_while_time_is_stopped(environment, review)
    content = " ".join(texts(json.loads((await review.fetch_history()).to_json())))
    assert claim.claim_id in content
    for secret in (RATIONALE, "SYN-", outcomes.EXPERIMENTAL, "physician", claim.member.member_id):
        assert secret not in content
