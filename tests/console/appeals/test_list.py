"""The list of appeals over HTTP: whose work it is, by clock, page by page, and nothing of the member."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from adjudication.appeals.rules import Appellant
from tests.builders.console.appeals_office import MEDICAID, MEDICARE, NEW_YORK, AppealsOffice
from tests.builders.console.office import problem
from tests.builders.ledger.appeal_cases import FILED, decides
from tests.builders.ledger.submissions import MEMBER

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("who", ["appeals-md", "specialist", "clerk", "chief", "auditor", "denier"])
async def test_who_works_on_appeals_or_oversees_them_sees_them(appeals: AppealsOffice, who: str) -> None:
    appeal = await appeals.appealed()
    [row] = (await appeals.listed(who))["appeals"]
    assert (row["appeal_id"], row["level"], row["due_for"]) == (appeal, "reconsideration", "decision")
    assert row["barred"] == ["denier"]
    assert MEMBER not in str(row)


@pytest.mark.parametrize("who", ["stranger", "pricer", "kin"])
async def test_others_see_none(appeals: AppealsOffice, who: str) -> None:
    await appeals.appealed()
    assert (await appeals.listed(who))["appeals"] == []


async def test_no_person_who_is_not_signed_in_sees_the_list(appeals: AppealsOffice) -> None:
    assert problem(await appeals.office.call("GET", "/api/appeals")) == (401, "no-token")


async def test_a_physician_sees_a_denial_that_a_physician_may_judge_and_a_peer_one_for_peers(
    appeals: AppealsOffice,
) -> None:
    await appeals.appealed(NEW_YORK)
    assert len((await appeals.listed("peer"))["appeals"]) == 1
    assert (await appeals.listed("peer"))["appeals"][0]["you_are_barred"] is None


async def test_whoever_took_part_is_shown_as_barred_with_the_reason(appeals: AppealsOffice) -> None:
    await appeals.appealed()
    [row] = (await appeals.listed("denier"))["appeals"]
    assert "took part before (signed)" in row["you_are_barred"]


async def test_the_most_urgent_come_first_and_pages_follow_one_another(appeals: AppealsOffice) -> None:
    claim = await appeals.denied(codes=("72148", "72141"))
    first = await appeals.filed(claim, appeal_reference="A-1")
    waits = await appeals.filed(claim, appeal_reference="A-2", appellant=Appellant.REPRESENTATIVE)
    later = await appeals.filed(claim, FILED + timedelta(days=2), appeal_reference="A-3")
    order, due, cursor = [], [], None
    for _ in range(4):
        page = await appeals.listed("specialist", limit=1, **({"cursor": cursor} if cursor else {}))
        order += [row["appeal_id"] for row in page["appeals"]]
        due += [row["due_at"] for row in page["appeals"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(order) == sorted([first, waits, later])
    assert due == sorted(due)
    assert order[-1] == later


async def test_filters_narrow_the_list(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    for filters, found in (
        ({"level": "plan-appeal"}, 1),
        ({"level": "fair-hearing"}, 0),
        ({"path": "medicaid-managed-care"}, 1),
        ({"plan": MEDICARE}, 0),
        ({"within_hours": 24}, 0),
        ({"within_hours": 24 * 30}, 1),
        ({"status": "closed"}, 0),
        ({"role": "appeals-specialist"}, 1),
    ):
        assert len((await appeals.listed("specialist", **filters))["appeals"]) == found, (appeal, filters)


async def test_a_closed_appeal_leaves_the_list_and_is_found_among_the_closed(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    assert (await appeals.does(appeal, "peer", **decides("overturned"))).status_code == 200
    assert (await appeals.listed("specialist"))["appeals"] == []
    [row] = (await appeals.listed("specialist", status="closed"))["appeals"]
    assert (row["result"], row["closed"]) == ("overturned", True)


async def test_a_role_one_does_not_have_and_a_foreign_cursor_are_refused(appeals: AppealsOffice) -> None:
    await appeals.denied()
    asked = appeals.office.call
    answer = await asked("GET", "/api/appeals", "clerk", params={"role": "appeals-physician"})
    assert problem(answer) == (403, "not-your-role")
    assert problem(await asked("GET", "/api/appeals", "clerk", params={"cursor": "x"})) == (422, "cursor")


async def test_what_an_overturned_line_waits_for_is_on_the_list_of_its_owner(appeals: AppealsOffice) -> None:
    claim = await appeals.denied(NEW_YORK, codes=("0609T", "72141"))
    appeal = await appeals.filed(claim)
    assert (await appeals.does(appeal, "peer", **decides("overturned"))).status_code == 200
    [row] = (await appeals.listed("pricer"))["appeals"]
    [pend] = row["pends"]
    assert (pend["code"], pend["owner"], row["due_for"]) == ("P-PRICE", "pricing", "P-PRICE (pricing)")


async def test_an_appeal_without_a_rule_stands_first_with_its_reason(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed("SYN-NO-SUCH-PLAN")
    [row] = (await appeals.listed("specialist"))["appeals"]
    assert (row["appeal_id"], row["path"]) == (appeal, None)
    assert "none is loaded" in row["waits_for"][0]
    answer = await appeals.does(appeal, "specialist", action="acknowledge")
    assert problem(answer) == (409, "no-rule")


async def test_hours_in_odd_digits_are_left_out(appeals: AppealsOffice) -> None:
    await appeals.appealed()
    assert (await appeals.office.get("/appeals?within=²", "specialist")).status_code == 200


async def test_a_cursor_whose_day_is_shown_by_its_week_is_read_like_any_other(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    cursor = base64.urlsafe_b64encode(f"2025-W01-1T00:00:00+00:00 {appeal}".encode()).decode().rstrip("=")
    answer = await appeals.office.get(f"/appeals?cursor={cursor}", "specialist")
    assert answer.status_code == 200
    assert f"/appeals/{appeal}" in answer.text
