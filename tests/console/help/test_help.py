"""Help shows each role a first day that leads only to places open to it."""

from __future__ import annotations

import re

import pytest

from adjudication.people import Role
from console.access.roles import AUDITING
from console.help.routes import tour
from console.web.navigation import links
from tests.builders.console.office import Office


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_first_day_in_places_open_to_it(role: Role) -> None:
    steps = tour({role})
    open_places = {link.address for link in links({role}, "/help")} | ({"/audit"} if role in AUDITING else set())
    assert steps
    assert {step.address for step in steps} <= open_places
    assert len(set(steps)) == len(steps)


@pytest.mark.servers
@pytest.mark.parametrize("who", ["NURSE", "BOSS"])
async def test_each_link_of_the_help_leads_to_a_page(office: Office, who: str) -> None:
    answer = await office.get("/help", who)
    assert "Your first day" in answer.text
    addresses = set(re.findall(r'<li><a href="(/[a-z/-]+)"', answer.text))
    assert addresses
    for address in addresses:
        assert (await office.get(address, who)).status_code == 200, address
