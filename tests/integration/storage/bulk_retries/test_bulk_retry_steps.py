"""A bulk release carried out on a real database, a step at a time, with tries committed as workers commit them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.review.bulk_retry import Mode, Stage
from contracts.actions.bulk_retries import SelectionV1
from contracts.records.decisions import Publication
from storage.audit.trail import broken
from storage.bulk_retries.proposals import BulkRetries
from storage.bulk_retries.steps import BulkRetrySteps
from tests.builders.ledger.bulk_cases import AT, BOSS, a_release, opened, running, seen, take, waiting
from tests.builders.ledger.ledgers import Stores

pytestmark = pytest.mark.servers
HELD_TOO = SelectionV1(codes=("P-DOC",), held_too=True)


@pytest.fixture
async def releases(engine: AsyncEngine) -> BulkRetries:
    return await opened(engine)


@pytest.fixture
def steps(engine: AsyncEngine) -> BulkRetrySteps:
    return BulkRetrySteps(engine)


async def tried(stores: Stores, claim: ClaimId, release: str, how: str = "decided", round_number: int = 1) -> None:
    """Commit a try that a release asked for, as a worker does."""
    stored = (await stores.claims.load([claim]))[claim]
    made: dict[str, Publication] = {
        "decided": stores.determined(stored, round_number=round_number),
        "waits": stores.pended(stored, "P-DOC", round_number=round_number),
        "failed": stores.pended(stored, "P-SYS", round_number=round_number),
    }
    await stores.decisions.commit("batch", [replace(made[how], releases=(release,))])


async def whys(releases: BulkRetries, release: str) -> list[str | None]:
    return [claim.skipped or claim.result for claim in (await releases.claims(release, 0)).claims]


async def test_claims_are_asked_in_order_a_tick_s_share_at_a_time(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    await waiting(stores, "C1", "C2", "C3")
    release = await running(releases, a_release(per_second=1))
    in_order = [claim.claim_id for claim in (await releases.claims(release, 0)).claims]
    first = await steps.next_step(release, AT)
    assert (list(first.claims_to_signal), first.next_step.again_in) == (in_order[:2], 2.0)
    await steps.record_signaled(release, first.claims_to_signal, ())
    second = await steps.next_step(release, AT)
    assert list(second.claims_to_signal) == in_order[2:]


async def test_a_step_that_died_before_it_said_whom_it_asked_asks_the_same_again(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    await waiting(stores, "C1", "C2")
    release = await running(releases)
    asked = (await steps.next_step(release, AT)).claims_to_signal
    await tried(stores, asked[0], release)
    again = await steps.next_step(release, AT)
    assert again.claims_to_signal == asked[1:], "what was tried meanwhile is not asked again"
    assert (await releases.claims(release, 0)).claims[0].result == "decided"


async def test_a_try_is_recorded_once_with_the_transaction_that_commits_it(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    one, _ = await waiting(stores, "C1", "C2")
    release = await running(releases)
    await steps.record_signaled(release, (await steps.next_step(release, AT)).claims_to_signal, ())
    await tried(stores, one, release, "waits", 1)
    await tried(stores, one, release, "decided", 2)
    recorded = [claim for claim in (await releases.claims(release, 0)).claims if claim.claim_id == one]
    assert [(claim.result, claim.round) for claim in recorded] == [("waits", 1)]
    counts = seen(await releases.one(release, AT)).counts
    assert (counts.asked, counts.tried, counts.waiting, counts.decided) == (2, 1, 1, 0)


async def test_claims_that_are_no_longer_what_was_agreed_to_are_skipped_with_why(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    decided, other, held, stays = await waiting(stores, "C1", "C2", "C3", "C4")
    release = await running(releases)
    batch = "another-try"
    await stores.decisions.commit(batch, [stores.determined((await stores.claims.load([decided]))[decided])])
    await stores.decisions.commit(
        batch, [stores.pended((await stores.claims.load([other]))[other], "P-PRICE", round_number=1)]
    )
    await take(stores, held, AT)
    turn = await steps.next_step(release, AT + timedelta(minutes=1))
    assert turn.claims_to_signal == (stays,)
    await steps.record_signaled(release, (), turn.claims_to_signal)
    skipped = {claim.claim_id: claim.skipped for claim in (await releases.claims(release, 0)).claims}
    assert skipped == {
        decided: "decided-meanwhile",
        other: "waits-for-something-else",
        held: "held-by-a-person",
        stays: "no-review-found",
    }
    assert (await steps.next_step(release, AT)).next_step.over
    over = seen(await releases.one(release, AT))
    assert (over.stage, over.counts.settled) == (Stage.FINISHED, 4)


async def test_what_a_person_holds_is_asked_where_the_approver_agreed_to_it(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    [held] = await waiting(stores, "C1")
    await take(stores, held, AT)
    release = await running(releases, a_release(HELD_TOO, mode=Mode.RESTART))
    turn = await steps.next_step(release, AT)
    assert (turn.claims_to_signal, turn.mode) == ((held,), Mode.RESTART)


async def test_it_ends_when_all_were_tried_and_states_it_in_the_trail(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    claims = await waiting(stores, "C1", "C2")
    release = await running(releases)
    turn = await steps.next_step(release, AT)
    await steps.record_signaled(release, turn.claims_to_signal, ())
    assert not (await steps.next_step(release, AT)).next_step.over, "asked is not tried"
    for claim in claims:
        await tried(stores, claim, release)
    assert (await steps.next_step(release, AT)).next_step.over
    done = seen(await releases.one(release, AT))
    assert (done.stage, done.counts.decided, done.counts.paid) == (Stage.FINISHED, 2, Decimal(500))
    said = await stores.rows("SELECT content->>'action', person_id FROM audit_trail ORDER BY number")
    assert said[-1] == ("finished", "claimwright")
    assert [words async for words in broken(stores.engine)] == []


async def test_claims_no_person_hears_of_do_not_keep_it_open_for_ever(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    await waiting(stores, "C1")
    release = await running(releases)
    await steps.record_signaled(release, (await steps.next_step(release, AT)).claims_to_signal, ())
    assert not (await steps.next_step(release, AT)).next_step.over
    await stores.execute("UPDATE bulk_release_claims SET asked_at = now() - interval '31 minutes'")
    assert (await steps.next_step(release, AT)).next_step.over


async def test_a_claim_asked_and_decided_by_another_try_is_not_waited_for(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    [one] = await waiting(stores, "C1")
    release = await running(releases)
    await steps.record_signaled(release, (await steps.next_step(release, AT)).claims_to_signal, ())
    await stores.decisions.commit("another-try", [stores.determined((await stores.claims.load([one]))[one])])
    assert (await steps.next_step(release, AT)).next_step.over
    assert await whys(releases, release) == ["decided-meanwhile"]


async def test_it_pauses_when_tries_fail_and_continues_when_a_person_resumes_it(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    claims = await waiting(stores, *(f"C{n}" for n in range(12)))
    release = await running(releases, a_release(per_second=3))
    await steps.record_signaled(release, (await steps.next_step(release, AT)).claims_to_signal, ())
    in_order = [claim.claim_id for claim in (await releases.claims(release, 0)).claims]
    for claim in in_order[:5]:
        await tried(stores, claim, release, "failed")
    paused = await steps.next_step(release, AT)
    assert (paused.claims_to_signal, paused.next_step.again_in, paused.next_step.over) == ((), None, False)
    shown = seen(await releases.one(release, AT))
    assert shown.stage is Stage.PAUSED
    assert shown.paused_because is not None
    assert "failed" in shown.paused_because
    seen(await releases.change(release, Stage.RUNNING, BOSS, AT))
    assert len((await steps.next_step(release, AT)).claims_to_signal) == 6, (
        "failures before it was let go on do not pause it again"
    )
    assert len(claims) == 12


async def test_a_cancel_stops_what_was_not_asked_and_leaves_what_was(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    await waiting(stores, "C1", "C2", "C3")
    release = await running(releases, a_release(per_second=1))
    turn = await steps.next_step(release, AT)
    await steps.record_signaled(release, turn.claims_to_signal, ())
    await releases.change(release, Stage.CANCELLED, BOSS, AT)
    assert (await steps.next_step(release, AT)).next_step.over
    await tried(stores, turn.claims_to_signal[0], release)
    counts = seen(await releases.one(release, AT)).counts
    assert (counts.asked, counts.decided) == (2, 1)


async def test_nothing_is_asked_for_a_release_no_person_agreed_to(
    stores: Stores, releases: BulkRetries, steps: BulkRetrySteps
) -> None:
    await waiting(stores, "C1")
    proposed = seen(await releases.propose(a_release(), BOSS, AT))
    turn = await steps.next_step(proposed.release_id, AT)
    assert (turn.claims_to_signal, turn.next_step.over) == ((), True)
