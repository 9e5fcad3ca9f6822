from __future__ import annotations

from typing import Any

import pytest

from adjudication.model.vocabulary import ClaimId
from storage.audit.trail import broken
from tests.builders.console.html_forms import Form, form, has_form
from tests.builders.console.office import RATIONALE, Office
from tests.builders.console.review_screens import lines, screen, send, sending, take

pytestmark = pytest.mark.servers

DENIES = "denies:necessity.experimental"


async def deciding(office: Office, study: ClaimId, who: str) -> Form:
    """The form of a decision of a person who took the claim."""
    await take(office, study, who)
    return await sending(office, study, who, "/preview")


async def test_a_nurse_never_sees_a_way_to_deny(office: Office, study: ClaimId) -> None:
    filled = await deciding(office, study, "NURSE")
    assert filled.offered["way"] == ["passes"]
    page = await screen(office, study, "NURSE")
    assert "this may be settled so by: clinical-peer, physician" in page
    assert "signed with license" not in page


async def test_a_physician_of_another_state_learns_why_not(office: Office, study: ClaimId) -> None:
    filled = await deciding(office, study, "MD-OH")
    assert filled.offered["way"] == ["passes"]
    assert "this decision needs a license of NY" in await screen(office, study, "MD-OH")


async def test_the_preview_shows_license_letter_and_what_the_law_demands_of_it_and_decides_nothing(
    office: Office, study: ClaimId
) -> None:
    filled = await deciding(office, study, "MD-NY")
    typed = {"pend": lines(filled, 1), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    page = (await send(office, filled, "MD-NY", **typed)).text
    for value in (
        "SYN-MD-NY",
        "Draft letter to the member",
        "Draft letter to the provider",
        "Draft, not sent",
        RATIONALE,
    ):
        assert value in page, value
    assert "clinical rationale" in page
    assert ">missing<" not in page
    assert await office.rows("SELECT 1 FROM settlements") == []
    assert await office.rows("SELECT 1 FROM review_actions WHERE content->>'action' = 'decide'") == []


async def test_signing_denies_with_the_license_that_was_shown(office: Office, study: ClaimId) -> None:
    filled = await deciding(office, study, "MD-NY")
    typed = {"pend": lines(filled, 1, 2), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    preview = await send(office, filled, "MD-NY", **typed)
    signed = await send(office, form(preview.text, "/actions/decide"), "MD-NY")
    assert signed.headers["location"] == f"/review/{study}"
    settled = await office.rows("SELECT line, denies_as, person_id FROM settlements ORDER BY line")
    assert [tuple(row) for row in settled] == [
        (1, "necessity.experimental", "MD-NY"),
        (2, "necessity.experimental", "MD-NY"),
    ]
    signatures = await office.rows("SELECT DISTINCT licence_number, licence_state, rationale FROM reviewer_signatures")
    assert [tuple(row) for row in signatures] == [("SYN-MD-NY", "NY", RATIONALE)]
    assert [words async for words in broken(office.engine)] == []


async def test_signing_twice_has_one_effect(office: Office, study: ClaimId) -> None:
    filled = await deciding(office, study, "MD-NY")
    typed = {"pend": lines(filled, 1), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    signing = form((await send(office, filled, "MD-NY", **typed)).text, "/actions/decide")
    answers = [await send(office, signing, "MD-NY") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    [count] = await office.rows("SELECT count(*) FROM audit_trail WHERE content->>'action' = 'decide'")
    assert count[0] == 1


async def test_lines_may_be_decided_differently(office: Office, study: ClaimId) -> None:
    filled = await deciding(office, study, "MD-NY")
    for line, way, criteria in ((1, DENIES, ["S3-09"]), (2, "passes", [])):
        typed = {"pend": lines(filled, line), "way": way, "rationale": RATIONALE, "criteria": criteria}
        preview = await send(office, filled, "MD-NY", **typed)
        await send(office, form(preview.text, "/actions/decide"), "MD-NY")
    settled = await office.rows("SELECT line, resolution FROM settlements ORDER BY line")
    assert [tuple(row) for row in settled] == [(1, "denies"), (2, "passes")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"rationale": "too short"}, "at least 40 characters, now 9"),
        ({"criteria": []}, "name the criteria you found not met"),
        ({"pend": []}, "choose at least one line"),
        ({"way": ""}, "choose how it is settled"),
    ],
)
async def test_what_is_missing_is_said_next_to_the_field_and_nothing_typed_is_lost(
    office: Office, study: ClaimId, change: dict[str, object], expected: str
) -> None:
    filled = await deciding(office, study, "MD-NY")
    typed = {"pend": lines(filled, 1), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    answer = await send(office, filled, "MD-NY", **{**typed, **change})
    assert answer.status_code == 422
    assert expected in answer.text
    again = form(answer.text, "/preview")
    if "rationale" not in change:
        assert again.first("rationale") == RATIONALE
    if "criteria" not in change:
        assert again.values["criteria"] == ["S3-09"]


async def test_going_back_from_the_preview_keeps_everything(office: Office, study: ClaimId) -> None:
    filled = await deciding(office, study, "MD-NY")
    typed = {"pend": lines(filled, 3), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    preview = await send(office, filled, "MD-NY", **typed)
    again = form((await send(office, form(preview.text, "/draft"), "MD-NY")).text, "/preview")
    assert again.first("rationale") == RATIONALE
    assert again.first("way") == DENIES
    assert [value.split("|")[0] for value in again.values["pend"]] == ["3"]


async def test_who_recommended_a_line_does_not_decide_it(office: Office, study: ClaimId) -> None:
    await take(office, study, "MD-NY")
    recommends: dict[str, Any] = {
        "action": "recommend",
        "line": 1,
        "outcome": "necessity.experimental",
        "resolution": "denies",
    }
    await office.act(study, "MD-NY", **recommends, rationale=RATIONALE)
    filled = await sending(office, study, "MD-NY", "/preview")
    typed = {"pend": lines(filled, 1), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    preview = (await send(office, filled, "MD-NY", **typed)).text
    assert "you recommended this; a colleague decides it" in preview
    assert not has_form(preview, "/actions/decide")


async def test_a_decision_on_a_claim_decided_meanwhile_is_refused_and_the_words_are_kept(
    office: Office, study: ClaimId
) -> None:
    filled = await deciding(office, study, "MD-NY")
    typed = {"pend": lines(filled, 1), "way": DENIES, "rationale": RATIONALE, "criteria": ["S3-09"]}
    signing = form((await send(office, filled, "MD-NY", **typed)).text, "/actions/decide")
    [stored] = (await office.stores.claims.load([study])).values()
    await office.stores.decisions.commit("none", [office.stores.determined(stored)])
    answer = await send(office, signing, "MD-NY")
    assert answer.status_code == 409
    assert "this claim is decided" in answer.text.lower()
    assert RATIONALE in answer.text
