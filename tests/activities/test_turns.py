"""Other work of the worker has its turn while claims are evaluated, and what the worker keeps in memory is bounded."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from temporalio.testing import ActivityEnvironment

from activities.adjudication.turns import AT_A_TIME, IN_A_THREAD, Turns
from activities.adjudication.working_set import ClaimWork, WorkingSet
from adjudication.model.claim import Claim
from adjudication.model.vocabulary import ClaimId, LineNumber
from contracts.records.decisions import StoredClaim
from contracts.workflow_messages.claims import DETERMINE, ClaimBatch
from tests.builders.activities.claims import RECEIVED, a_claim, a_line


def of_lines(count: int, control: str = "C1") -> Claim:
    lines = tuple(replace(a_line(1, "72148"), number=LineNumber(n)) for n in range(1, count + 1))
    return replace(a_claim(control), lines=lines)


def work(claim: Claim) -> ClaimWork:
    return ClaimWork(StoredClaim(claim, 1, determined=False))


async def turns_taken(claims: list[Claim], history: int = 0) -> int:
    """Evaluate claims and count how often another task had its turn meanwhile."""
    taken = 0

    async def other() -> None:
        nonlocal taken
        while True:
            taken += 1
            await asyncio.sleep(0)

    neighbors = asyncio.create_task(other())
    turns = Turns()
    for claim in claims:
        await turns.run(work(claim), lambda: None, history)
    neighbors.cancel()
    return taken


async def test_ordinary_claims_give_others_a_turn_every_few_dozen_lines() -> None:
    assert await turns_taken([of_lines(2)] * 256) >= 256 * 2 // AT_A_TIME


async def test_a_large_claim_is_evaluated_in_a_thread_and_an_ordinary_one_is_not() -> None:
    threads = [
        await Turns().run(work(of_lines(lines)), threading.get_ident) == threading.get_ident()
        for lines in (1, IN_A_THREAD, IN_A_THREAD + 1, 999)
    ]
    assert threads == [True, True, False, False]


async def test_a_long_history_makes_a_claim_large() -> None:
    here = threading.get_ident()
    assert await Turns().run(work(of_lines(1)), threading.get_ident, 50_000) != here


async def test_an_exception_in_the_thread_is_a_failure_of_that_claim() -> None:
    broken = work(of_lines(999))

    def fail() -> None:
        raise ZeroDivisionError

    async def isolate() -> None:
        await Turns().isolate(broken, DETERMINE, fail)

    await ActivityEnvironment().run(isolate)
    assert [finding.evidence[0].value for finding in broken.failures.values()] == ["ZeroDivisionError"]


class Loaded:
    """A ledger of claims with so many lines each."""

    def __init__(self, lines: int) -> None:
        self.lines = lines

    async def load(self, claim_ids: list[ClaimId]) -> dict[ClaimId, StoredClaim]:
        return {
            claim: StoredClaim(replace(of_lines(self.lines), claim_id=claim), 1, determined=False)
            for claim in claim_ids
        }


async def test_the_working_set_drops_the_oldest_batches_when_their_lines_are_too_many() -> None:
    kept = WorkingSet(Loaded(100), lambda: RECEIVED, capacity=128, most_weight=3_500)  # type: ignore[arg-type]
    kept.register("verify_eligibility", _nothing)
    for number in range(10):
        await kept.reach(ClaimBatch(f"batch-{number}", [f"claim-{number}"]), "verify_eligibility")
    # A line weighs ten: three batches of 100 lines fit, and the one that comes next is not weighed yet.
    assert len(kept) == 4


async def test_one_batch_larger_than_the_bound_is_still_worked_on() -> None:
    kept = WorkingSet(Loaded(999), lambda: RECEIVED, most_weight=10)  # type: ignore[arg-type]
    kept.register("verify_eligibility", _nothing)
    batch = ClaimBatch("batch", ["claim"])
    first = await kept.reach(batch, "verify_eligibility")
    assert await kept.reach(batch, "verify_eligibility") is first


async def _nothing(_batch: object) -> None:
    return
