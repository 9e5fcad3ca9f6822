"""Kept dead letters: in the transaction that queues them, sent back as they came, once, and by two people when many."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.claim_intake.registration import RegistrationRequest
from contracts.events.dead_letters import Refusal
from contracts.events.outgoing import ReplayedEvent
from contracts.events.topics import CLAIMS_SUBMITTED, DOCUMENTS_RECEIVED, LARGEST_INCOMING
from contracts.ids import claim_id
from contracts.records.dead_letters import Acting, BulkReplayState, DeadLetterFilter, Original, Refused
from contracts.unstorable import UnstorableError
from storage.audit.trail import broken
from storage.dead_letters.actions import DeadLetterActions
from storage.dead_letters.bulk import DeadLetterBulks
from storage.dead_letters.closing import DeadLetterRetention
from storage.dead_letters.queries import DeadLetterQueries
from tests.builders.events import RECEIVED
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission
from tests.builders.letters.claim_letters import POISON, a_letter, a_refused_claim

pytestmark = pytest.mark.servers

OPS = Acting("OPS", "ops", RECEIVED + timedelta(days=1000))
BOSS = Acting("BOSS", "supervisor", RECEIVED + timedelta(days=1000))
ANY = DeadLetterFilter()
WHY = "its sender sent the event again"
HEADERS = (("traceparent", b"00-synthetic"), ("empty", None), ("empty", b""), ("bytes", b"\xff\x00"))


@pytest.fixture
def reads(engine: AsyncEngine) -> DeadLetterQueries:
    return DeadLetterQueries(engine)


@pytest.fixture
def letters(engine: AsyncEngine) -> DeadLetterActions:
    return DeadLetterActions(engine)


@pytest.fixture
def bulks(engine: AsyncEngine) -> DeadLetterBulks:
    return DeadLetterBulks(engine, per_second=2)


async def replayed(stores: Stores) -> list[ReplayedEvent]:
    entries = await stores.outbox.pending(100)
    return [event for entry in entries for event in entry.messages if isinstance(event, ReplayedEvent)]


async def test_a_letter_is_kept_with_its_message_whoever_queues_it(stores: Stores, reads: DeadLetterQueries) -> None:
    refused = a_refused_claim(3, "C9")
    await stores.ledger.register(RegistrationRequest((), (refused,)))
    await stores.office.queue([a_letter(4), a_letter(4)])
    newest, oldest = await reads.page(ANY, 10, None)
    assert (newest.position, newest.refusal, newest.claim_id) == (f"{CLAIMS_SUBMITTED}/0/4", "undecodable", None)
    assert oldest.letter_id == refused.event_id
    assert oldest.claim_id == claim_id("SYNTHETIC", "C9", 1)
    assert [reason.code for reason in oldest.reasons] == ["enum"]
    assert oldest.received_at == RECEIVED


async def test_a_letter_that_is_not_committed_is_not_kept(stores: Stores, reads: DeadLetterQueries) -> None:
    twice = a_submission("C1")
    broken_request = RegistrationRequest((twice, twice), (a_letter(1), a_letter(2, b"{}")))
    await stores.execute("ALTER TABLE outbox ADD CONSTRAINT refuse CHECK (size < 0) NOT VALID")
    try:
        with pytest.raises(UnstorableError, match="23514"):
            await stores.ledger.register(broken_request)
    finally:
        await stores.execute("ALTER TABLE outbox DROP CONSTRAINT refuse")
    assert await reads.page(ANY, 10, None) == ()


async def test_opening_shows_the_bytes_and_is_in_the_trail(stores: Stores, letters: DeadLetterActions) -> None:
    letter = a_letter(1)
    await stores.office.queue([letter])
    assert await letters.open(letter.event_id, OPS) == Original(b"SYN-REF-1", POISON)
    assert await stores.rows("SELECT subject, person_id, role, content->>'action' FROM audit_trail") == [
        (f"view/letter/{letter.event_id}", "OPS", "ops", "viewed")
    ]


async def test_a_letter_no_person_knows_is_neither_opened_nor_replayed(
    stores: Stores, letters: DeadLetterActions
) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert await letters.open(unknown, OPS) is Refused.UNKNOWN
    assert await letters.replay(unknown, OPS) is Refused.UNKNOWN
    assert await letters.close(unknown, OPS, WHY) is Refused.UNKNOWN
    assert await stores.rows("SELECT 1 FROM audit_trail") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [(b"k", POISON), (None, b"{}"), (b"", b""), (b"\x00\xff", None), ("ü".encode(), b'{ "a" : 1.0 }\r\n')],
)
async def test_a_replay_is_the_original_key_and_bytes(
    stores: Stores, letters: DeadLetterActions, key: bytes | None, value: bytes | None
) -> None:
    letter = a_letter(1, value, key=key, topic=DOCUMENTS_RECEIVED)
    await stores.office.queue([letter])
    assert await letters.replay(letter.event_id, OPS) is None
    [event] = await replayed(stores)
    assert (event.topic, event.key, event.value) == (DOCUMENTS_RECEIVED, key, value)
    assert [entry async for entry in broken(stores.engine)] == []


async def test_a_letter_is_replayed_once_and_who_did_it_is_in_the_trail(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries
) -> None:
    letter = a_letter(1)
    await stores.office.queue([letter])
    assert await letters.replay(letter.event_id, OPS) is None
    assert await letters.replay(letter.event_id, BOSS) is Refused.REPLAYED
    assert len(await replayed(stores)) == 1
    assert await reads.page(ANY, 10, None) == ()
    [kept] = await reads.page(DeadLetterFilter(open_only=False), 10, None)
    assert kept.replay is not None
    assert (kept.replay.asked_by, kept.replay.sent_at) == ("OPS", None)
    trail = await stores.rows("SELECT subject, person_id, content->>'replay' FROM audit_trail")
    assert trail == [(f"letter/{letter.event_id}", "OPS", kept.replay.replay_id)]


async def test_a_letter_the_topic_might_not_take_is_not_queued(stores: Stores, letters: DeadLetterActions) -> None:
    letter = a_letter(1, os.urandom(LARGEST_INCOMING))
    await stores.office.queue([letter])
    assert await letters.replay(letter.event_id, OPS) is Refused.TOO_LARGE
    assert await replayed(stores) == []


async def test_a_large_letter_that_fits_compressed_is_replayed(stores: Stores, letters: DeadLetterActions) -> None:
    letter = a_letter(1, b"x" * 8 * LARGEST_INCOMING)
    await stores.office.queue([letter])
    assert await letters.replay(letter.event_id, OPS) is None
    [event] = await replayed(stores)
    assert event.value == b"x" * 8 * LARGEST_INCOMING


async def test_a_replay_is_no_other_topics_record_that_stands_at_its_position(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries
) -> None:
    """A topic that was created again counts from the beginning."""
    letter = a_letter(1)
    await stores.office.queue([letter])
    await letters.replay(letter.event_id, OPS)
    [event] = await replayed(stores)
    await stores.outbox.mark_published([], {event.event_id: f"{CLAIMS_SUBMITTED}/0/9"})
    other = a_letter(9, b"another record")
    await stores.office.queue([other])
    first, second = await reads.letter(letter.event_id), await reads.letter(other.event_id)
    assert first is not None
    assert first.replay is not None
    assert second is not None
    assert (first.replay.refused_as, second.replay_of) == (None, None)


async def test_another_record_at_the_same_position_is_another_letter(stores: Stores, reads: DeadLetterQueries) -> None:
    await stores.office.queue([a_letter(1), a_letter(1), a_letter(1, b"of a topic created again")])
    assert len(await reads.page(ANY, 10, None)) == 2


async def test_what_became_of_a_replay_is_shown_by_where_it_stands(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries
) -> None:
    letter = a_refused_claim(1, "C1")
    await stores.office.queue([letter])
    await letters.replay(letter.event_id, OPS)
    [event] = await replayed(stores)
    await stores.outbox.mark_published([], {event.event_id: f"{CLAIMS_SUBMITTED}/0/9"})
    again = a_refused_claim(9, "C1")
    await stores.office.queue([again])
    first, second = await reads.letter(letter.event_id), await reads.letter(again.event_id)
    assert first is not None
    assert first.replay is not None
    assert (first.replay.position, first.replay.refused_as) == (f"{CLAIMS_SUBMITTED}/0/9", again.event_id)
    assert second is not None
    assert second.replay_of == letter.event_id
    assert await letters.replay(again.event_id, OPS) is None


async def test_a_replayed_claim_that_was_taken_in_names_it(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries
) -> None:
    letter = a_refused_claim(1, "C1")
    await stores.office.queue([letter])
    await letters.replay(letter.event_id, OPS)
    await stores.accept(a_submission("C1"))
    found = await reads.letter(letter.event_id)
    assert found is not None
    assert found.replay is not None
    assert found.replay.claim_id == claim_id("SYNTHETIC", "C1", 1)
    assert [one.letter_id for one in await reads.of_claim(found.replay.claim_id)] == [letter.event_id]


async def test_letters_are_found_by_what_they_were_refused_for_page_by_page(
    stores: Stores, reads: DeadLetterQueries
) -> None:
    for offset in range(5):
        await stores.office.queue([a_letter(offset)])
    await stores.office.queue([a_letter(0, topic=DOCUMENTS_RECEIVED, refusal=Refusal.SCHEMA, code="missing")])
    [other] = await reads.page(DeadLetterFilter(topic=DOCUMENTS_RECEIVED, refusal="schema", reason="missing"), 10, None)
    assert other.topic == DOCUMENTS_RECEIVED
    first = await reads.page(DeadLetterFilter(refusal="undecodable"), 3, None)
    rest = await reads.page(DeadLetterFilter(refusal="undecodable"), 3, (first[-1].kept_at, first[-1].letter_id))
    assert [one.offset for one in (*first, *rest)] == [4, 3, 2, 1, 0]
    assert await reads.page(DeadLetterFilter(until=first[-1].kept_at - timedelta(days=1)), 3, None) == ()
    counts = {(one.topic, one.refusal, one.reason): one.letters for one in await reads.counts()}
    assert counts == {
        (CLAIMS_SUBMITTED, "undecodable", "not-json"): 5,
        (DOCUMENTS_RECEIVED, "schema", "missing"): 1,
    }


async def test_many_letters_go_when_a_second_person_approves_at_a_bounded_rate(
    stores: Stores, bulks: DeadLetterBulks, reads: DeadLetterQueries
) -> None:
    await stores.office.queue([a_letter(offset) for offset in range(5)])
    bulk_id = await bulks.propose(DeadLetterFilter(reason="not-json"), OPS)
    assert isinstance(bulk_id, str)
    assert await bulks.queue_approved() == 0
    assert await bulks.decide(bulk_id, OPS, approve=True) is Refused.OWN_PROPOSAL
    await stores.office.queue([a_letter(99)])  # came after the proposal: no person counted it
    assert await bulks.decide(bulk_id, BOSS, approve=True) is None
    assert await bulks.decide(bulk_id, BOSS, approve=True) is Refused.DECIDED
    assert await bulks.queue_approved() == 2
    assert await bulks.queue_approved() == 0
    for _ in range(4):
        await stores.execute("UPDATE dead_letter_replays SET queued_at = queued_at - interval '1 minute'")
        await bulks.queue_approved()
    found = await reads.bulk(bulk_id)
    assert found is not None
    assert (found.state, found.letters, found.left) == (BulkReplayState.DONE, 5, 0)
    assert len(await replayed(stores)) == 5
    assert [one.offset for one in await reads.page(ANY, 10, None)] == [99]
    actions = await stores.rows("SELECT content->>'action', person_id FROM audit_trail ORDER BY entry")
    assert actions == [("proposed", "OPS"), ("approved", "BOSS"), *[("replayed", "BOSS")] * 5]
    assert [entry async for entry in broken(stores.engine)] == []


async def test_the_database_itself_refuses_an_own_approval(stores: Stores, bulks: DeadLetterBulks) -> None:
    await stores.office.queue([a_letter(1)])
    await bulks.propose(ANY, OPS)
    with pytest.raises(Exception, match="bulk_replay_has_four_eyes"):
        await stores.execute("UPDATE dead_letter_bulks SET decided_by = 'OPS', approved = true")


async def test_a_refused_or_stopped_bulk_sends_no_more(
    stores: Stores, bulks: DeadLetterBulks, reads: DeadLetterQueries
) -> None:
    await stores.office.queue([a_letter(offset) for offset in range(3)])
    taken_back, stopped = await bulks.propose(ANY, OPS), await bulks.propose(ANY, OPS)
    assert isinstance(taken_back, str)
    assert isinstance(stopped, str)
    assert await bulks.decide(taken_back, OPS, approve=False) is None
    assert await bulks.stop(stopped, BOSS) is Refused.DECIDED
    await bulks.decide(stopped, BOSS, approve=True)
    assert await bulks.queue_approved() == 2
    assert await bulks.stop(stopped, OPS) is None
    await stores.execute("UPDATE dead_letter_replays SET queued_at = queued_at - interval '1 minute'")
    assert await bulks.queue_approved() == 0
    assert {one.bulk_id: one.state for one in await reads.bulks()} == {
        taken_back: BulkReplayState.REFUSED,
        stopped: BulkReplayState.STOPPED,
    }


async def test_a_letter_in_two_bulks_is_sent_once(stores: Stores, bulks: DeadLetterBulks) -> None:
    await stores.office.queue([a_letter(1)])
    for bulk_id in (await bulks.propose(ANY, OPS), await bulks.propose(ANY, OPS)):
        assert isinstance(bulk_id, str)
        await bulks.decide(bulk_id, BOSS, approve=True)
    assert [await bulks.queue_approved() for _ in range(3)] == [1, 0, 0]
    assert len(await replayed(stores)) == 1


async def test_nothing_to_replay_is_no_proposal(bulks: DeadLetterBulks) -> None:
    assert await bulks.propose(ANY, OPS) is Refused.NONE_LEFT


async def test_headers_are_kept_shown_to_who_opens_and_replayed(stores: Stores, letters: DeadLetterActions) -> None:
    letter = a_letter(1, headers=HEADERS)
    await stores.office.queue([letter])
    assert await letters.open(letter.event_id, OPS) == Original(b"SYN-REF-1", POISON, HEADERS)
    await letters.replay(letter.event_id, OPS)
    [event] = await replayed(stores)
    assert event.headers == HEADERS


async def test_headers_count_towards_what_the_topic_takes(
    stores: Stores, letters: DeadLetterActions, bulks: DeadLetterBulks
) -> None:
    letter = a_letter(1, os.urandom(LARGEST_INCOMING - 40_000), headers=(("large", os.urandom(40_000)),))
    await stores.office.queue([letter])
    assert await bulks.propose(ANY, OPS) is Refused.NONE_LEFT
    assert await letters.replay(letter.event_id, OPS) is Refused.TOO_LARGE
    assert await letters.close(letter.event_id, OPS, WHY) is None


async def test_a_letter_is_closed_for_a_reason_in_the_trail_and_then_is_over(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries, bulks: DeadLetterBulks
) -> None:
    letter = a_letter(1)
    await stores.office.queue([letter])
    assert await letters.close(letter.event_id, OPS, WHY) is None
    assert await letters.close(letter.event_id, BOSS, WHY) is Refused.CLOSED
    assert await letters.replay(letter.event_id, OPS) is Refused.CLOSED
    assert await bulks.propose(ANY, OPS) is Refused.NONE_LEFT
    assert (await reads.page(ANY, 10, None), await reads.counts(), await replayed(stores)) == ((), (), [])
    found = await reads.letter(letter.event_id)
    assert found is not None
    assert found.closed is not None
    assert (found.closed.by, found.closed.reason) == ("OPS", WHY)
    trail = await stores.rows("SELECT subject, person_id, content->>'action', content->>'reason' FROM audit_trail")
    assert trail == [(f"letter/{letter.event_id}", "OPS", "closed", WHY)]
    assert [entry async for entry in broken(stores.engine)] == []


async def test_a_replayed_letter_is_not_closed(stores: Stores, letters: DeadLetterActions) -> None:
    letter = a_letter(1)
    await stores.office.queue([letter])
    await letters.replay(letter.event_id, OPS)
    assert await letters.close(letter.event_id, OPS, WHY) is Refused.REPLAYED


async def test_the_database_itself_refuses_a_closing_without_a_person_and_a_reason(stores: Stores) -> None:
    await stores.office.queue([a_letter(1)])
    with pytest.raises(Exception, match="a_letter_is_closed_by_somebody_for_a_reason"):
        await stores.execute("UPDATE dead_letters SET closed_at = now(), closed_by = 'OPS'")
    with pytest.raises(Exception, match="an_open_letter_keeps_its_content"):
        await stores.execute("UPDATE dead_letters SET value = NULL, removed_at = now()")


async def test_many_letters_are_closed_when_a_second_person_approves(
    stores: Stores, bulks: DeadLetterBulks, reads: DeadLetterQueries
) -> None:
    await stores.office.queue([a_letter(offset) for offset in range(3)])
    bulk_id = await bulks.propose(ANY, OPS, WHY)
    assert isinstance(bulk_id, str)
    assert await bulks.decide(bulk_id, OPS, approve=True) is Refused.OWN_PROPOSAL
    assert await bulks.queue_approved() == 0
    await bulks.decide(bulk_id, BOSS, approve=True)
    assert [await bulks.queue_approved() for _ in range(3)] == [2, 1, 0]
    closed = await reads.page(DeadLetterFilter(open_only=False), 10, None)
    assert [one.closed and (one.closed.by, one.closed.reason, one.closed.bulk_id) for one in closed] == [
        ("BOSS", WHY, bulk_id)
    ] * 3
    assert await replayed(stores) == []
    found = await reads.bulk(bulk_id)
    assert found is not None
    assert (found.state, found.closes_because) == (BulkReplayState.DONE, WHY)
    actions = await stores.rows("SELECT content->>'action', person_id FROM audit_trail ORDER BY entry")
    assert actions == [("proposed", "OPS"), ("approved", "BOSS"), *[("closed", "BOSS")] * 3]


async def test_what_ended_letters_held_goes_when_its_time_is_over_and_open_ones_keep_it(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries, engine: AsyncEngine
) -> None:
    retention = DeadLetterRetention(engine, timedelta(days=90))
    still_open, closed, sent, queued, recent = (a_letter(offset, headers=HEADERS) for offset in range(5))
    await stores.office.queue([still_open, closed, sent, queued, recent])
    for one in (closed, recent):
        await letters.close(one.event_id, OPS, WHY)
    for one in (sent, queued):
        await letters.replay(one.event_id, OPS)
    events = {event.event_id for event in await replayed(stores)}
    [sent_id] = await stores.rows(
        "SELECT replay_id::text FROM dead_letter_replays WHERE letter_id = CAST(:letter AS uuid)", letter=sent.event_id
    )
    assert sent_id[0] in events
    await stores.outbox.mark_published([], {sent_id[0]: f"{CLAIMS_SUBMITTED}/0/77"})
    await stores.execute(
        "UPDATE dead_letters SET kept_at = kept_at - interval '400 days'",
        f"""UPDATE dead_letters SET closed_at = closed_at - interval '91 days',
            replayed_at = replayed_at - interval '91 days' WHERE letter_id <> '{recent.event_id}'""",
    )
    assert await retention.remove_some() == 2
    assert await retention.remove_some() == 0
    for gone in (closed, sent):
        found = await reads.letter(gone.event_id)
        assert found is not None
        assert (found.removed_at is not None, found.reasons[0].code) == (True, "not-json")
        assert await letters.open(gone.event_id, OPS) is Refused.REMOVED
    for there in (still_open, queued, recent):
        assert await letters.open(there.event_id, OPS) == Original(b"SYN-REF-1", POISON, HEADERS)


async def test_a_letter_delivered_again_after_its_content_went_is_not_open_again(
    stores: Stores, letters: DeadLetterActions, reads: DeadLetterQueries, engine: AsyncEngine
) -> None:
    letter = a_letter(1)
    await stores.office.queue([letter])
    await letters.close(letter.event_id, OPS, WHY)
    await DeadLetterRetention(engine, timedelta()).remove_some()
    await stores.office.queue([letter])
    assert await reads.page(ANY, 10, None) == ()
