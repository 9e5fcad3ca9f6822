"""From issuing a letter to the proof that it was mailed, over PostgreSQL and in the roles of the processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from adjudication.deadlines.state import DeadlineState
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.review.claim_deadlines import claim_deadlines
from contracts.events.letters import LetterSentV1, MailingResult
from contracts.ids import letter_id
from contracts.records.issued_letters import IssuedLetter
from contracts.records.mail_queue import MailState
from storage.claims.claim_file import read_claim_file
from storage.letters.issued import IssuedLetters
from storage.letters.mail_queue import MailQueue
from storage.letters.notices_due import NoticeKeeper, NoticesDue
from storage.letters.proofs import BEFORE_ISSUED, IN_THE_FUTURE, OTHER_TEXT, UNKNOWN, LetterProofs
from storage.outbox.queue import unpack
from storage.privileges.roles import DatabaseRole
from storage.reconciliation.stuck import stuck_work
from tests.builders.ledger.appeal_cases import a_denied_claim
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role

pytestmark = pytest.mark.servers

PLAN = "CASCADE-MA"
DECIDED = datetime(2025, 9, 3, 15, tzinfo=UTC)
ISSUED = DECIDED + timedelta(hours=1)
MAILED = DECIDED + timedelta(days=2)
_RECORDED = """CREATE OR REPLACE FUNCTION mailing_recorded_since() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT CAST('{since}' AS timestamptz) $$"""
NEVER = letter_id("no-claim", None, "denial", "member", "version 1")


class MailRoom:
    """A denied claim whose letters are issued and mailed."""

    def __init__(self, stores: Stores, claim_id: ClaimId) -> None:
        self.stores, self.claim_id = stores, claim_id
        self.queue = MailQueue(in_role(stores.engine, DatabaseRole.CONSOLE))
        self.proofs = LetterProofs(in_role(stores.engine, DatabaseRole.STREAMS))
        self.keeper = NoticeKeeper(in_role(stores.engine, DatabaseRole.RECONCILER), stores.reference)
        self.notices = NoticesDue(in_role(stores.engine, DatabaseRole.READER))

    async def issue(self, *readers: str) -> list[IssuedLetter]:
        """Issue a letter to each reader; return them."""
        person = (await self.stores.rows("SELECT min(person_id) FROM people"))[0][0]
        letters = [
            IssuedLetter(
                self.claim_id, None, "clinical-denial", reader, "version 1", f"Synthetic letter to the {reader}.".encode(),
                "synthetic-bundle", person, "examiner", ISSUED,
            )
            for reader in readers
        ]  # fmt: skip
        issuing = IssuedLetters(in_role(self.stores.engine, DatabaseRole.CONSOLE))
        for letter in letters:
            assert await issuing.issue(letter, "2025-09-03")
        return letters

    async def met(self) -> set[datetime | None]:
        """Return when the deadlines of the claim were met."""
        times = (await read_claim_file(self.stores.engine, self.claim_id)).times
        assert times is not None
        now = MAILED + timedelta(days=1)
        states = claim_deadlines(times, self.stores.reference, now)
        found = {state.met_at for state in states if isinstance(state, DeadlineState)}
        assert found
        return found


def a_proof(letter: IssuedLetter, version: int = 1, **changes: Any) -> LetterSentV1:
    proof = LetterSentV1(
        letter_id=letter.letter_id,
        version=version,
        sha256=letter.digest,
        result=MailingResult.SENT,
        at=MAILED,
        carrier="Synthetic Carrier",
        reference=f"SYN-{version}",
    )
    return proof.model_copy(update=changes)


@pytest.fixture
async def room(stores: Stores) -> MailRoom:
    claim = await a_denied_claim(stores, PLAN, at=DECIDED)
    assert PlanId(PLAN) in stores.reference.plans
    return MailRoom(stores, claim.claim_id)


async def test_an_issued_letter_is_handed_over_by_id_and_hash_and_names_no_person(room: MailRoom) -> None:
    [letter] = await room.issue("member")
    rows = await room.stores.rows("SELECT messages FROM outbox ORDER BY entry_id DESC LIMIT 1")
    [message] = unpack(rows[0][0])
    event = orjson.loads(message.value or b"")
    assert (message.topic, message.key, event["subject"]) == ("letters.ready", letter.letter_id, letter.letter_id)
    assert event["data"] == {
        "letter_id": letter.letter_id,
        "attempt": 1,
        "audience": "member",
        "batch": "2025-09-03-member",
        "sha256": letter.digest,
        "media_type": "text/plain; charset=utf-8",
        "size": len(letter.body),
        "queued_at": "2025-09-03T16:00:00Z",
        "addressed_by": "plan",
    }
    kept = await room.queue.content(letter.letter_id)
    assert kept is not None
    assert kept.body == letter.body


async def test_the_deadline_of_a_denial_is_met_when_both_letters_are_mailed(room: MailRoom) -> None:
    assert await room.met() == {None}
    member, provider = await room.issue("member", "provider")
    assert await room.met() == {None}
    assert await room.proofs.apply([a_proof(member)]) == {}
    assert await room.met() == {None}
    later = MAILED + timedelta(hours=5)
    assert await room.proofs.apply([a_proof(provider, at=later)]) == {}
    assert await room.met() == {later}


async def test_a_mailing_that_failed_after_all_opens_the_deadline_again_and_a_return_does_not(room: MailRoom) -> None:
    member, provider = await room.issue("member", "provider")
    await room.proofs.apply([a_proof(member), a_proof(provider)])
    back = {"carrier": None, "reference": None, "reason": "no such synthetic address"}
    await room.proofs.apply([a_proof(provider, 2, result=MailingResult.RETURNED, **back)])
    assert await room.met() == {MAILED}
    await room.proofs.apply([a_proof(member, 2, result=MailingResult.FAILED, **back)])
    assert await room.met() == {None}


async def test_proofs_that_prove_nothing_are_refused_with_the_reason(room: MailRoom) -> None:
    [letter] = await room.issue("member")
    refused = await room.proofs.apply(
        [
            a_proof(letter, letter_id=NEVER),
            a_proof(letter, sha256="0" * 64),
            a_proof(letter, at=datetime.now(UTC) + timedelta(hours=2)),
            a_proof(letter, at=ISSUED - timedelta(days=2)),
            a_proof(letter),
            a_proof(letter),
            a_proof(letter, carrier="Another Carrier"),
        ]
    )
    assert refused == {0: UNKNOWN, 1: OTHER_TEXT, 2: IN_THE_FUTURE, 3: BEFORE_ISSUED, 6: None}
    assert await room.proofs.apply([a_proof(letter, carrier="A third Carrier")]) == {0: None}
    assert await room.stores.rows("SELECT carrier FROM letter_proofs") == [("Synthetic Carrier",)]


async def test_a_letter_that_failed_is_handed_over_again_once_and_one_that_waits_is_not(room: MailRoom) -> None:
    [letter] = await room.issue("member")
    person = (await room.stores.rows("SELECT min(person_id) FROM people"))[0][0]
    again = (letter.letter_id, person, "supervisor", datetime.now(UTC) + timedelta(minutes=1), "2026-06-30")
    assert not await room.queue.again(*again)
    failed = a_proof(letter, result=MailingResult.FAILED, carrier=None, reference=None, reason="printer broken")
    await room.proofs.apply([failed])
    [found] = await room.queue.letters((MailState.FAILED,), 10)
    assert (found.reason, found.attempt) == ("printer broken", 1)
    assert await room.queue.again(*again)
    assert not await room.queue.again(*again)
    [found] = await room.queue.letters((MailState.WAITING,), 10)
    assert (found.attempt, found.batch) == (2, "2026-06-30-member")
    await room.proofs.apply([a_proof(letter, 2)])
    [found] = await room.queue.letters((MailState.SENT,), 10)
    assert (found.carrier, found.reference) == ("Synthetic Carrier", "SYN-2")


async def test_a_denial_is_due_until_it_is_mailed_and_stuck_once_its_deadline_has_passed(room: MailRoom) -> None:
    await room.keeper.look(DECIDED)
    [due] = await room.notices.open(10)
    assert (due.claim_id, due.version, due.decided_at, due.issued) == (room.claim_id, 1, DECIDED, 0)
    assert due.due_at is not None
    soon = due.due_at - timedelta(days=1)
    assert (await room.notices.counts(soon)).at_risk == 1
    late = due.due_at + timedelta(days=1)
    assert (await room.notices.counts(late)).missed == 1
    [stuck] = [each for each in await stuck_work(room.stores.engine, late) if "notices" in each.what]
    assert (stuck.count, stuck.since) == (1, due.due_at)
    letters = await room.issue("member", "provider")
    await room.keeper.look(DECIDED)
    assert [each.issued for each in await room.notices.open(10)] == [2]
    await room.proofs.apply([a_proof(letter) for letter in letters])
    await room.keeper.look(MAILED)
    assert await room.notices.open(10) == ()
    assert not [each for each in await stuck_work(room.stores.engine, late) if "notices" in each.what]


async def test_a_denial_made_before_mailings_were_recorded_is_neither_due_nor_open(room: MailRoom) -> None:
    await room.stores.execute(_RECORDED.format(since=MAILED.isoformat()))
    try:
        await room.keeper.look(MAILED)
        assert await room.notices.open(10) == ()
        assert await room.met() == {DECIDED}
    finally:
        await room.stores.execute(_RECORDED.format(since="-infinity"))
