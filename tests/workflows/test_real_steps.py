"""The workflows with the real activities and rules; only the stores are in memory."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition
from adjudication.model.reference import ReferenceData
from contracts.workflow_messages.claims import RESUME_SIGNAL, WAITING_FOR_QUERY, ReviewClaim, WaitingFor
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import ACQUISITION, ANALYSIS, a_claim, a_member, an_authorization, coverage
from tests.builders.activities.faulty_rules import breaking_on, resolve
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.plans import reference_requiring_authorization
from tests.builders.workflows.real_reviews import of, pend_codes, until
from tests.builders.workflows.running import review_of, run_batch, start_review, worker


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return reference_requiring_authorization()


@pytest.fixture
async def adjudicator(environment: WorkflowEnvironment, reference: ReferenceData) -> Adjudicator:
    """The clock of the activities starts where the server's does; a test moves both."""
    adjudicator = Adjudicator(InMemoryLedger(), reference)
    adjudicator.clock.now = await environment.get_current_time()
    return adjudicator


def accepted(adjudicator: Adjudicator, claim: Claim) -> Claim:
    adjudicator.ledger.accept(claim)
    adjudicator.ledger.cover(coverage(claim.member))
    return claim


def component(adjudicator: Adjudicator, control: str, code: str, received_at: datetime) -> Claim:
    claim = accepted(adjudicator, a_claim(control, code, received_at=received_at))
    adjudicator.ledger.authorize(an_authorization(claim.member, code))
    return claim


async def codes(environment: WorkflowEnvironment, claim: Claim) -> list[str]:
    answer: WaitingFor = await review_of(environment.client, claim.claim_id).query(
        WAITING_FOR_QUERY, result_type=WaitingFor
    )
    return answer.codes


async def test_a_lone_component_waits_its_time_and_is_then_denied(
    environment: WorkflowEnvironment, adjudicator: Adjudicator, cached: int
) -> None:
    received_at = adjudicator.clock.now
    claim = component(adjudicator, "LONE", ANALYSIS, received_at)
    wait = timedelta(days=adjudicator.reference.family.wait_days)
    (pended,) = (await adjudicator.run(claim)).pended
    async with worker(environment.client, adjudicator.activities(), cached=cached):
        # Started without a parent: the test server's clock stops when a child of a closed parent completes.
        review = await start_review(environment.client, ReviewClaim(pended))
        await environment.sleep(wait / 2)
        assert claim.claim_id not in adjudicator.ledger.determined
        adjudicator.clock.now = received_at + wait
        await review.result()
    (line,) = adjudicator.ledger.determined[claim.claim_id].lines
    assert (line.disposition, line.reason) == (Disposition.DENIED, "edits.family_orphan")
    assert len({message.event_id for message in adjudicator.ledger.outbox}) == len(adjudicator.ledger.outbox) == 4


async def test_a_sibling_that_arrives_ends_the_wait_for_it(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    claim = component(adjudicator, "WAITS", ANALYSIS, adjudicator.clock.now)
    async with worker(environment.client, adjudicator.activities()):
        await run_batch(environment, of(claim))
        await until(lambda: adjudicator.ledger.calls.count("commit") == 2)  # The race is closed: one try at once.
        assert pend_codes(adjudicator, claim) == {"P-FAM"}
        await run_batch(environment, of(component(adjudicator, "ARRIVES", ACQUISITION, adjudicator.clock.now)))
        await until(lambda: pend_codes(adjudicator, claim) == {"P-PRICE"})


async def test_one_faulty_claim_is_held_alone_and_determined_once_the_fault_is_corrected(
    environment: WorkflowEnvironment, adjudicator: Adjudicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [accepted(adjudicator, a_claim(f"C{n}", member=a_member(n))) for n in range(1, 9)]
    rule = "activities.adjudication.steps.apply_component_edits"
    async with worker(environment.client, adjudicator.activities()):
        with monkeypatch.context() as patched:
            patched.setattr(rule, breaking_on(claims[3], resolve(rule)))
            await run_batch(environment, of(*claims))
        assert len(adjudicator.ledger.determined) == 7
        assert await codes(environment, claims[3]) == ["P-SYS"]
        await review_of(environment.client, claims[3].claim_id).signal(RESUME_SIGNAL, "corrected")
        await until(lambda: claims[3].claim_id in adjudicator.ledger.determined)
    assert len(adjudicator.ledger.determined) == 8


async def test_a_worker_that_forgets_between_tries_of_a_step_decides_the_same(
    environment: WorkflowEnvironment, adjudicator: Adjudicator
) -> None:
    claims = [accepted(adjudicator, a_claim(f"C{n}", member=a_member(n))) for n in range(1, 4)]
    adjudicator.ledger.fail_next("commit", ConnectionError())
    adjudicator.working_set = type(adjudicator.working_set)(adjudicator.ledger, adjudicator.clock, capacity=0)
    async with worker(environment.client, adjudicator.activities()):
        await run_batch(environment, of(*claims))
    assert len(adjudicator.ledger.determined) == 3
    assert len(adjudicator.ledger.outbox) == 6
