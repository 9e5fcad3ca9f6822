from __future__ import annotations

from typing import Any

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.html_forms import has_form
from tests.builders.console.office import Office, person
from tests.builders.console.review_screens import screen, send, sending, take
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

WHY = "The question needs a person who operates on spines."


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("second-opinion", {"expertise": "neurosurgery", "question": WHY, "line": "1"}),
        ("schedule-peer-to-peer", {"at": "2025-09-04T15:30"}),
        ("record-peer-to-peer", {"held": "no", "note": WHY}),
        ("hand-over", {"to_role": "clinical-peer", "reason": WHY}),
    ],
)
async def test_a_clinician_does_it_from_the_page_and_it_stands_in_the_history(
    office: Office, study: ClaimId, action: str, typed: dict[str, Any]
) -> None:
    await take(office, study, "MD-NY")
    filled = await sending(office, study, "MD-NY", f"/actions/{action}")
    answer = await send(office, filled, "MD-NY", **typed)
    assert answer.status_code == 303, answer.text
    assert action.replace("-", " ") in await screen(office, study, "BOSS")


@pytest.mark.parametrize(
    ("action", "typed", "expected"),
    [
        ("second-opinion", {"expertise": "neurosurgery", "question": ""}, "fill this in"),
        ("schedule-peer-to-peer", {"at": "soon"}, "a day and a time that the clocks show"),
        ("record-peer-to-peer", {"held": "", "note": WHY}, "say whether the call was held"),
        ("hand-over", {"to_role": "clinical-peer", "reason": ""}, "fill this in"),
    ],
)
async def test_what_is_missing_is_said_at_the_field_in_the_form_it_belongs_to(
    office: Office, study: ClaimId, action: str, typed: dict[str, Any], expected: str
) -> None:
    await take(office, study, "MD-NY")
    answer = await send(office, await sending(office, study, "MD-NY", f"/actions/{action}"), "MD-NY", **typed)
    assert answer.status_code == 422
    form = answer.text.split(f'id="{action}"')[1].split("</details>")[0]
    assert expected in form


async def test_a_second_opinion_can_be_withdrawn_by_who_asked(office: Office, study: ClaimId) -> None:
    await take(office, study, "MD-NY")
    assert not has_form(await screen(office, study, "MD-NY"), "/withdraw-second-opinion")
    asked = await sending(office, study, "MD-NY", "/actions/second-opinion")
    await send(office, asked, "MD-NY", expertise="neurosurgery", question=WHY)
    await take(office, study, "MD-NY")
    withdraws = await sending(office, study, "MD-NY", "/actions/withdraw-second-opinion")
    assert (await send(office, withdraws, "MD-NY")).status_code == 303
    assert "second opinion in neurosurgery is wanted" not in await screen(office, study, "MD-NY")


async def test_clerical_fields_are_corrected_by_clerks_only(office: Office) -> None:
    await office.hire(person("EXAMINER", "examiner"))
    [claim_id] = await office.waiting(a_submission("SCAN-1", "72148"))
    await take(office, claim_id, "NURSE")
    page = await screen(office, claim_id, "NURSE")
    assert not has_form(page, "/actions/correct")
    assert "clerical corrections are made by intake, enrollment or an examiner" in page
    await office.act(claim_id, "NURSE", action="release")
    await take(office, claim_id, "EXAMINER")
    filled = await sending(office, claim_id, "EXAMINER", "/actions/correct")
    refused = await send(office, filled, "EXAMINER", field="place-of-service", value="eleven")
    assert refused.status_code == 422
    assert "two digits" in refused.text
    assert 'value="eleven"' in refused.text
    again = await sending(office, claim_id, "EXAMINER", "/actions/correct")
    assert (await send(office, again, "EXAMINER", field="place-of-service", value="22")).status_code == 303
