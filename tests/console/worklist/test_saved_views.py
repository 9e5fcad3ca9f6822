from __future__ import annotations

import html

import pytest

from tests.builders.console.office import Office

pytestmark = pytest.mark.servers

LARGE = {"name": "Large studies", "query": "least=1000.00&sort=amount"}


async def tabs(office: Office, person: str, query: str = "") -> str:
    page = html.unescape((await office.get(f"/worklist{query}", person)).text)
    return page.split('aria-label="Views"')[1].split("</nav>")[0]


async def test_a_view_is_saved_for_one_person_or_for_all_and_removed(office: Office) -> None:
    answer = await office.post("/worklist/views", "NURSE", LARGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist?least=1000.00&sort=amount")
    assert 'href="/worklist?least=1000.00&sort=amount" aria-current="page">Large studies<' in await tabs(
        office, "NURSE", "?least=1000.00&sort=amount"
    )
    assert "Large studies" not in await tabs(office, "MD-NY")
    await office.post("/worklist/views", "NURSE", {**LARGE, "shared": "yes"})
    assert "Large studies (NURSE)" in await tabs(office, "MD-NY")
    await office.post("/worklist/views/remove", "MD-NY", {"name": "Large studies"})
    assert "Large studies (NURSE)" in await tabs(office, "MD-NY")
    await office.post("/worklist/views/remove", "NURSE", {"name": "Large studies"})
    assert "Large studies" not in await tabs(office, "MD-NY")


@pytest.mark.parametrize(
    "sent", [{"name": " "}, {"name": "x", "query": "role=king"}, {"name": "x" * 61}, {"name": "x", "query": "least=-1"}]
)
async def test_what_no_view_can_be_is_refused(office: Office, sent: dict[str, str]) -> None:
    assert (await office.post("/worklist/views", "NURSE", sent)).status_code == 422
    assert await office.rows("SELECT 1 FROM saved_views") == []
