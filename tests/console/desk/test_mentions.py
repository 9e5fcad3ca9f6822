"""A comment reaches the colleagues it mentions, if they could open the claim, and says nothing of the member before they do."""

from __future__ import annotations

import pytest

from adjudication.model.vocabulary import ClaimId
from console.desk.mentions import named_in
from tests.builders.console.office import Office, problem
from tests.builders.console.review_screens import screen, send, sending

pytestmark = pytest.mark.servers


async def commented(office: Office, study: ClaimId, words: str) -> int:
    filled = await sending(office, study, "NURSE", "/comments")
    return (await send(office, filled, "NURSE", words=words)).status_code


async def test_a_mention_is_unread_until_the_claim_is_opened(office: Office, study: ClaimId) -> None:
    assert await commented(office, study, "@MD-NY, the films of SYN-SECRET came; look at line 1.") == 303
    assert "1 mention<" in (await office.get("/desk/unread", "MD-NY")).text
    desk = (await office.get("/desk", "MD-NY")).text
    assert "STUDY-1" in desk
    assert ">unread<" in desk
    assert "SYN-SECRET" not in desk
    await screen(office, study, "MD-NY")
    assert "mention<" not in (await office.get("/desk/unread", "MD-NY")).text
    assert ">unread<" not in (await office.get("/desk", "MD-NY")).text


async def test_a_mention_can_be_marked_as_read_without_opening_the_claim(office: Office, study: ClaimId) -> None:
    await commented(office, study, "@MD-NY please")
    assert (await office.post("/desk/mentions/read", "MD-NY", {"claim_id": study})).status_code == 303
    assert await office.console.desks.unread("MD-NY") == 0
    assert (
        await office.rows("SELECT 1 FROM audit_trail WHERE subject = :s AND person_id = 'MD-NY'", s=f"view/{study}")
        == []
    )


async def test_a_team_is_mentioned_by_its_name_and_the_author_is_not(office: Office, study: ClaimId) -> None:
    for member in ("NURSE", "MD-NY", "CODER"):
        sent = {"team": "spine-team", "person": member}
        assert (await office.post("/desk/teams", "BOSS", sent)).status_code == 303
    assert await commented(office, study, "For the @spine-team: wait with the call.") == 303
    rows = await office.rows("SELECT person_id FROM comment_mentions ORDER BY 1")
    assert [row[0] for row in rows] == ["MD-NY"], "the coder does not work on this claim, the nurse wrote it"


@pytest.mark.parametrize(
    ("words", "code"), [("@NOT-HERE look", "no-such-person"), ("ask (@CODER) about it", "cannot-open")]
)
async def test_whom_a_comment_cannot_reach_is_named_and_nothing_is_stored(
    office: Office, study: ClaimId, words: str, code: str
) -> None:
    filled = await sending(office, study, "NURSE", "/comments")
    assert problem(await send(office, filled, "NURSE", words=words)) == (422, code)
    assert await office.rows("SELECT 1 FROM claim_comments") == []


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("@A-1 and @A-1, then (@team-x).", ("A-1", "team-x")),
        ("fax to desk@clinic.example by 5", ()),
        ("@", ()),
        ("line\n@A-2:", ("A-2",)),
        ("@\u0661\u0662", ()),
    ],
)
def test_names_stand_after_an_at_that_begins_a_word(words: str, names: tuple[str, ...]) -> None:
    assert named_in(words) == names
