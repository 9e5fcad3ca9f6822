from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter
from temporalio.testing import ActivityEnvironment

from activities.errors import StepUnavailableError
from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition
from adjudication.model.reference import ReferenceData
from contracts.workflow_messages.claims import PUBLISH, STEP_ORDER, VERIFY_ELIGIBILITY
from tests.builders.activities.adjudicator import Adjudicator, batch_of
from tests.builders.activities.claims import (
    ACQUISITION,
    ANALYSIS,
    RECEIVED,
    a_claim,
    a_member,
    an_authorization,
    coverage,
)
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.roster import listed


def accepted(ledger: InMemoryLedger, *claims: Claim, plan: str = "HUDSON-COMM") -> tuple[Claim, ...]:
    """Claims in the ledger, with coverage."""
    ledger.accept(*claims)
    for member in {claim.member.member_id: claim.member for claim in claims}.values():
        ledger.cover(coverage(member, plan))
    return claims


def several(ledger: InMemoryLedger) -> tuple[Claim, ...]:
    """A clean one, an uncovered one, one that waits for a sibling, one protected by an authorization."""
    members = [a_member(number) for number in range(1, 5)]
    claims = (
        a_claim("CLEAN", member=members[0]),
        a_claim("UNCOVERED", member=members[1]),
        a_claim("WAITS", ANALYSIS, member=members[2]),
        a_claim("PROTECTED", ACQUISITION, member=members[3]),
    )
    ledger.accept(*claims)
    ledger.cover(*(coverage(member) for member in (members[0], members[2], members[3])))
    ledger.authorize(an_authorization(members[2], ANALYSIS), an_authorization(members[3], ACQUISITION))
    return claims


