"""Campaigns on the pages and over the API: started, shown with their impact, approved by two, and never by one person alone."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.registry import campaign_activities
from contracts.workflow_messages.campaigns import CampaignInput
from runtime.processes.judging import page_judge
from runtime.processes.ports import shadow_ports
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaign_steps import CampaignSteps
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.desks import a_desk, documented
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission

pytestmark = pytest.mark.servers

WHY = "The coverage of this group was corrected by the employer."
FORM = {"kind": "query", "why": WHY, "codes": "72148 72141", "per_second": "5", "takes_back": "yes"}


@pytest.fixture
async def judged(office: Office) -> str:
    """A campaign about one paid claim whose coverage had ended, with its impact."""
    await office.hire(person("EXAMINER", "examiner"), person("BOSS-2", "supervisor"), person("OWNER", "policy-owner"))
    desk = await a_desk(office.stores, documented(a_submission("C1", "72148")), a_coverage_change())
    ended = a_coverage_change(2).model_copy(update={"ends": date(2025, 2, 1)})
    await office.stores.feeds.apply_coverage([ended])
    office.now = desk.now
    campaign = str(uuid4())
    answer = await office.post("/campaigns", "OWNER", {**FORM, "key": campaign})
    assert answer.headers["location"] == f"/campaigns/{campaign}"
    assert office.runner.begun == [campaign]
    await step(office, campaign)
    return campaign


async def step(office: Office, campaign: str) -> None:
    """Run what the workflow runs until it waits or is over."""
    worker = in_role(office.engine, DatabaseRole.WORKER)
    reference = office.library.reference
    judge = page_judge(worker, reference, Settings().policies_dir, office.clock).judge
    [run] = campaign_activities(CampaignSteps(worker, reference), judge, shadow_ports(worker), reference, office.clock)
    for _ in range(10):
        done = await ActivityEnvironment().run(run, CampaignInput(campaign))
        if done.over or done.again_in is None:
            return


async def impact(office: Office, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] = (await office.call("GET", f"/api/campaigns/{campaign}", "EXAMINER")).json()
    return found


async def test_the_page_shows_the_impact_and_names_no_member(office: Office, judged: str) -> None:
    shown = (await office.get(f"/campaigns/{judged}", "OWNER")).text
    for part in ("Nothing is corrected yet", "pays-less", "HUDSON-COMM", "Approve these corrections", WHY):
        assert part in shown
    assert MEMBER not in shown
    assert f"/campaigns/{judged}" in (await office.get("/campaigns", "EXAMINER")).text
    found = await impact(office, judged)
    assert (found["stage"], found["total"], found["left"]) == ("judged", 1, 1)
    assert [(each["direction"], each["claims"]) for each in found["totals"]] == [("pays-less", 1)]


async def test_two_people_approve_what_the_page_showed_and_the_claim_is_corrected(office: Office, judged: str) -> None:
    form = {"impact": (await impact(office, judged))["impact"], "ground": "ordinary", "rationale": WHY}
    stale = await office.post(f"/campaigns/{judged}/approve", "EXAMINER", {**form, "impact": "0" * 64})
    assert problem(stale) == (409, "changed-meanwhile")
    first = await office.post(f"/campaigns/{judged}/approve", "EXAMINER", form)
    assert first.headers["location"] == f"/campaigns/{judged}"
    assert problem(await office.post(f"/campaigns/{judged}/approve", "EXAMINER", form)) == (403, "second-person")
    await step(office, judged)
    assert await office.rows("SELECT max(version) FROM determinations") == [(1,)]
    await office.post(f"/campaigns/{judged}/approve", "BOSS-2", form)
    await step(office, judged)
    assert (await impact(office, judged))["done"] == {"corrected": 1}
    assert await office.rows("SELECT max(version) FROM determinations") == [(2,)]


async def test_a_cancelled_campaign_offers_nothing_to_approve(office: Office, judged: str) -> None:
    await office.post(f"/campaigns/{judged}/cancel", "OWNER", {})
    shown = (await office.get(f"/campaigns/{judged}", "OWNER")).text
    assert "Approve these corrections" not in shown
    again = await office.call("POST", f"/api/campaigns/{judged}/go-on", "OWNER", json={})
    assert problem(again) == (409, "not-now")


async def test_an_unknown_campaign_and_a_form_without_codes_are_refused(office: Office, judged: str) -> None:
    missing = await office.call("GET", f"/api/campaigns/{uuid4()}", "EXAMINER")
    assert problem(missing) == (404, "no-such-campaign")
    assert (await office.post("/campaigns", "OWNER", {**FORM, "codes": ""})).status_code == 422
    assert judged
