from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ClaimId
from adjudication.review.first_due import FirstDue
from storage.review.deadlines import PostgresDeadlines
from tests.builders.console.office import Office
from tests.builders.console.review_screens import screen, send, sending, take

pytestmark = pytest.mark.servers

DUE = datetime(2025, 9, 14, 3, 59, 59, tzinfo=UTC)
"""The last second of September 13 in New York, which is September 14 in UTC."""


async def test_a_due_date_is_the_plans_legal_day_whatever_zone_one_reads_in(office: Office, study: ClaimId) -> None:
    due = FirstDue(DUE, "ma-contract-hudson", legal=True, tolled=False, citation=Citation("42-cfr-422-520", "(b)"))
    await PostgresDeadlines(office.engine).record_alerts(study, [], due)
    for chosen in ("", "America/Los_Angeles", "Etc/UTC"):
        cookies = f"claimwright-session={await office.signed_in('MD-NY')}; zone={chosen}"
        page = (await office.get("/worklist", "MD-NY", headers={"Cookie": cookies})).text
        assert "Sep 13, 2025, end of day EDT" in page, chosen
        assert "Sep 14" not in page


async def test_a_person_chooses_the_zone_of_every_other_time(office: Office, study: ClaimId) -> None:
    await take(office, study, "MD-NY")
    assert "yours until 5:30 AM EDT" in await screen(office, study, "MD-NY")
    answer = await office.post("/zone", "MD-NY", {"zone": "America/Denver", "next": f"/review/{study}"})
    assert answer.status_code == 303
    assert "zone=America/Denver" in answer.headers["set-cookie"].replace("%2F", "/").replace('"', "")
    cookies = f"claimwright-session={await office.signed_in('MD-NY')}; zone=America/Denver"
    page = (await office.get(f"/review/{study}", "MD-NY", headers={"Cookie": cookies})).text
    assert "yours until 3:30 AM MDT" in page
    assert (await office.post("/zone", "MD-NY", {"zone": "Mars/Olympus"})).status_code == 422


async def test_an_appointment_is_typed_in_the_zone_that_the_form_names(office: Office, study: ClaimId) -> None:
    await take(office, study, "MD-NY")
    assert "Agreed for (Eastern time)" in await screen(office, study, "MD-NY")
    filled = await sending(office, study, "MD-NY", "/actions/schedule-peer-to-peer")
    assert (await send(office, filled, "MD-NY", at="2025-09-05T14:00")).status_code == 303
    rows = "SELECT content->>'at' FROM review_actions WHERE content->>'action' = 'schedule-peer-to-peer'"
    [[at]] = await office.rows(rows)
    assert datetime.fromisoformat(at) == datetime(2025, 9, 5, 18, 0, tzinfo=UTC)
    office.now += timedelta(minutes=1)
    assert "Sep 5, 2025, 2:00 PM EDT" in await screen(office, study, "MD-NY")
