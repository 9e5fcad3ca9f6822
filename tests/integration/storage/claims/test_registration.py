from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text

from contracts.claim_intake.registration import BatchLimits, Registration, RegistrationRequest
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.codec import encode
from contracts.events.status import ClaimStatus
from contracts.unstorable import UnstorableError
from storage.claims.registration import PostgresLedger, _register
from storage.engine import create_engine
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, a_submission, request
from tests.builders.letters.claim_letters import a_letter

pytestmark = pytest.mark.servers

NEW, REPEATED = Registration.NEW, Registration.REPEATED
DUPLICATE, CONFLICT = Registration.DUPLICATE, Registration.CONFLICT


async def _states(stores: Stores) -> list[str]:
    return [orjson.loads(message.value)["data"]["state"] for message in await stores.sent()]


async def test_new_claims_are_grouped_into_batches_in_order_of_arrival(stores: Stores) -> None:
    submissions = [a_submission(f"C{number}") for number in range(5)]
    registered = await stores.ledger.register(request(*submissions), BatchLimits(claims=2))
    assert registered.outcomes == (NEW,) * 5
    assert [len(batch.claim_ids) for batch in registered.batches] == [2, 2, 1]
    assert [c for batch in registered.batches for c in batch.claim_ids] == [s.claim_id for s in submissions]
    loaded = await stores.claims.load([s.claim_id for s in submissions])
    sequences = [loaded[s.claim_id].sequence for s in submissions]
    assert sequences == sorted(sequences)


async def test_a_stored_claim_is_the_claim_that_was_sent(stores: Stores) -> None:
    sent = a_submission("C1", "72148", "0609T")
    _, [stored] = await stores.accept(sent)
    assert stored.claim.received_at == RECEIVED
    assert [line.code for line in stored.claim.lines] == ["72148", "0609T"]
    assert not stored.determined
    [(payload,)] = await stores.rows("SELECT payload::text FROM claims")
    assert payload.encode() == sent.payload
    assert ClaimSubmittedV1.model_validate_json(payload) == sent.claim


