"""The audit trail holds, and whatever a person with the database's own password does to it is found."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from storage.audit.trail import FIRST, Entry, entry_hash
from storage.people.staff import Staff
from tests.builders.ledger.audit_trail import tamper
from tests.builders.ledger.desks import DENIES, Desk, a_desk, a_staff_member
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, a_submission

pytestmark = pytest.mark.servers

FORGED_ID = "7d3c57a1-4d0b-4c8f-8c55-1a3f4d2f5f10"


async def a_trail(stores: Stores) -> Desk:
    """Four entries on one claim: taken, a line denied, the other one too, given back."""
    desk = await a_desk(stores)
    await desk.takes("physician")
    assert [await desk.decides("physician", line, **DENIES) for line in (1, 2)] == ["ok", "ok"]
    assert await desk.do("physician", action="release") == "ok"
    assert await desk.broken_trail() == []
    return desk


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_trail SET role = 'nurse'", "DELETE FROM audit_trail", "TRUNCATE audit_trail"]
)
async def test_the_database_refuses_to_change_the_trail(stores: Stores, statement: str) -> None:
    desk = await a_trail(stores)
    with pytest.raises(IntegrityError, match="append-only"):
        await stores.execute(statement)
    assert await desk.broken_trail() == []


CHANGES = {
    "who": "person_id = 'SYN-second'",
    "in which role": "role = 'nurse'",
    "when": "at = at + interval '1 microsecond'",
    "which action": f"action_id = '{FORGED_ID}'",
    "what": """content = replace(content::text, 'experimental', 'not_medically_necessary')::json""",
    "a space in what": "content = (content::text || ' ')::json",
    "its hash": "hash = sha256(hash)",
    "what it follows": "previous = sha256(previous)",
    "on which claim": "subject = 'claim/another'",
    "its place": "number = 9",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("number", [2, 4], ids=["in the middle", "at the end"])
async def test_an_entry_changed_is_found(stores: Stores, change: str, number: int) -> None:
    if change == "what" and number == 4:
        number = 3
    desk = await a_trail(stores)
    await tamper(stores, f"UPDATE audit_trail SET {CHANGES[change]} WHERE number = {number}")
    assert await desk.broken_trail()


@pytest.mark.parametrize("number", [1, 2, 4], ids=["the first", "in the middle", "the last"])
async def test_an_entry_taken_out_is_found(stores: Stores, number: int) -> None:
    desk = await a_trail(stores)
    await tamper(stores, f"DELETE FROM audit_trail WHERE number = {number}")
    assert await desk.broken_trail()


async def test_a_trail_taken_out_as_a_whole_is_found(stores: Stores) -> None:
    desk = await a_trail(stores)
    await tamper(stores, "DELETE FROM audit_trail WHERE subject LIKE 'claim/%'")
    assert len(await desk.broken_trail()) == 7, "four accepted actions, two decisions, and a head without a trail"


async def test_an_entry_taken_out_with_the_gap_closed_is_found(stores: Stores) -> None:
    desk = await a_trail(stores)
    await tamper(
        stores,
        "DELETE FROM audit_trail WHERE number = 2",
        "UPDATE audit_trail SET number = number - 1 WHERE number > 2",
    )
    assert await desk.broken_trail()


async def test_two_entries_changed_about_are_found(stores: Stores) -> None:
    desk = await a_trail(stores)
    await tamper(
        stores,
        "UPDATE audit_trail SET number = 99 WHERE number = 2",
        "UPDATE audit_trail SET number = 2 WHERE number = 3",
        "UPDATE audit_trail SET number = 3 WHERE number = 99",
    )
    assert await desk.broken_trail()


async def test_an_entry_put_in_the_middle_is_found(stores: Stores) -> None:
    desk = await a_trail(stores)
    entry = await forged(desk, 2)
    moved = [f"UPDATE audit_trail SET number = {number + 1} WHERE number = {number}" for number in (4, 3, 2)]
    await tamper(stores, *moved, entry)
    assert await desk.broken_trail()


async def test_an_entry_put_at_the_end_with_a_fitting_hash_is_found_by_the_action_it_lacks(stores: Stores) -> None:
    desk = await a_trail(stores)
    await tamper(stores, await forged(desk, 5))
    assert await desk.broken_trail() == [
        f"claim/{desk.claim_id}: entry 5 was added after the last one, 4",
        f"claim/{desk.claim_id}: entry 5 records no accepted action, or differs from the submitted action",
    ]


async def test_the_last_entry_rewritten_with_a_fitting_hash_is_found_by_the_action_it_records(stores: Stores) -> None:
    desk = await a_trail(stores)
    [(action,)] = await stores.rows("SELECT action_id::text FROM audit_trail WHERE number = 4")
    rewritten = await forged(desk, 4, action, "SYN-physician")
    await tamper(stores, "DELETE FROM audit_trail WHERE number = 4", rewritten)
    assert await desk.broken_trail() == [
        f"claim/{desk.claim_id}: its last entry, 4, is not the one that was written",
        f"claim/{desk.claim_id}: entry 4 records no accepted action, or differs from the submitted action",
    ]


# What records no action of a claim: that a person looked, that a person was changed


async def views(stores: Stores, count: int = 3) -> Desk:
    """A person looks at a claim so often; a person is hired."""
    desk = await a_desk(stores)
    staff = Staff(stores.engine)
    for _ in range(count):
        await staff.viewed(desk.claim_id, "SYN-nurse", "nurse", RECEIVED)
    assert await staff.put([a_staff_member("hired", "coder")], "SYN-supervisor", "supervisor", RECEIVED) == 1
    assert await desk.broken_trail() == []
    return desk


async def test_the_last_view_taken_out_is_found_and_stays_found_when_more_are_written(stores: Stores) -> None:
    desk = await views(stores)
    await tamper(stores, "DELETE FROM audit_trail WHERE subject LIKE 'view/%' AND number = 3")
    missing = f"view/{desk.claim_id}: it ended with entry 3; the last one there is 2"
    assert await desk.broken_trail() == [missing]
    await Staff(stores.engine).viewed(desk.claim_id, "SYN-nurse", "nurse", RECEIVED)
    assert await desk.broken_trail() == [
        f"view/{desk.claim_id}: entry 3 is missing; the next one there is 4",
        f"view/{desk.claim_id}: entry 4 does not follow the one before it",
    ]


async def test_every_view_of_a_claim_taken_out_is_found(stores: Stores) -> None:
    desk = await views(stores)
    await tamper(stores, "DELETE FROM audit_trail WHERE subject LIKE 'view/%'")
    assert await desk.broken_trail() == [f"view/{desk.claim_id}: it ended with entry 3; none is left"]


async def test_who_changed_whom_is_found_missing(stores: Stores) -> None:
    desk = await views(stores)
    await tamper(stores, "DELETE FROM audit_trail WHERE subject = 'people/SYN-hired'")
    assert await desk.broken_trail() == [
        "people/SYN-hired: it ended with entry 1; none is left",
        "people/SYN-hired: is on the staff list, and the trail has no entry that put them there",
    ]


async def test_a_head_taken_out_or_set_back_is_found(stores: Stores) -> None:
    desk = await views(stores)
    await tamper(stores, "UPDATE audit_heads SET number = 2 WHERE subject LIKE 'view/%'")
    assert await desk.broken_trail() == [f"view/{desk.claim_id}: entry 3 was added after the last one, 2"]
    await tamper(stores, "DELETE FROM audit_heads WHERE subject LIKE 'view/%'")
    assert len(await desk.broken_trail()) == 1


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_heads SET number = 2", "UPDATE audit_heads SET subject = 'x', number = number + 1",
     "DELETE FROM audit_heads", "TRUNCATE audit_heads"],
)  # fmt: skip
async def test_the_database_refuses_to_shorten_a_trail(stores: Stores, statement: str) -> None:
    desk = await views(stores)
    with pytest.raises(IntegrityError, match="only grows"):
        await stores.execute(statement)
    assert await desk.broken_trail() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE settlements SET rationale = 'Reasons that no person ever gave for this member''s own study.'",
            "is not the",
        ),
        (
            "UPDATE settlements SET denies_as = 'necessity.not_medically_necessary'",
            "is not the one that entry 2 records",
        ),
        (
            "UPDATE reviewer_signatures SET rationale = 'Reasons that no person ever signed.'",
            "is not the one that entry 2",
        ),
        ("UPDATE reviewer_signatures SET reviewer_id = 'SYN-second'", "is not the one that entry 2 records"),
        ("DELETE FROM settlements WHERE line = 1", "entry 2 records a decision that is not stored"),
        (
            f"UPDATE settlements SET action_id = '{FORGED_ID}' WHERE line = 1",
            "the trail has no entry for it",
        ),
    ],
    ids=["the reasons", "the outcome", "the signed reasons", "the signer", "taken out", "put in"],
)
async def test_a_decision_or_signature_rewritten_next_to_the_trail_is_found(
    stores: Stores, statement: str, words: str
) -> None:
    """Letters and appeals are written from the stored rows, so these must agree with the trail."""
    desk = await a_trail(stores)
    await tamper(stores, statement)
    assert any(words in broken for broken in await desk.broken_trail())


async def test_views_at_once_make_one_chain(stores: Stores) -> None:
    desk = await a_desk(stores)
    staff = Staff(stores.engine)
    await asyncio.gather(*(staff.viewed(desk.claim_id, "SYN-nurse", "nurse", RECEIVED) for _ in range(6)))
    assert await stores.rows("SELECT max(number) FROM audit_trail WHERE subject LIKE 'view/%'") == [(6,)]
    assert await desk.broken_trail() == []


async def forged(desk: Desk, number: int, action: str = FORGED_ID, person: str = "SYN-supervisor") -> str:
    """An entry whose hash fits what it says and what it follows."""
    rows = await desk.stores.rows(
        "SELECT hash FROM audit_trail WHERE subject LIKE 'claim/%' AND number = :number", number=number - 1
    )
    previous = bytes(rows[0][0]) if rows else FIRST
    entry = Entry(f"claim/{desk.claim_id}", RECEIVED, person, "supervisor", action, '{"action": "take"}')
    return f"""INSERT INTO audit_trail (subject, number, at, person_id, role, action_id, content, previous, hash)
        VALUES ('{entry.subject}', {number}, '{RECEIVED.isoformat()}', '{entry.person_id}', '{entry.role}', '{action}',
                '{entry.content}', '\\x{previous.hex()}', '\\x{entry_hash(entry, number, previous).hex()}')"""


async def test_trails_of_different_claims_do_not_depend_on_each_other(stores: Stores) -> None:
    desk = await a_trail(stores)
    other = await a_desk(stores, a_submission("C2"))
    await other.takes("nurse")
    assert await desk.broken_trail() == []
    query = "SELECT subject, max(number) FROM audit_trail WHERE subject LIKE 'claim/%' GROUP BY subject ORDER BY 2"
    chains = await stores.rows(query)
    assert [length for _, length in chains] == [1, 4]
