"""Days away: who may state them, what they must be, and that no work is handed to a person who is away."""

from __future__ import annotations

from uuid import uuid4

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import Office, problem

pytestmark = pytest.mark.servers

AWAY = {"first_day": "2025-09-01", "last_day": "2025-09-05", "cover": "MD-NY"}
"""The office's day is 3 September 2025."""


async def away(office: Office, by: str, **form: str) -> tuple[int, str]:
    answer = await office.post("/desk/absences", by, {"absence_id": str(uuid4()), **AWAY, **form})
    return (answer.status_code, "") if answer.status_code == 303 else problem(answer)


async def test_no_claim_is_handed_to_a_person_who_is_away_and_the_cover_is_named(
    office: Office, study: ClaimId
) -> None:
    handed = {"action": "hand-over", "to_role": "physician", "to_person": "MD-OH", "reason": "Ohio license needed"}
    assert (await away(office, "MD-OH"))[0] == 303
    await office.act(study, "NURSE", action="take")
    refused = await office.act(study, "NURSE", **handed)
    assert problem(refused) == (409, "away")
    assert "MD-OH is away until 2025-09-05; MD-NY covers for them" in refused.text
    assert "MD-NY covers" in (await office.get("/desk", "MD-OH")).text

    [(absence,)] = await office.rows("SELECT absence_id::text FROM absences")
    assert problem(await office.post(f"/desk/absences/{absence}/withdraw", "NURSE")) == (403, "role-may-not")
    assert (await office.post(f"/desk/absences/{absence}/withdraw", "MD-OH")).status_code == 303
    assert (await office.act(study, "NURSE", **handed)).status_code == 200


async def test_an_absence_to_come_lets_work_be_handed_until_it_begins(office: Office, study: ClaimId) -> None:
    assert await away(office, "MD-OH", first_day="2025-09-04") == (303, "")
    await office.act(study, "NURSE", action="take")
    handed = {"action": "hand-over", "to_role": "physician", "to_person": "MD-OH", "reason": "Ohio license needed"}
    assert (await office.act(study, "NURSE", **handed)).status_code == 200


async def test_a_supervisor_states_the_days_of_others_and_no_one_else_does(office: Office) -> None:
    assert await away(office, "NURSE", person="MD-NY", cover="") == (403, "role-may-not")
    assert await away(office, "BOSS", person="MD-NY", cover="") == (303, "")
    assert await office.rows("SELECT person_id, stated_by FROM absences") == [("MD-NY", "BOSS")]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"first_day": "tomorrow"}, "days-away"),
        ({"last_day": ""}, "days-away"),
        ({"last_day": "2025-09-02"}, "days-away"),
        ({"first_day": "2025-09-06"}, "days-away"),
        ({"last_day": "2026-09-05"}, "days-away"),
        ({"first_day": "\u0662\u0660\u0662\u0665-09-03"}, "days-away"),
        ({"cover": "MD-OH"}, "cover"),
        ({"cover": "NOT-HERE"}, "no-such-person"),
    ],
)
async def test_days_that_cannot_be_are_refused(office: Office, form: dict[str, str], code: str) -> None:
    assert await away(office, "MD-OH", **form) == (422, code)
    assert await office.rows("SELECT 1 FROM absences") == []
