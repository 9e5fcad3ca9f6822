"""The letters of an appeal, as pages and on the command line: whole, on the record, or refused in words."""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.appeals.rules import Appellant
from adjudication.letters.letter import Audience
from storage.audit.trail import broken
from tests.builders.console.appeals_office import MEDICAID, MEDICARE, NEW_YORK, AppealsOffice
from tests.builders.console.office import person, problem
from tests.builders.ledger.appeal_cases import RATIONALE, decides
from tests.builders.ledger.submissions import MEMBER
from tests.builders.pipeline.command_line import CommandLine

pytestmark = pytest.mark.servers


async def letters(appeals: AppealsOffice, appeal: str, who: str = "specialist", to: str = "member") -> str:
    shown = await appeals.office.get(f"/appeals/{appeal}/letters/{to}", who)
    assert shown.status_code == 200, shown.text
    return " ".join(shown.text.split())


async def done(appeals: AppealsOffice, appeal: str, who: str, **action: Any) -> None:
    assert (await appeals.does(appeal, who, **action)).status_code == 200


@pytest.mark.parametrize("to", ["member", "provider"])
async def test_an_open_appeal_shows_its_acknowledgement_with_what_the_law_demands_on_the_record(
    appeals: AppealsOffice, to: str
) -> None:
    appeal = await appeals.appealed(MEDICAID)
    shown = await letters(appeals, appeal, to=to)
    assert "Notice: we received the appeal" in shown
    assert "By when we decide" in shown
    assert "What the law demands of it" in shown
    assert ">missing<" not in shown
    assert f"Member number: {MEMBER}" in shown
    assert await appeals.views() == [("specialist", "appeals-specialist")]


async def test_an_upheld_clinical_denial_states_the_deciders_reasons_and_the_external_appeal(
    appeals: AppealsOffice,
) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    await done(appeals, appeal, "peer", **decides("upheld"))
    shown = await letters(appeals, appeal)
    for words in (RATIONALE, "clinical peer reviewer", "final adverse determination", "ny-phl-4914"):
        assert words in shown, words
    provider = await letters(appeals, appeal, to="provider")
    assert "CO-193" in provider
    assert "of your own within 60 days" in provider


async def test_medicares_decision_comes_with_the_notice_of_forwarding(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICARE)
    await done(appeals, appeal, "appeals-md", **decides("upheld"))
    shown = await letters(appeals, appeal)
    assert shown.index("Notice: the appeal was decided after clinical review") < shown.index("the appeal was forwarded")
    assert "We sent the case to the independent review entity on September 17, 2025." in shown
    assert "the appeal that we received on September 12, 2025" in shown


