"""The pages of appeals: the list with filters in its address, one appeal, its actions as forms that lose nothing typed."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from httpx import Response

from adjudication.appeals.rules import Appellant
from tests.builders.console.appeals_office import MEDICAID, MEDICARE, NEW_YORK, AppealsOffice
from tests.builders.console.office import person, problem
from tests.builders.ledger.appeal_cases import RATIONALE, decides
from tests.builders.ledger.submissions import MEMBER

pytestmark = pytest.mark.servers

UPHELD = {"ruling-1": "upheld", "rationale": RATIONALE}


async def posted(appeals: AppealsOffice, appeal: str, who: str, action: str, **typed: str) -> Response:
    sent = {"action_id": str(uuid4()), **typed}
    return await appeals.office.post(f"/appeals/{appeal}/actions/{action}", who, sent)


async def test_the_list_shows_the_clock_the_level_and_who_is_barred_and_masks_the_member(
    appeals: AppealsOffice,
) -> None:
    appeal = await appeals.appealed()
    shown = (await appeals.office.get("/appeals", "denier")).text
    assert f'href="/appeals/{appeal}"' in shown
    for words in ("reconsideration", "you took part before (signed)", "decision"):
        assert words in shown
    assert MEMBER not in shown
    assert await appeals.views() == []


async def test_filters_stand_in_the_address_and_an_empty_list_says_what_to_do(appeals: AppealsOffice) -> None:
    await appeals.appealed(MEDICAID)
    assert "No appeal matches" in (await appeals.office.get("/appeals?level=dispute", "specialist")).text
    shown = (await appeals.office.get("/appeals?level=plan-appeal&plan=BUCKEYE-MCD", "specialist")).text
    assert '<option value="plan-appeal" selected>' in shown
    assert "No appeal waits for you" in (await appeals.office.get("/appeals", "stranger")).text


async def test_no_person_who_is_not_signed_in_sees_a_page(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    for path in ("/appeals", f"/appeals/{appeal}"):
        answer = await appeals.office.get(path)
        assert (answer.status_code, answer.headers["location"].startswith("/sign-in")) == (303, True), path
        assert MEMBER not in answer.text


@pytest.mark.parametrize(("who", "found"), [("stranger", "not-your-queue"), ("kin", "conflict-of-interest")])
async def test_who_may_not_see_an_appeal_learns_why_and_sees_nothing(
    appeals: AppealsOffice, who: str, found: str
) -> None:
    appeal = await appeals.appealed()
    for answer in (
        await appeals.office.get(f"/appeals/{appeal}", who),
        await posted(appeals, appeal, who, "decide", **UPHELD),
    ):
        assert problem(answer) == (403, found)
        assert MEMBER not in answer.text
    assert await appeals.views() == []


async def test_one_appeal_shows_path_clock_standing_and_deciders_and_is_on_record(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICARE, appellant=Appellant.REPRESENTATIVE)
    shown = (await appeals.office.get(f"/appeals/{appeal}", "specialist")).text
    for words in (
        MEMBER,
        "representation",
        "is missing",
        'aria-current="step"',
        "independent-review",
        "Receipt presumed 5 days later",
        "First decision",
        "Signed by denier",
        "took part before",
        "Not open to you",
    ):
        assert words in shown, words
    assert await appeals.views() == [("specialist", "appeals-specialist")]


async def test_only_what_a_person_may_do_has_a_form(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    sent_to = re.compile(rf'action="/appeals/{appeal}/(?:actions/)?([a-z-]+)#')
    forms = {
        who: set(sent_to.findall((await appeals.office.get(f"/appeals/{appeal}", who)).text))
        for who in ("appeals-md", "specialist", "denier", "auditor")
    }
    # A decision is previewed before it is signed, as in a review.
    assert {"preview", "withdraw"} <= forms["appeals-md"]
    assert "preview" not in forms["specialist"] | forms["denier"]
    assert forms["auditor"] == set()


async def test_a_decision_by_form_is_shown_and_stands_next_to_the_first(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(NEW_YORK)
    typed = {"ruling-1": "overturned", "rationale": RATIONALE}
    answer = await posted(appeals, appeal, "peer", "decide", **typed)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/appeals/{appeal}")
    shown = (await appeals.office.get(f"/appeals/{appeal}", "specialist")).text
    assert shown.index("First decision") < shown.index("As it is now")
    assert "version 2" in shown
    assert RATIONALE in shown


async def test_a_refusal_comes_back_in_place_with_everything_that_was_typed(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    answer = await posted(appeals, appeal, "denier", "decide", **UPHELD)
    assert answer.status_code == 403
    assert "you took part before" in answer.text
    assert RATIONALE in answer.text
    assert '<option value="upheld" selected>' in answer.text


async def test_what_is_missing_is_named_at_its_field_and_nothing_typed_is_lost(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    answer = await posted(appeals, appeal, "appeals-md", "decide", rationale=RATIONALE)
    assert answer.status_code == 422
    assert "fill this in" in answer.text
    assert RATIONALE in answer.text
    short = await posted(appeals, appeal, "appeals-md", "decide", **{**UPHELD, "rationale": "no"})
    assert (short.status_code, "in a sentence or more" in short.text) == (422, True)


async def test_the_same_form_sent_twice_has_one_effect(appeals: AppealsOffice) -> None:
    appeal, action = await appeals.appealed(), str(uuid4())
    for _ in range(2):
        answer = await posted(appeals, appeal, "specialist", "add-documents", action_id=action, references="DOC-1")
        assert answer.status_code == 303
    assert len(await appeals.office.rows("SELECT 1 FROM appeal_actions")) == 1


async def test_a_price_for_an_overturned_part_is_set_by_its_owner_on_the_page(appeals: AppealsOffice) -> None:
    claim = await appeals.denied(NEW_YORK, codes=("0609T", "72141"))
    appeal = await appeals.filed(claim)
    assert (await appeals.does(appeal, "peer", **decides("overturned"))).status_code == 200
    shown = (await appeals.office.get(f"/appeals/{appeal}", "pricer")).text
    assert "P-PRICE" in shown
    typed = {"what": "1|pricing.manual", "answer": "priced", "allowed": "210.00", "rationale": RATIONALE}
    assert (await posted(appeals, appeal, "pricer", "settle", **typed)).status_code == 303
    shown = (await appeals.office.get(f"/appeals/{appeal}", "specialist")).text
    assert "$210.00" in shown or "210.00" in shown


async def test_an_action_that_does_not_exist_is_a_problem(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    assert problem(await posted(appeals, appeal, "specialist", "reopen")) == (404, "no-such-action")


async def test_a_form_without_the_sessions_token_is_refused(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    answer = await appeals.office.browse(
        "POST", f"/appeals/{appeal}/actions/acknowledge", "specialist", data={"action_id": str(uuid4())}
    )
    assert answer.status_code == 403
    assert len(await appeals.office.rows("SELECT 1 FROM appeal_actions")) == 0


async def test_an_appeal_without_a_rule_has_an_owner_and_a_next_step(appeals: AppealsOffice) -> None:
    await appeals.office.hire(person("owner", "policy-owner"))
    appeal = await appeals.appealed("SYN-NO-SUCH-PLAN")
    listed = (await appeals.office.get("/appeals", "owner")).text
    assert f'href="/appeals/{appeal}"' in listed
    assert "P-POLICY (policy-owner)" in listed
    shown = (await appeals.office.get(f"/appeals/{appeal}", "owner")).text
    assert "Next step:" in shown
    assert "no deadline is known" in shown
    assert "Nothing is due" not in shown
    assert await appeals.views() == [("owner", "policy-owner")]


async def test_an_appeal_with_a_rule_is_not_the_policy_owners(appeals: AppealsOffice) -> None:
    await appeals.office.hire(person("owner", "policy-owner"))
    appeal = await appeals.appealed()
    assert (await appeals.office.get(f"/appeals/{appeal}", "owner")).status_code == 403
    assert "No appeal waits for you" in (await appeals.office.get("/appeals", "owner")).text