async def test_a_new_claim_is_shown_received_then_accepted(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    assert await _states(stores) == ["received", "accepted"]


async def test_the_same_delivery_again_says_nothing_and_returns_its_batch_until_that_is_started(stores: Stores) -> None:
    first, second = a_submission("C1"), a_submission("C2")
    batch, _ = await stores.accept(first, second)
    again = await stores.ledger.register(request(first))
    assert again.outcomes == (REPEATED,)
    assert again.batches == (batch,), "the whole batch, as it was registered"
    await stores.ledger.mark_started([batch.batch_id])
    assert (await stores.ledger.register(request(first))).batches == ()
    assert len(await stores.sent()) == 4


async def test_a_duplicate_is_acknowledged_and_not_run_again(stores: Stores) -> None:
    batch, _ = await stores.accept(a_submission("C1"))
    await stores.ledger.mark_started([batch.batch_id])
    again = await stores.ledger.register(request(a_submission("C1", offset=99)))
    assert (again.outcomes, again.batches) == ((DUPLICATE,), ())
    assert await _states(stores) == ["received", "accepted", "duplicate"]
    assert await stores.rows("SELECT count(*) FROM claims") == [(1,)]


async def test_a_conflict_changes_nothing_and_keeps_what_was_sent(stores: Stores) -> None:
    first, other = a_submission("C1"), a_submission("C1", offset=7, charge="900.00")
    await stores.accept(first)
    again = await stores.ledger.register(request(other))
    assert again.outcomes == (CONFLICT,)
    assert await stores.rows("SELECT payload_hash FROM claims") == [(first.payload_hash,)]
    assert await stores.rows("SELECT payload_hash, position FROM conflicts") == [(other.payload_hash, other.position)]
    assert await _states(stores) == ["received", "accepted", "conflict"]


async def test_one_conflict_sent_twice_gives_two_events_with_ids_of_their_own(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    for offset in (7, 8):
        later = RECEIVED + timedelta(minutes=offset)
        other = a_submission("C1", offset=offset, charge="900.00", received_at=later)
        await stores.ledger.register(request(other))
    sent = await stores.sent()
    assert len({message.event_id for message in sent}) == len(sent)
    assert "an event id always has the same bytes" not in await stores.broken()


async def test_within_one_request_the_first_of_a_claim_counts(stores: Stores) -> None:
    delivery = a_submission("C1")
    same, other = a_submission("C1", offset=2), a_submission("C1", offset=3, charge="900.00")
    registered = await stores.ledger.register(request(delivery, delivery, same, other))
    assert registered.outcomes == (NEW, REPEATED, DUPLICATE, CONFLICT)
    assert [batch.claim_ids for batch in registered.batches] == [(delivery.claim_id,)]


async def test_a_request_mixes_new_and_known_claims(stores: Stores) -> None:
    batch, _ = await stores.accept(a_submission("C1"))
    await stores.ledger.mark_started([batch.batch_id])
    registered = await stores.ledger.register(request(a_submission("C1"), a_submission("C2")))
    assert registered.outcomes == (REPEATED, NEW)
    assert [b.claim_ids for b in registered.batches] == [(a_submission("C2").claim_id,)]


async def test_given_messages_are_queued_even_without_submissions(stores: Stores) -> None:
    letter = a_letter(5)
    registered = await stores.ledger.register(RegistrationRequest((), (letter,)))
    assert (registered.outcomes, registered.batches) == ((), ())
    assert [message.value for message in await stores.sent()] == [letter.value]


async def test_status_events_are_what_the_contract_encodes(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    await stores.ledger.register(request(a_submission("C1", offset=8), a_submission("C1", offset=9, charge="900.00")))
    sent = await stores.sent()
    assert len(sent) == 4
    for message in sent:
        event = ClaimStatus.model_validate_json(message.value)
        assert encode(event) == message.value
        assert event.id == message.event_id


@pytest.mark.parametrize("order", ["same order", "opposite order"])
async def test_two_intakes_registering_the_same_claims_accept_each_once(
    stores: Stores, database: str, order: str
) -> None:
    submissions = [a_submission(f"C{number}", "72148", "72141") for number in range(60)]
    theirs = [a_submission(f"C{number}", "72148", "72141", offset=1000 + number) for number in range(60)]
    other = create_engine(database, pool_size=2)
    try:
        for start in range(0, 60, 20):
            mine, yours = submissions[start : start + 20], theirs[start : start + 20]
            answers = await asyncio.gather(
                stores.ledger.register(request(*mine), BatchLimits(claims=7)),
                PostgresLedger(other).register(
                    request(*(yours if order == "same order" else reversed(yours))), BatchLimits(claims=11)
                ),
            )
            outcomes = [outcome for answer in answers for outcome in answer.outcomes]
            assert sorted(outcomes) == [DUPLICATE] * 20 + [NEW] * 20
    finally:
        await other.dispose()
    assert await stores.rows("SELECT count(*), count(DISTINCT sequence) FROM claims") == [(60, 60)]
    assert await stores.rows("SELECT count(*) FROM claim_lines") == [(120,)]


async def test_an_intake_that_waits_for_another_sees_what_it_registered(stores: Stores, database: str) -> None:
    """The race made certain: the other intake has the claim inserted but not yet committed."""
    mine, theirs = a_submission("C1"), a_submission("C1", offset=5)
    async with stores.engine.connect() as rival, rival.begin():
        assert (await _register(rival, request(theirs))).outcomes == (NEW,)
        waiting = asyncio.create_task(stores.ledger.register(request(mine)))
        await stores.until_blocked()
        assert not waiting.done()
    assert (await waiting).outcomes == (DUPLICATE,)


async def test_an_intake_that_loses_a_deadlock_tries_again(stores: Stores) -> None:
    """A deadlock made certain: each holds a claim that the other wants next, and the rival is patient."""
    a, b = a_submission("C1"), a_submission("C2")
    async with stores.engine.connect() as rival, rival.begin():
        await rival.execute(text("SET LOCAL deadlock_timeout = '30s'"))
        await _register(rival, request(b))
        waiting = asyncio.create_task(stores.ledger.register(request(a, b)))
        await stores.until_blocked()
        theirs = await asyncio.wait_for(_register(rival, request(a_submission("C1", offset=6))), 20)
        assert theirs.outcomes == (NEW,)
    registered = await asyncio.wait_for(waiting, 20)
    assert registered.outcomes == (DUPLICATE, REPEATED)


async def test_a_row_that_can_never_be_stored_is_an_error_and_not_a_loop(stores: Stores) -> None:
    sent = a_submission("C1", "72148", "72141")
    twice = sent.claim.model_copy(update={"lines": (sent.claim.lines[0], sent.claim.lines[0])})
    broken = type(sent)(**{name: getattr(sent, name) for name in sent.__slots__} | {"claim": twice})
    with pytest.raises(UnstorableError, match="23505"):
        await asyncio.wait_for(stores.ledger.register(request(broken)), 10)


async def test_batches_of_a_crashed_intake_are_found_until_they_are_started(stores: Stores) -> None:
    first, _ = await stores.accept(a_submission("C1"), a_submission("C2"))
    second, _ = await stores.accept(a_submission("C3"))
    now = datetime.now(UTC)
    assert await stores.ledger.unstarted_batches(now - timedelta(minutes=1), 10) == []
    soon = now + timedelta(minutes=1)
    assert await stores.ledger.unstarted_batches(soon, 1) == [first]
    await stores.ledger.mark_started([first.batch_id])
    assert await stores.ledger.unstarted_batches(soon, 10) == [second]


async def test_work_in_flight_is_what_was_registered_and_not_committed(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    other, _ = await stores.accept(a_submission("C2"))
    asked = [batch.batch_id, other.batch_id, "a-batch-of-no-ledger"]
    assert await stores.ledger.unfinished(asked) == {batch.batch_id, other.batch_id}
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    assert await stores.ledger.unfinished(asked) == {other.batch_id}


async def test_an_unknown_claim_is_absent_from_what_is_loaded(stores: Stores) -> None:
    assert await stores.claims.load([a_submission("C9").claim_id]) == {}


async def test_a_position_is_no_identity_once_a_topic_was_created_again(stores: Stores) -> None:
    """The new topic's first record stands where the old one's stood: what it holds decides what it is."""
    first = a_submission("C1", offset=0)
    await stores.accept(first)
    same, other = (
        a_submission("C1", offset=0, received_at=RECEIVED + timedelta(days=1)),
        a_submission("C1", "72149", offset=0),
    )
    for submission, expected in ((first, "repeated"), (same, "duplicate"), (other, "conflict")):
        done = await stores.ledger.register(RegistrationRequest((submission,), ()))
        assert [outcome.value for outcome in done.outcomes] == [expected]


async def test_a_claim_that_the_database_can_never_hold_is_said_to_be_so(stores: Stores) -> None:
    fine = a_submission("C1")
    payload = orjson.dumps(orjson.loads(fine.payload) | {"attachments": [{"control_number": "a\0b"}]})
    with pytest.raises(UnstorableError, match="22P05"):
        await stores.ledger.register(RegistrationRequest((fine, replace(a_submission("C2"), payload=payload)), ()))
    assert await stores.rows("SELECT count(*) FROM claims") == [(0,)]
