"""One appeal over HTTP: opened by those who may, on record; done with it what the rules allow, refused in words otherwise."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from console.ports import UnansweredError
from storage.audit.trail import broken
from tests.builders.console.appeals_office import MEDICAID, MEDICARE, NEW_YORK, AppealsOffice
from tests.builders.console.office import problem
from tests.builders.ledger.appeal_cases import RATIONALE, decides
from tests.builders.ledger.submissions import MEMBER

pytestmark = pytest.mark.servers


async def test_opening_an_appeal_shows_everything_and_is_on_record_first(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    shown = await appeals.opened(appeal, "appeals-md")
    assert shown["member"]["member_id"] == MEMBER
    assert await appeals.views() == [("appeals-md", "appeals-physician")]
    assert [level["stage"] for level in shown["levels"]][:2] == ["now", "later"]
    assert [deadline["what"] for deadline in shown["deadlines"]] == ["decision"]
    assert "60 days" in shown["deadlines"][0]["arithmetic"]
    assert "in time" in shown["levels"][0]["window"][-1]


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("stranger", (403, "not-your-queue")),
        ("pricer", (403, "not-your-queue")),
        ("kin", (403, "conflict-of-interest")),
        (None, (401, "no-token")),
        ("unknown", (403, "unknown-person")),
    ],
)
async def test_who_may_not_see_it_is_refused_and_nothing_is_shown(
    appeals: AppealsOffice, who: str | None, found: tuple[int, str]
) -> None:
    appeal = await appeals.appealed()
    answer = await appeals.office.call("GET", f"/api/appeals/{appeal}", who)
    assert problem(answer) == found
    assert MEMBER not in answer.text
    assert await appeals.views() == []


async def test_an_appeal_that_is_not_there_is_a_problem(appeals: AppealsOffice) -> None:
    await appeals.denied()
    answer = await appeals.office.call("GET", f"/api/appeals/{uuid4()}", "specialist")
    assert problem(answer) == (404, "no-such-appeal")
    assert problem(await appeals.does(str(uuid4()), "specialist", action="acknowledge")) == (404, "no-such-appeal")


async def test_the_deciders_are_shown_with_what_stands_against_each(appeals: AppealsOffice) -> None:
    shown = await appeals.opened(await appeals.appealed(NEW_YORK), "specialist")
    why = {each["person_id"]: each["why_not"] for each in shown["deciders"]}
    assert why["appeals-md"] is None
    assert why["denier"] == "took part before"
    assert "reports to a person who took part" in why["under-denier"]
    assert "an interest" in why["kin"]
    assert "role" in why["specialist"]
    assert shown["barred"] == [{"person_id": "denier", "parts": ["signed"]}]


async def test_only_what_this_person_may_do_now_is_offered_and_else_why_not(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    for who, action, may in (
        ("appeals-md", "decide", True),
        ("specialist", "decide", False),
        ("denier", "decide", False),
        ("specialist", "withdraw", True),
        ("auditor", "withdraw", False),
    ):
        offers = {each["action"]: each["why_not"] for each in (await appeals.opened(appeal, who))["offers"]}
        assert (offers[action] is None) == may, (who, action, offers[action])


async def test_a_decision_is_answered_in_words_and_stands_next_to_the_first(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    answer = await appeals.does(appeal, "peer", **decides("overturned"))
    assert answer.status_code == 200, answer.text
    assert "recorded and published" in answer.json()["words"]
    shown = await appeals.opened(appeal, "specialist")
    [line] = [line for line in shown["lines"] if line["appealed"]]
    assert (line["first"]["disposition"], line["first"]["signed_by"]) == ("denied", "denier")
    assert [ruling["ruling"] for ruling in line["rulings"]] == ["overturned"]
    assert (line["newest"]["version"], line["newest"]["disposition"]) == (2, "approved")
    assert Decimal(line["newest"]["payable"]) > 0
    level = shown["levels"][0]
    assert (level["result"], level["decided_by"], level["version"]) == ("overturned", "peer", 2)
    assert level["rationale"] == RATIONALE
    assert [line async for line in broken(appeals.office.engine)] == []


@pytest.mark.parametrize(
    ("who", "ruling", "found"),
    [
        ("denier", "overturned", (403, "involved")),
        ("under-denier", "overturned", (403, "subordinate")),
        ("specialist", "upheld", (403, "role-may-not")),
        ("stranger", "upheld", (403, "not-your-queue")),
    ],
)
async def test_a_barred_decider_is_refused_in_words(
    appeals: AppealsOffice, who: str, ruling: str, found: tuple[int, str]
) -> None:
    appeal = await appeals.appealed(MEDICAID)
    answer = await appeals.does(appeal, who, **decides(ruling))
    assert problem(answer) == found
    assert len(answer.json()["detail"]) > 20


async def test_the_same_action_twice_is_answered_alike_and_another_under_its_id_is_refused(
    appeals: AppealsOffice,
) -> None:
    appeal, action = await appeals.appealed(MEDICARE), str(uuid4())
    first = await appeals.does(appeal, "specialist", action, action="add-documents", references=["DOC-1"])
    again = await appeals.does(appeal, "specialist", action, action="add-documents", references=["DOC-1"])
    assert (first.status_code, again.json()) == (200, first.json())
    other = await appeals.does(appeal, "specialist", action, action="add-documents", references=["DOC-2"])
    assert problem(other) == (422, "idempotency-key-reused")
    read = await appeals.office.call("GET", f"/api/appeals/{appeal}/actions/{action}", "specialist")
    assert read.json()["accepted"] is True
    foreign = await appeals.office.call("GET", f"/api/appeals/{appeal}/actions/{action}", "appeals-md")
    assert problem(foreign) == (404, "no-such-action")


async def test_what_no_person_answers_is_kept_and_may_be_sent_again(appeals: AppealsOffice) -> None:
    appeal, action = await appeals.appealed(), str(uuid4())
    appeals.office.appeal_desk.failure = UnansweredError()
    answer = await appeals.does(appeal, "specialist", action, action="add-documents", references=["DOC-1"])
    assert problem(answer) == (503, "not-answered-yet")
    appeals.office.appeal_desk.failure = None
    again = await appeals.does(appeal, "specialist", action, action="add-documents", references=["DOC-1"])
    assert again.status_code == 200


async def test_what_is_no_action_is_refused_without_repeating_it(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    answer = await appeals.does(appeal, "specialist", action="Synthberg")
    assert problem(answer) == (422, "invalid")
    assert "Synthberg" not in answer.text


async def test_units_as_many_as_were_billed_are_no_partial_ruling(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    sent = decides("partly-overturned")
    sent["rulings"][0]["units"] = "1"
    assert problem(await appeals.does(appeal, "peer", **sent)) == (422, "units")
