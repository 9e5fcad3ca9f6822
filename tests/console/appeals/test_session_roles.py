"""A session acts on an appeal in its own roles only, whatever more the staff list gives its person."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.console.appeals.conftest import AppealsOffice
from tests.console.office import person
from tests.integration.storage.appeal_cases import RATIONALE

pytestmark = pytest.mark.servers

UPHELD = {"ruling-1": "upheld", "rationale": RATIONALE}


async def decided(appeals: AppealsOffice, appeal: str, who: str, *claimed: str) -> int:
    await appeals.office.hire(
        person(who, "supervisor", "appeals-physician", state="NY", reports_to="other-chief"),
    )
    await appeals.office.signed_in(who, *claimed)
    sent = {"action_id": str(uuid4()), **UPHELD}
    answer = await appeals.office.post(f"/appeals/{appeal}/actions/decide", who, sent)
    return answer.status_code


async def test_a_session_without_the_decider_s_role_decides_nothing(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed()
    assert await decided(appeals, appeal, "both", "supervisor") == 403
    assert await appeals.office.rows("SELECT 1 FROM appeal_actions") == []


@pytest.mark.parametrize("claimed", [("supervisor", "appeals-physician"), ("appeals-physician",), ()])
async def test_a_session_with_it_decides(appeals: AppealsOffice, claimed: tuple[str, ...]) -> None:
    appeal = await appeals.appealed()
    assert await decided(appeals, appeal, "both", *claimed) == 303


@pytest.mark.parametrize("line", ["x", "9" * 5000])
async def test_a_settlement_of_a_line_that_is_none_is_refused_in_words(appeals: AppealsOffice, line: str) -> None:
    appeal = await appeals.appealed()
    sent = {"action_id": str(uuid4()), "what": f"{line}|x", "answer": "passes", "rationale": RATIONALE}
    answer = await appeals.office.post(f"/appeals/{appeal}/actions/settle", "specialist", sent)
    assert answer.status_code == 422
