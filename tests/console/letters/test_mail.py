"""The mail queue on its page and over the API: what is not mailed, what the mail house reads, and sending again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.events.letters import LetterSentV1, MailingResult
from contracts.ids import payer_claim_number
from contracts.records.issued_letters import IssuedLetter
from storage.letters.issued import IssuedLetters
from storage.letters.notices_due import NoticeKeeper
from storage.letters.proofs import LetterProofs
from tests.builders.console.claim_page import viewed
from tests.builders.console.office import NOW, Office, person, problem
from tests.builders.ledger.appeal_cases import a_denied_claim

pytestmark = pytest.mark.servers

PAGE, API = "/mail", "/api/mail"
TEXT = "A synthetic letter to Synnove Synthberg."


@pytest.fixture
async def denied(office: Office) -> ClaimId:
    """A denied claim whose notice is due, and a clerk."""
    await office.hire(person("CLERK", "intake-clerk"))
    claim = await a_denied_claim(office.stores, "CASCADE-MA", at=NOW - timedelta(days=1))
    await NoticeKeeper(office.stores.engine, office.library.reference).look(NOW)
    return claim.claim_id


async def an_issued_letter(office: Office, claim: ClaimId) -> IssuedLetter:
    names = (claim, None, "clinical-denial", "member", "version 1")
    letter = IssuedLetter(*names, TEXT.encode(), "synthetic-bundle", "CLERK", "intake-clerk", NOW)
    assert await IssuedLetters(office.stores.engine).issue(letter, "2025-09-03")
    return letter


async def fail(office: Office, letter: IssuedLetter) -> None:
    failed = LetterSentV1(
        letter_id=letter.letter_id,
        version=1,
        sha256=letter.digest,
        result=MailingResult.FAILED,
        at=NOW,
        reason="the printer was out of paper",
    )
    assert await LetterProofs(office.stores.engine).apply([failed]) == {}


async def test_a_denial_is_on_the_page_with_its_deadline_until_it_is_mailed(office: Office, denied: ClaimId) -> None:
    shown = (await office.get(PAGE, "CLERK")).text
    for words in (
        payer_claim_number(denied),
        "Notices not mailed: 1",
        "None issued yet",
        f"/claims/{denied}/letters/member",
    ):
        assert words in shown
    await an_issued_letter(office, denied)
    shown = (await office.get(PAGE, "CLERK")).text
    for words in ("1 handed to the mail", "not confirmed: 1", "2025-09-03-member"):
        assert words in shown
    assert "Synthberg" not in shown


async def test_the_api_gives_the_same_and_the_letter_byte_for_byte_on_the_record(
    office: Office, denied: ClaimId
) -> None:
    letter = await an_issued_letter(office, denied)
    found = (await office.call("GET", API, "CLERK")).json()
    assert (found["notices_open"], found["notices"][0]["claim_id"]) == (1, denied)
    assert [each["letter_id"] for each in found["letters"]] == [letter.letter_id]
    content = await office.call("GET", f"{API}/{letter.letter_id}/content", "CLERK")
    assert content.content == TEXT.encode()
    assert await viewed(office) == [(f"view/{denied}", "CLERK", "intake-clerk")]


async def test_a_letter_that_failed_is_sent_again_once_with_the_person_on_the_trail(
    office: Office, denied: ClaimId
) -> None:
    letter = await an_issued_letter(office, denied)
    refused = await office.post(f"{PAGE}/{letter.letter_id}/again", "CLERK")
    assert refused.status_code == 409
    await fail(office, letter)
    assert "the printer was out of paper" in (await office.get(PAGE, "CLERK")).text
    assert (await office.post(f"{PAGE}/{letter.letter_id}/again", "CLERK")).status_code == 303
    trail = await office.rows(
        f"SELECT person_id, content ->> 'action' FROM audit_trail WHERE subject = 'letters/{denied}'"
    )
    assert [tuple(each) for each in trail] == [("CLERK", "issued"), ("CLERK", "mailed-again")]


@pytest.mark.parametrize("who", ["CODER", "NURSE"])
async def test_others_read_no_letter_and_do_not_see_the_queue(office: Office, denied: ClaimId, who: str) -> None:
    letter = await an_issued_letter(office, denied)
    assert (await office.get(PAGE, who)).status_code == 403
    for path in (API, f"{API}/{letter.letter_id}/content"):
        answer = await office.call("GET", path, who)
        assert problem(answer) == (403, "not-your-role")
        assert "Synthberg" not in answer.text


async def test_a_letter_of_no_known_id_is_not_there(office: Office, denied: ClaimId) -> None:
    answer = await office.call("GET", f"{API}/{denied}/content", "CLERK")
    assert problem(answer) == (404, "no-such-letter")
