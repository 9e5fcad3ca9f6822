"""An issued letter is what the audit trail says of it; whatever the database's owner makes of either is found."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from sqlalchemy import text

from contracts.records.issued_letters import IssuedLetter
from storage.audit.trail import broken
from storage.letters.issued import IssuedLetters
from storage.people.staff import Staff
from tests.builders.ledger.desks import a_staff_member
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

AT = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
LETTER = "Notice: a synthetic letter\n"
OTHER = "Notice: another synthetic letter\n"
NEVER_ISSUED = """
    INSERT INTO issued_letters
    SELECT claim_id, appeal_id, kind, 'provider', step, body, digest, policy_bundle, issued_by, role, issued_at
    FROM issued_letters
"""


async def an_issued_letter(stores: Stores) -> str:
    """One letter issued to a member, on a sound trail; returns how findings name it."""
    _, [stored] = await stores.accept(a_submission("C1"))
    await Staff(stores.engine).put([a_staff_member("clerk", "intake-clerk")], "test", "operations", AT)
    claim_id = stored.claim.claim_id
    names = (claim_id, None, "denial", "member", "1/1")
    letter = IssuedLetter(*names, LETTER.encode(), "synthetic-bundle", "SYN-clerk", "intake-clerk", AT)
    assert await IssuedLetters(stores.engine).issue(letter, "2025-09-03")
    assert await found(stores) == []
    return f"letters/{claim_id}: the letter denial to the member, 1/1,"


async def found(stores: Stores) -> list[str]:
    return [words async for words in broken(stores.engine)]


async def tamper(stores: Stores, *statements: str) -> None:
    """Change rows as the database's owner would: with the triggers standing aside."""
    async with stores.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert (await connection.execute(text(statement))).rowcount, statement


async def test_a_letter_rewritten_with_the_hash_next_to_it_is_not_what_the_trail_states(stores: Stores) -> None:
    letter = await an_issued_letter(stores)
    digest = sha256(OTHER.encode()).hexdigest()
    await tamper(stores, f"UPDATE issued_letters SET body = '{OTHER}', digest = '\\x{digest}'")
    assert await found(stores) == [f"{letter} is not the text with the hash of entry 1"]


async def test_a_letter_that_no_person_issued_is_found(stores: Stores) -> None:
    letter = await an_issued_letter(stores)
    await tamper(stores, NEVER_ISSUED)
    other = letter.replace("to the member", "to the provider")
    assert await found(stores) == [f"{other} is stored, and the trail has no entry that it was issued"]


async def test_a_letter_taken_away_is_missed(stores: Stores) -> None:
    letter = await an_issued_letter(stores)
    await tamper(stores, "DELETE FROM issued_letters")
    assert await found(stores) == [f"{letter} was issued by entry 1, and is not stored"]


@pytest.mark.parametrize(
    "change", ["issued_by = 'SYN-OTHER'", "role = 'supervisor'", "issued_at = issued_at + interval '1 day'"]
)
async def test_a_letter_said_to_be_issued_by_another_or_at_another_time_is_found(stores: Stores, change: str) -> None:
    letter = await an_issued_letter(stores)
    await tamper(stores, f"UPDATE issued_letters SET {change}")
    assert await found(stores) == [f"{letter} is stored with another person, role or time than entry 1"]
