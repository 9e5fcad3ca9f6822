"""The start page and the choice of a theme are open to every signed-in person, and to no visitor."""

from __future__ import annotations

import pytest

from tests.builders.console.office import Office

pytestmark = pytest.mark.servers


async def test_the_start_page_leads_to_where_ones_day_begins(office: Office) -> None:
    for person, start in (("NURSE", "/worklist"), ("BOSS", "/worklist")):
        answer = await office.get("/", person)
        assert (answer.status_code, answer.headers["location"]) == (303, start)


async def test_who_is_not_signed_in_is_sent_to_sign_in(office: Office) -> None:
    for answer in (await office.get("/"), await office.post("/theme", data={"theme": "dark"})):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


async def test_the_theme_is_chosen_by_ones_own_page_only(office: Office) -> None:
    assert "theme=dark" in (await office.post("/theme", "NURSE", {"theme": "dark"})).headers["set-cookie"]
    assert (await office.post("/theme", "NURSE", {"theme": "dark", "csrf": "x"})).status_code == 403
