"""Dead letters on a screen: found, opened on the record, sent back once as they came, by those who may."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from adjudication.people import Role
from console.dead_letters.view import QUIET, state_of
from contracts.events.dead_letters import Refusal
from contracts.events.outgoing import ReplayedEvent
from contracts.events.topics import DOCUMENTS_RECEIVED
from contracts.ids import claim_id
from contracts.records.dead_letters import DeadLetter, DeadLetterState, Replay
from storage.dead_letters.closing import DeadLetterRetention
from tests.builders.console.office import NOW, Office, person
from tests.builders.events import FAMILY_NAME, MEMBER
from tests.builders.letters.claim_letters import POISON, a_letter, a_refused_claim

pytestmark = pytest.mark.servers

WHY = "its sender sent the event again"
UNKNOWN = "/dead-letters/00000000-0000-0000-0000-000000000000"
OTHERS = tuple(role for role in Role if role not in (Role.OPERATIONS, Role.SUPERVISOR))


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"), person("ALL", *OTHERS))
    return office


async def kept(office: Office, offset: int = 1) -> str:
    letter = a_refused_claim(offset)
    await office.stores.office.queue([letter])
    return letter.event_id


async def trail(office: Office) -> list[tuple[str, ...]]:
    query = "SELECT subject, person_id, content->>'action' FROM audit_trail WHERE subject NOT LIKE 'people/%' ORDER BY entry"
    return [tuple(row) for row in await office.rows(query)]


async def test_an_empty_list_is_shown_as_such(ops: Office) -> None:
    answer = await ops.get("/dead-letters", "OPS")
    assert answer.status_code == 200
    assert "No open dead letters" in answer.text


async def test_the_list_states_why_and_where_and_nothing_of_a_member(ops: Office) -> None:
    letter = await kept(ops)
    await ops.stores.office.queue([a_letter(2, topic=DOCUMENTS_RECEIVED, refusal=Refusal.SCHEMA, code="missing")])
    text = (await ops.get("/dead-letters", "OPS")).text
    assert f"/dead-letters/{letter}" in text
    assert "claims.submitted/0/1" in text
    assert "a reason in our own words" in text
    assert MEMBER not in text
    only = (await ops.get("/dead-letters?topic=documents.received", "OPS")).text
    assert "claims.submitted/0/1" not in only
    assert "documents.received/0/2" in only


async def test_the_next_page_begins_where_this_one_ends(ops: Office) -> None:
    await ops.stores.office.queue([a_letter(offset) for offset in range(60)])
    first = (await ops.get("/dead-letters", "OPS")).text
    [following] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await ops.get(following.replace("&amp;", "&"), "OPS")).text
    places = [set(re.findall(r"claims\.submitted/0/(\d+)", text)) for text in (first, second)]
    assert (len(places[0]), len(places[1])) == (50, 10)
    assert not places[0] & places[1]


@pytest.mark.parametrize(
    "query", ["after=nonsense", "since=2025-02-30", "until=yesterday", "until=9999-12-31", "show=everything"]
)
async def test_an_address_that_says_nothing_is_refused_in_words(ops: Office, query: str) -> None:
    answer = await ops.get(f"/dead-letters?{query}", "OPS")
    assert answer.status_code == 422
    assert "What to do." in answer.text


async def test_bytes_are_closed_until_opened_and_opening_is_recorded_first(ops: Office) -> None:
    letter = await kept(ops)
    closed = (await ops.get(f"/dead-letters/{letter}", "OPS")).text
    assert MEMBER not in closed
    assert await trail(ops) == []
    opened = (await ops.post(f"/dead-letters/{letter}/open", "OPS")).text
    assert MEMBER in opened
    assert FAMILY_NAME in opened
    assert await trail(ops) == [(f"view/letter/{letter}", "OPS", "viewed")]


async def test_bytes_that_are_no_text_are_shown_byte_by_byte(ops: Office) -> None:
    letter = a_letter(3, POISON, key=None)
    await ops.stores.office.queue([letter])
    text = (await ops.post(f"/dead-letters/{letter.event_id}/open", "OPS")).text
    assert "ff fe 20 6e" in text
    assert "the record had no key" in text


async def test_a_letter_is_replayed_as_it_came_and_once(ops: Office) -> None:
    letter = a_letter(3, POISON)
    await ops.stores.office.queue([letter])
    answer = await ops.post(f"/dead-letters/{letter.event_id}/replay", "OPS")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dead-letters/{letter.event_id}")
    events = [m for entry in await ops.stores.outbox.pending(9) for m in entry.messages if isinstance(m, ReplayedEvent)]
    assert [(event.key, event.value) for event in events] == [(b"SYN-REF-1", POISON)]
    again = await ops.post(f"/dead-letters/{letter.event_id}/replay", "OPS")
    assert again.status_code == 409
    assert "was replayed already" in again.text
    assert await trail(ops) == [(f"letter/{letter.event_id}", "OPS", "replayed")]
    assert "replay queued" in (await ops.get(f"/dead-letters/{letter.event_id}", "OPS")).text


async def test_headers_are_shown_to_who_opens_and_replayed(ops: Office) -> None:
    headers = (("traceparent", b"00-synthetic"), ("odd", b"\xff"), ("none", None))
    letter = a_letter(3, headers=headers)
    await ops.stores.office.queue([letter])
    assert "00-synthetic" not in (await ops.get(f"/dead-letters/{letter.event_id}", "OPS")).text
    text = (await ops.post(f"/dead-letters/{letter.event_id}/open", "OPS")).text
    for shown in ("traceparent", "00-synthetic", "bytes ff", "(no value)"):
        assert shown in text
    await ops.post(f"/dead-letters/{letter.event_id}/replay", "OPS")
    events = [m for entry in await ops.stores.outbox.pending(9) for m in entry.messages if isinstance(m, ReplayedEvent)]
    assert [event.headers for event in events] == [headers]


async def test_a_letter_is_closed_with_a_reason_that_stands_on_its_page(ops: Office) -> None:
    letter = await kept(ops)
    short = await ops.post(f"/dead-letters/{letter}/close", "OPS", {"reason": "typed"})
    assert (short.status_code, ">typed</textarea>" in short.text) == (422, True)
    assert (await ops.post(f"/dead-letters/{letter}/close", "OPS", {"reason": WHY})).status_code == 303
    page = (await ops.get(f"/dead-letters/{letter}", "OPS")).text
    assert WHY in page
    assert "Its content is kept until" in page
    assert "Replay it unchanged" not in page
    assert (await ops.post(f"/dead-letters/{letter}/replay", "OPS")).status_code == 409
    assert "No open dead letters" in (await ops.get("/dead-letters", "OPS")).text
    assert letter in (await ops.get("/dead-letters?show=all", "OPS")).text
    assert await trail(ops) == [(f"letter/{letter}", "OPS", "closed")]


async def test_removed_content_is_said_to_be_removed(ops: Office) -> None:
    letter = await kept(ops)
    await ops.post(f"/dead-letters/{letter}/close", "OPS", {"reason": WHY})
    assert await DeadLetterRetention(ops.engine, timedelta()).remove_some() == 1
    page = (await ops.get(f"/dead-letters/{letter}", "OPS")).text
    assert "What it held was removed" in page
    assert "Open the original bytes" not in page
    assert (await ops.post(f"/dead-letters/{letter}/open", "OPS")).status_code == 410


async def test_a_supervisor_sees_and_opens_and_does_not_replay(ops: Office) -> None:
    letter = await kept(ops)
    assert (await ops.get("/dead-letters", "BOSS")).status_code == 200
    assert (await ops.post(f"/dead-letters/{letter}/open", "BOSS")).status_code == 200
    page = (await ops.get(f"/dead-letters/{letter}", "BOSS")).text
    assert "Replay it unchanged" not in page
    assert "Close it" not in page
    assert (await ops.post(f"/dead-letters/{letter}/close", "BOSS", {"reason": WHY})).status_code == 403
    assert (await ops.post(f"/dead-letters/{letter}/replay", "BOSS")).status_code == 403
    assert await trail(ops) == [(f"view/letter/{letter}", "BOSS", "viewed")]


@pytest.mark.parametrize("who", ["NURSE", "MD-NY", "ALL", None])
async def test_no_other_person_comes_near_a_letter(ops: Office, who: str | None) -> None:
    letter = await kept(ops)
    refused = 303 if who is None else 403
    for path in ("/dead-letters", f"/dead-letters/{letter}"):
        assert (await ops.get(path, who)).status_code == refused
    for action in ("open", "replay", "close"):
        assert (
            await ops.post(f"/dead-letters/{letter}/{action}", who, {"csrf": "x"} if who is None else None)
        ).status_code == refused
    assert await trail(ops) == []
    assert await ops.rows("SELECT 1 FROM dead_letter_replays") == []


async def test_an_action_needs_the_token_of_the_page(ops: Office) -> None:
    letter = await kept(ops)
    for action in ("open", "replay", "close"):
        answer = await ops.browse("POST", f"/dead-letters/{letter}/{action}", "OPS", data={"csrf": "guessed"})
        assert answer.status_code == 403
    assert await trail(ops) == []


async def test_a_letter_that_is_not_there_is_said_to_be_not_there(ops: Office) -> None:
    assert (await ops.get(UNKNOWN, "OPS")).status_code == 404
    for action in ("open", "replay", "close"):
        assert (await ops.post(f"{UNKNOWN}/{action}", "OPS", {"reason": WHY})).status_code == 404


LATER = NOW + QUIET
BEFORE = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("refused_as", "sent", "registered", "names_claim", "at", "state"),
    [
        (None, False, None, True, NOW, DeadLetterState.QUEUED),
        (None, True, None, True, LATER, DeadLetterState.SENT),
        (None, True, NOW, True, NOW, DeadLetterState.ACCEPTED),
        (None, True, BEFORE, True, NOW, DeadLetterState.SENT),
        (None, True, BEFORE, True, LATER, DeadLetterState.KNOWN),
        ("other", True, BEFORE, True, LATER, DeadLetterState.REFUSED_AGAIN),
        (None, True, None, False, NOW, DeadLetterState.SENT),
        (None, True, None, False, LATER, DeadLetterState.SETTLED),
    ],
)
def test_what_became_of_a_replay_is_never_guessed(
    refused_as: str | None, *, sent: bool, registered: object, names_claim: bool, at: object, state: DeadLetterState
) -> None:
    claim = claim_id("SYNTHETIC", "C1", 1) if names_claim else None
    replay = Replay("r", "OPS", NOW, None, NOW if sent else None, None, refused_as, claim, registered)  # type: ignore[arg-type]
    letter = DeadLetter("l", "claims.submitted", 0, 1, "schema", (), NOW, NOW, 1, claim, replay, None)
    assert state_of(letter, at) is state  # type: ignore[arg-type]
