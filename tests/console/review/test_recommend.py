from __future__ import annotations

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import RATIONALE, Office
from tests.builders.console.review_screens import lines, screen, send, sending, take

pytestmark = pytest.mark.servers


async def test_a_recommendation_on_every_line_hands_the_claim_to_the_physicians(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    filled = await sending(office, study, "NURSE", "/actions/recommend")
    typed = {"pend": lines(filled, 1, 2, 3, 4), "resolution": "denies", "rationale": RATIONALE}
    assert (await send(office, filled, "NURSE", **typed)).status_code == 303
    after = await office.get(f"/review/{study}", "NURSE")
    assert after.status_code == 200
    assert "in the queue of physician" in after.text
    assert 'href="/review/next"' in after.text
    page = await screen(office, study, "MD-NY")
    assert "Recommended by NURSE" in page
    assert RATIONALE in page


async def test_too_few_reasons_are_refused_next_to_the_field(office: Office, study: ClaimId) -> None:
    await take(office, study, "NURSE")
    filled = await sending(office, study, "NURSE", "/actions/recommend")
    answer = await send(office, filled, "NURSE", pend=lines(filled, 1), resolution="denies", rationale="no")
    assert answer.status_code == 422
    assert 'id="recommend-rationale-error"' in answer.text
    assert ">no</textarea>" in answer.text
    assert await office.rows("SELECT 1 FROM review_actions WHERE content->>'action' = 'recommend'") == []


async def test_who_is_no_clinician_is_not_asked(office: Office, study: ClaimId) -> None:
    await office.act(study, "BOSS", action="take")
    page = await screen(office, study, "BOSS")
    assert "/actions/recommend" not in page
    assert "only a nurse or physician may recommend" in page
