"""Monitors on the pages and over the API: started by a policy owner, read with filters, taken as a file, and stopped."""

from __future__ import annotations

import csv
from datetime import timedelta
from uuid import uuid4

import pytest

from storage.privileges.roles import DatabaseRole
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.desks import a_desk, documented
from tests.builders.ledger.monitored import keep_differences
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission

pytestmark = pytest.mark.servers

WHY = "The draft asks for ten weeks of treatment."


@pytest.fixture
async def monitor(office: Office) -> str:
    """A running monitor of all draft data, which judged one paid claim otherwise."""
    await office.hire(person("OWNER", "policy-owner"), person("BOSS-2", "supervisor"))
    desk = await a_desk(office.stores, documented(a_submission("C1", "72148")), a_coverage_change())
    office.now = desk.now
    key = str(uuid4())
    day = (office.now + timedelta(days=7)).date().isoformat()
    form = {"key": key, "share": "1", "ends_on": day, "reason": WHY, "policy": "", "version": ""}
    answer = await office.post("/policies/monitors", "OWNER", form)
    assert answer.headers["location"] == f"/policies/monitors/{key}"
    [(claim,)] = await office.rows("SELECT claim_id::text FROM determinations")
    await keep_differences(in_role(office.engine, DatabaseRole.RECONCILER), key, claim, office.now)
    return key


async def test_the_page_shows_agreement_and_every_difference_with_a_way_to_its_claim(
    office: Office, monitor: str
) -> None:
    shown = (await office.get(f"/policies/monitors/{monitor}", "OWNER")).text
    for part in ("66.67 %", "guideline 2 new-rule", "HUDSON-COMM", "to-review", "412.50", "asks a person, too", WHY):
        assert part in shown
    [(claim,)] = await office.rows("SELECT claim_id::text FROM determinations")
    assert f'href="/claims/{claim}"' in shown
    assert MEMBER not in shown
    listed = (await office.get("/policies/monitors", "BOSS-2")).text
    assert f"/policies/monitors/{monitor}" in listed
    assert "Start a monitor" not in listed
    assert "/policies/monitors" in (await office.get("/policies", "OWNER")).text


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", 2),
        ("rule=guideline 2 new-rule", 1),
        ("rule=guideline 1 old-rule", 1),
        ("plan=OTHER", 0),
        ("provider=1234567893", 1),
        ("direction=to-review&plan=HUDSON-COMM", 1),
        ("against=asks-a-person", 2),
        ("against=decides-alike", 0),
    ],
)
async def test_filters_choose_among_the_lines(office: Office, monitor: str, query: str, lines: int) -> None:
    found = (await office.call("GET", f"/api/monitors/{monitor}?{query}", "OWNER")).json()
    assert len(found["lines"]) == lines
    assert (found["run"]["claims"], found["run"]["differing"], found["agreement"]) == (1, 1, "66.67")


async def test_the_file_has_the_lines_that_the_page_shows_and_its_taking_is_recorded(
    office: Office, monitor: str
) -> None:
    taken = await office.get(f"/policies/monitors/{monitor}/lines?direction=to-review", "OWNER")
    [row] = csv.DictReader(taken.text.splitlines())
    assert (row["before"], row["after"], row["amount"], row["after_rule"]) == (
        "approved", "waits", "412.50", "guideline 2 new-rule",
    )  # fmt: skip
    everything = (await office.call("GET", f"/api/monitors/{monitor}/lines", "OWNER")).text
    assert "'=1+1" in everything
    assert MEMBER not in everything
    said = await office.rows(
        f"SELECT person_id, content ->> 'action' FROM audit_trail WHERE subject = 'monitor/{monitor}' ORDER BY number"
    )
    assert said == [("OWNER", "started"), ("system", "judges"), ("OWNER", "exported"), ("OWNER", "exported")]


async def test_a_monitor_is_stopped_once_with_a_reason_and_keeps_its_figures(office: Office, monitor: str) -> None:
    form = {"reason": "The figures are enough to release the draft."}
    assert problem(await office.post(f"/policies/monitors/{monitor}/stop", "BOSS-2", {"reason": "no"}))[0] == 422
    await office.post(f"/policies/monitors/{monitor}/stop", "BOSS-2", form)
    again = await office.call("POST", f"/api/monitors/{monitor}/stop", "OWNER", json=form)
    assert problem(again) == (409, "stopped")
    found = (await office.call("GET", f"/api/monitors/{monitor}", "OWNER")).json()
    assert (found["state"], found["stopped_by"], found["run"]["claims"]) == ("stopped", "BOSS-2", 1)


async def test_what_is_no_draft_and_who_owns_no_policy_are_refused(office: Office, monitor: str) -> None:
    ends_on = office.now.date().isoformat()
    released = {"policy": "hudson-6.01.03", "version": "2025-03-17.3", "ends_on": ends_on, "reason": WHY}
    assert problem(await office.call("POST", "/api/monitors", "OWNER", json=released)) == (422, "no-draft")
    unknown = await office.call("POST", "/api/monitors", "OWNER", json={**released, "version": "9.9"})
    assert problem(unknown) == (422, "no-such-draft")
    everything = {"ends_on": ends_on, "reason": WHY, "share": "0.1"}
    assert problem(await office.call("POST", "/api/monitors", "BOSS-2", json=everything)) == (403, "role-may-not")
    assert problem(await office.call("GET", f"/api/monitors/{uuid4()}", "OWNER")) == (404, "no-such-monitor")
    assert monitor