async def test_a_clean_batch_is_determined_with_one_call_to_each_store(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claims = accepted(ledger, *(a_claim(f"C{n}", member=a_member(n)) for n in range(1, 9)))
    summary = await adjudicator.run(*claims)
    assert (summary.determined, summary.pended) == (8, [])
    assert ledger.calls == ["load", "spans", "providers", "allocate", "lines", "commit", "compare"]
    decided = [line.disposition for claim in claims for line in ledger.determined[claim.claim_id].lines]
    assert set(decided) == {Disposition.APPROVED}


async def test_a_batch_asks_the_roster_once_under_every_plan(adjudicator: Adjudicator, ledger: InMemoryLedger) -> None:
    ledger.enlist(listed("HUDSON-MA"))
    kept = accepted(ledger, *(a_claim(f"M{n}", member=a_member(n)) for n in range(1, 5)), plan="HUDSON-MA")
    others = accepted(ledger, *(a_claim(f"C{n}", member=a_member(n)) for n in range(5, 9)))
    summary = await adjudicator.run(*kept, *others)
    assert summary.determined == 8
    assert ledger.calls.count("providers") == 1
    ledger.calls.clear()
    await adjudicator.run(*accepted(ledger, a_claim("C9", member=a_member(9))))
    assert ledger.calls.count("providers") == 1  # an investigation holds whether or not the plan keeps a roster


async def test_a_published_batch_leaves_nothing_behind_in_the_worker(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    await adjudicator.run(*accepted(ledger, a_claim("C1")))
    assert len(adjudicator.working_set) == 0


@pytest.mark.parametrize("restarts", [*((step,) for step in STEP_ORDER), STEP_ORDER], ids="+".join)
async def test_a_worker_that_restarts_between_two_steps_changes_nothing(
    reference: ReferenceData, restarts: tuple[str, ...]
) -> None:
    undisturbed, disturbed = InMemoryLedger(), InMemoryLedger()
    expected = await Adjudicator(undisturbed, reference).run(*several(undisturbed))
    summary = await Adjudicator(disturbed, reference).run(*several(disturbed), restart_before=restarts)
    assert summary == expected
    assert disturbed.outbox == undisturbed.outbox
    assert disturbed.uses == undisturbed.uses
    assert (disturbed.determined, disturbed.pended) == (undisturbed.determined, undisturbed.pended)


async def test_a_full_working_set_forgets_the_oldest_batch_and_still_decides_it(
    ledger: InMemoryLedger, reference: ReferenceData
) -> None:
    adjudicator = Adjudicator(ledger, reference, capacity=2)
    claims = accepted(ledger, *(a_claim(f"C{n}", member=a_member(n)) for n in range(1, 5)))
    first, publish = adjudicator.steps()[0], adjudicator.steps()[-1]
    for claim in claims:
        await ActivityEnvironment().run(first, batch_of(claim))
    assert len(adjudicator.working_set) == 2
    for claim in claims:
        await ActivityEnvironment().run(publish, batch_of(claim))
    assert len(ledger.determined) == 4


async def test_results_kept_through_an_outage_are_not_decided_on(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = a_claim("C1")
    ledger.accept(claim)
    first, publish = adjudicator.steps()[0], adjudicator.steps()[-1]
    await ActivityEnvironment().run(first, batch_of(claim))
    ledger.cover(coverage(claim.member))
    adjudicator.clock.now += timedelta(hours=1)
    summary = await ActivityEnvironment().run(publish, batch_of(claim))
    assert summary.determined == 1
    assert ledger.determined[claim.claim_id].decided_at == RECEIVED + timedelta(hours=1)


async def test_a_batch_that_runs_again_after_its_commit_says_the_same_and_publishes_nothing(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claims = several(ledger)
    first = await adjudicator.run(*claims)
    published = list(ledger.outbox)
    assert await adjudicator.run(*claims) == first
    assert ledger.outbox == published


async def test_two_claims_of_one_batch_never_take_the_same_unit(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    member = a_member()
    claims = accepted(
        ledger,
        a_claim("FIRST", ACQUISITION, member=member),
        a_claim("SECOND", ACQUISITION, member=member, billing="1679576722"),
    )
    ledger.authorize(an_authorization(member, ACQUISITION, units=1))
    await adjudicator.run(*reversed(claims))
    assert [use.claim_id for use in ledger.uses.values()] == [claims[0].claim_id]


async def test_a_claim_the_ledger_does_not_know_is_shown_and_does_not_stop_the_others(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    (known,) = accepted(ledger, a_claim("C1"))
    summary = await adjudicator.run(known, "no-such-claim")
    assert summary.determined == 1
    assert adjudicator.summaries[VERIFY_ELIGIBILITY].failed == ["no-such-claim"]


@pytest.mark.parametrize("call", ["load", "spans", "providers", "allocate", "lines", "commit", "compare"])
async def test_a_store_that_is_away_fails_the_step_and_the_retry_succeeds(
    adjudicator: Adjudicator, ledger: InMemoryLedger, call: str
) -> None:
    (claim,) = accepted(ledger, a_claim("C1"))
    ledger.fail_next(call, ConnectionError(f"could not reach it for {claim.member.member_id}"))
    with pytest.raises(StepUnavailableError) as raised:
        await adjudicator.run(claim)
    assert "ConnectionError" in str(raised.value)
    assert claim.member.member_id not in as_written_to_a_history(raised.value)
    assert (await adjudicator.run(claim)).determined == 1
    assert len(ledger.outbox) == 2


def as_written_to_a_history(error: BaseException) -> str:
    failure = Failure()
    DataConverter.default.failure_converter.to_failure(error, DataConverter.default.payload_converter, failure)
    return str(failure)


async def test_a_store_that_fails_after_its_commit_publishes_once(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claims = several(ledger)
    ledger.refuse = {claims[0].claim_id}
    ledger.failures["commit"] = []
    commits = 0

    async def commit_then_fail(*arguments: object, **named: object) -> frozenset[object]:
        nonlocal commits
        commits += 1
        if commits == 2:
            raise ConnectionError
        return await original(*arguments, **named)  # type: ignore[arg-type]

    original, ledger.commit = ledger.commit, commit_then_fail  # type: ignore[method-assign,assignment]
    with pytest.raises(StepUnavailableError):
        await adjudicator.run(*claims)
    await adjudicator.run(*claims)
    ids = [message.event_id for message in ledger.outbox]
    assert len(ids) == len(set(ids)) == 2 * len(claims)


async def test_a_claim_determined_earlier_is_counted_and_not_decided_again(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    one, two = accepted(ledger, a_claim("C1", member=a_member(1)), a_claim("C2", member=a_member(2)))
    await adjudicator.run(one)
    decided = ledger.determined[one.claim_id]
    adjudicator.clock.now += timedelta(days=1)
    assert (await adjudicator.run(one, two)).determined == 2
    assert ledger.determined[one.claim_id] is decided


async def test_every_event_of_a_claim_is_keyed_by_the_claim(adjudicator: Adjudicator, ledger: InMemoryLedger) -> None:
    claims = several(ledger)
    await adjudicator.run(*claims)
    for message in ledger.outbox:
        event = orjson.loads(message.value)
        assert message.key == event["subject"] == event["data"]["claim_id"]
        assert message.event_id == event["id"]
    assert {message.key for message in ledger.outbox} == {claim.claim_id for claim in claims}


async def test_publish_is_the_only_step_that_writes_events(adjudicator: Adjudicator, ledger: InMemoryLedger) -> None:
    claims = several(ledger)
    for step, run in zip(STEP_ORDER, adjudicator.steps(), strict=True):
        if step != PUBLISH:
            await ActivityEnvironment().run(run, batch_of(*claims))
    assert ledger.outbox == []