async def test_a_reversal_is_shown_with_what_became_of_it(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    await done(appeals, appeal, "peer", **decides("overturned"))
    shown = await letters(appeals, appeal)
    assert "Notice: the appeal was decided in favor" in shown
    assert "We have carried out what we changed. A separate letter explains what is paid." in shown


async def test_a_withdrawal_and_a_dismissal_have_their_letters(appeals: AppealsOffice) -> None:
    claim = await appeals.denied(MEDICARE)
    withdrawn = await appeals.filed(claim)
    await done(appeals, withdrawn, "specialist", action="withdraw", reference="SYN-LETTER-1")
    assert "Notice: the appeal was withdrawn" in await letters(appeals, withdrawn)
    stranger = await appeals.filed(claim, appeal_reference="A-2", lines=(2,))
    await done(appeals, stranger, "specialist", action="dismiss", ground="not-appealable")
    shown = await letters(appeals, stranger)
    assert "None of the services has a final decision that can be appealed." in shown
    assert "Ask within 6 months of the date of this letter." in shown


async def test_more_time_is_shown_with_the_reason_a_person_types(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    assert "The notice of an extension" in await letters(appeals, appeal)
    path = f"/appeals/{appeal}/letters/member/extension"
    empty = await appeals.office.post(path, "specialist", {"why": "  "})
    assert (empty.status_code, "say why" in empty.text) == (422, True)
    drawn = await appeals.office.post(path, "specialist", {"why": "We wait for the records of a hospital."})
    assert drawn.status_code == 200
    assert "Notice: more time for the appeal" in drawn.text
    assert "We wait for the records of a hospital." in drawn.text
    assert "438.408(c)(2)(ii)" in drawn.text
    for who in ("stranger", "kin"):
        refused = await appeals.office.post(path, who, {"why": "We wait."})
        assert problem(refused)[0] == 403


async def test_where_the_rule_gives_no_extension_none_can_be_drawn(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    assert "The notice of an extension" not in await letters(appeals, appeal)


async def test_a_dispute_under_a_contract_sends_the_member_nothing(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICARE, appellant=Appellant.CONTRACT_PROVIDER)
    member = await letters(appeals, appeal)
    assert "the member is not a party" in member
    assert 'class="letter"' not in member
    assert "Notice: we received the appeal" in await letters(appeals, appeal, to="provider")


@pytest.mark.parametrize("who", ["stranger", "kin", None])
async def test_others_see_no_letter_and_no_look_is_recorded(appeals: AppealsOffice, who: str | None) -> None:
    appeal = await appeals.appealed(MEDICARE)
    answer = await appeals.office.get(f"/appeals/{appeal}/letters/member", who)
    assert answer.status_code == (303 if who is None else 403)
    assert "Notice: the appeal" not in answer.text
    assert await appeals.views() == []


async def test_the_appeals_page_leads_to_its_letters(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICARE)
    shown = (await appeals.office.get(f"/appeals/{appeal}", "specialist")).text
    for to in ("member", "provider"):
        assert f'href="/appeals/{appeal}/letters/{to}"' in shown
    assert "no letter is made" not in shown


def drafts(shown: str) -> list[str]:
    """The drafts of a page, each by the digest that its button sends."""
    return re.findall(r'name="digest" value="([0-9a-f]{64})"', shown)


async def issued(appeals: AppealsOffice, appeal: str, digest: str, who: str = "specialist", **more: str) -> int:
    path = f"/appeals/{appeal}/letters/member/issue"
    return (await appeals.office.post(path, who, {"digest": digest, **more})).status_code


async def test_an_issued_letter_is_shown_as_it_was_whatever_the_policies_and_the_day_say_later(
    appeals: AppealsOffice,
) -> None:
    appeal = await appeals.appealed(MEDICAID)
    shown = await letters(appeals, appeal)
    assert "Draft: not issued" in shown
    [digest] = drafts(shown)
    assert await issued(appeals, appeal, digest) == 303
    [kept] = await appeals.office.rows("SELECT body, encode(digest, 'hex') AS digest, issued_by FROM issued_letters")
    assert (sha256(bytes(kept.body)).hexdigest(), kept.issued_by) == (digest, "specialist")
    later = await letters(appeals, appeal)
    assert digest in later
    assert "Draft: not issued" not in later
    await done(appeals, appeal, "specialist", action="withdraw", reference="SYN-LETTER-1")
    both = await letters(appeals, appeal)
    assert "Notice: the appeal was withdrawn" in both
    assert "Notice: we received the appeal" in both
    assert drafts(both) != [digest]


async def test_a_letter_is_issued_once_and_only_as_it_was_seen(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    [digest] = drafts(await letters(appeals, appeal))
    assert await issued(appeals, appeal, "0" * 64) == 409
    assert await issued(appeals, appeal, digest) == 303
    assert await issued(appeals, appeal, digest) == 409
    assert len(await appeals.office.rows("SELECT 1 FROM issued_letters")) == 1


async def test_the_trail_states_who_issued_a_letter_by_ids_and_hash_and_nothing_of_what_it_says(
    appeals: AppealsOffice,
) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    await done(appeals, appeal, "peer", **decides("upheld"))
    [digest] = drafts(await letters(appeals, appeal))
    assert await issued(appeals, appeal, digest) == 303
    [entry] = await appeals.office.rows(
        "SELECT person_id, role, content::text AS content FROM audit_trail WHERE subject LIKE 'letters/%'"
    )
    assert (entry.person_id, entry.role) == ("specialist", "appeals-specialist")
    assert digest in entry.content
    assert appeal in entry.content
    assert RATIONALE not in entry.content
    assert [words async for words in broken(appeals.office.engine)] == []


async def test_an_issued_letter_is_never_changed_or_removed(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    [digest] = drafts(await letters(appeals, appeal))
    assert await issued(appeals, appeal, digest) == 303
    for statement in (
        "UPDATE issued_letters SET step = 'other'",
        "DELETE FROM issued_letters",
        "TRUNCATE issued_letters",
    ):
        with pytest.raises(IntegrityError, match="an issued letter stands"):
            await appeals.office.run(statement)


@pytest.mark.parametrize(("who", "code"), [("stranger", 403), ("kin", 403), ("auditor", 403), ("denier", 403)])
async def test_who_writes_no_letters_issues_none(appeals: AppealsOffice, who: str, code: int) -> None:
    appeal = await appeals.appealed(MEDICAID)
    [digest] = drafts(await letters(appeals, appeal))
    assert await issued(appeals, appeal, digest, who) == code
    assert await appeals.office.rows("SELECT 1 FROM issued_letters") == []


async def test_the_notice_of_an_extension_is_kept_with_its_reason(appeals: AppealsOffice) -> None:
    appeal, why = await appeals.appealed(MEDICAID), "We wait for the records of a hospital."
    path = f"/appeals/{appeal}/letters/member/extension"
    _, extension = drafts((await appeals.office.post(path, "specialist", {"why": why})).text)
    assert await issued(appeals, appeal, extension, why=why) == 303
    assert why in await letters(appeals, appeal)


async def test_the_command_prints_the_same_letter_or_refuses_in_words(
    appeals: AppealsOffice, database: str, tmp_path: Path
) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    await done(appeals, appeal, "peer", **decides("upheld"))
    unused = {"CLAIMWRIGHT_KAFKA_BOOTSTRAP": "127.0.0.1:1", "CLAIMWRIGHT_TEMPORAL_ADDRESS": "127.0.0.1:1"}
    claimwright = CommandLine(tmp_path, CLAIMWRIGHT_POSTGRES_DSN=database, **unused)
    result = await asyncio.to_thread(claimwright, "appeals", "letter", appeal, "--to", "member")
    assert result.returncode == 0, result.stderr
    assert "\nNotice: the appeal was decided after clinical review\n====" in result.stdout
    assert RATIONALE in " ".join(result.stdout.split())
    assert "draft, not issued" in result.stderr
    [digest] = drafts(await letters(appeals, appeal))
    assert await issued(appeals, appeal, digest) == 303
    again = await asyncio.to_thread(claimwright, "appeals", "letter", appeal, "--to", "member")
    assert digest in "".join(again.stderr.split())
    assert sha256(again.stdout.removesuffix("\n").encode()).hexdigest() == digest
    other: Any = {"appeal_reference": "A-2", "appellant": Appellant.CONTRACT_PROVIDER}
    dispute = await appeals.filed(await appeals.denied(MEDICARE, control="C2"), **other)
    refused = await asyncio.to_thread(claimwright, "appeals", "letter", dispute)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "the member is not a party" in " ".join(refused.stderr.split())


OHIO = person("ohio", "appeals-physician", state="OH", reports_to="other-chief")


def typed(ruling: str, **more: str) -> dict[str, str]:
    """The form of a decision as a person fills it in."""
    return {"ruling-1": ruling, "rationale": RATIONALE, "action_id": "7b0c3a0e-1f52-4c8e-9a39-0d5a5f4e7c22", **more}


@pytest.mark.parametrize("ruling", ["upheld", "overturned"])
@pytest.mark.parametrize(("plan", "decider"), [(MEDICARE, "appeals-md"), (MEDICAID, "ohio"), (NEW_YORK, "peer")])
async def test_what_a_preview_shows_is_what_the_decision_then_sends(
    appeals: AppealsOffice, plan: str, decider: str, ruling: str
) -> None:
    """Word for word, to the member and to the provider; where the file goes on, the notice of that too."""
    appeal = await appeals.appealed(plan)
    await appeals.office.hire(OHIO)
    before = await appeals.office.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'appeal/%'")
    shown = await appeals.office.post(f"/appeals/{appeal}/preview", decider, typed(ruling))
    assert shown.status_code == 200, shown.text
    assert "Nothing is decided yet." in shown.text
    assert before == await appeals.office.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'appeal/%'")
    page = " ".join(unescape(shown.text).split())
    await done(appeals, appeal, decider, **decides(ruling))
    ledger = appeals.office.console.appeals.letters
    sent = [each for to in Audience for each in await ledger.due(appeal, to)]
    assert sent
    for letter in sent:
        assert not letter.why_none
        for text in (text for part in letter.parts for text in part.texts):
            assert " ".join(text.split()) in page, text


async def test_a_preview_is_confirmed_with_what_was_typed_or_taken_back_to_change_it(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICARE)
    shown = await appeals.office.post(f"/appeals/{appeal}/preview", "appeals-md", typed("upheld"))
    assert f'name="rationale" value="{RATIONALE}"' in shown.text
    back = await appeals.office.post(f"/appeals/{appeal}/preview", "appeals-md", typed("upheld", change="yes"))
    assert (back.status_code, RATIONALE in back.text) == (200, True)
    confirmed = await appeals.office.post(f"/appeals/{appeal}/actions/decide", "appeals-md", typed("upheld"))
    assert confirmed.status_code == 303
    assert [row.person_id for row in await appeals.office.rows("SELECT person_id FROM appeal_decisions")] == [
        "appeals-md"
    ]


async def test_a_decision_that_would_be_refused_is_refused_in_its_preview_in_the_same_words(
    appeals: AppealsOffice,
) -> None:
    appeal = await appeals.appealed(MEDICARE)
    for who, form, status, words in (
        ("denier", typed("upheld"), 409, "you took part"),
        ("appeals-md", {**typed("upheld"), "rationale": "too short"}, 409, "say why, about this member"),
        ("appeals-md", {"rationale": RATIONALE}, 422, "fill this in"),
    ):
        answer = await appeals.office.post(f"/appeals/{appeal}/preview", who, form)
        assert (answer.status_code, words in unescape(answer.text)) == (status, True), answer.text
    assert (await appeals.office.post(f"/appeals/{appeal}/preview", "stranger", typed("upheld"))).status_code == 403


async def test_a_decision_is_previewed_at_a_terminal_and_decides_nothing(
    appeals: AppealsOffice, database: str, tmp_path: Path
) -> None:
    appeal = await appeals.appealed(MEDICAID)
    await appeals.office.hire(OHIO)
    unused = {"CLAIMWRIGHT_KAFKA_BOOTSTRAP": "127.0.0.1:1", "CLAIMWRIGHT_TEMPORAL_ADDRESS": "127.0.0.1:1"}
    claimwright = CommandLine(tmp_path, CLAIMWRIGHT_POSTGRES_DSN=database, **unused)
    asked = ("appeals", "preview", appeal, "1=upheld", "--reason", RATIONALE, "--by")
    result = await asyncio.to_thread(claimwright, *asked, "ohio")
    assert result.returncode == 0, result.stderr
    assert "\nNotice: the appeal was decided after clinical review\n====" in result.stdout
    for who, code, words in (("denier", 1, "you took part"), ("unknown", 2, "not on the list")):
        refused = await asyncio.to_thread(claimwright, *asked, who)
        assert (refused.returncode, words in refused.stderr) == (code, True), refused.stderr
    assert await appeals.office.rows("SELECT 1 FROM appeal_decisions") == []
