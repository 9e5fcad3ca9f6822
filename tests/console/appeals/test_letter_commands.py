"""Letters issued over the API and at a terminal: by whom, only as they were seen, and once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from httpx import Response

from tests.builders.console.appeals_office import MEDICAID, AppealsOffice
from tests.builders.console.office import Office, person, problem
from tests.builders.console.terminal import Terminal
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

NEVER_SEEN = "0" * 64


async def kept(office: Office) -> list[tuple[Any, ...]]:
    rows = await office.rows("SELECT body, issued_by, role, audience FROM issued_letters ORDER BY issued_at")
    return [(sha256(bytes(row.body)).hexdigest(), row.issued_by, row.role, row.audience) for row in rows]


async def asks(office: Office, path: str, who: str, **body: Any) -> Response:
    return await office.call("POST", f"/api/{path}/letters/member/issue", who, json=body)


async def seen(office: Office, path: str, who: str) -> str:
    """The hash that the button of a page sends."""
    page = (await office.get(f"/{path}/letters/member", who)).text
    [digest] = re.findall(r'name="digest" value="([0-9a-f]{64})"', page)
    return str(digest)


async def test_the_letter_of_a_claim_is_issued_once_as_it_was_seen_by_those_who_write_letters(office: Office) -> None:
    [claim] = await office.waiting(a_submission("SCAN-1", "72148"))
    path = f"claims/{claim}"
    digest = await seen(office, path, "BOSS")
    for who, code in (("NURSE", "role-may-not"), ("KIN", "role-may-not")):
        assert problem(await asks(office, path, who, sha256=digest)) == (403, code)
    await office.hire(person("TIED", "supervisor", conflicts=["1234567893"]), person("CLERK", "intake-clerk"))
    assert problem(await asks(office, path, "TIED", sha256=digest)) == (403, "conflict-of-interest")
    assert problem(await asks(office, path, "CLERK", sha256=digest)) == (403, "not-your-queue")
    assert problem(await asks(office, path, "BOSS", sha256=NEVER_SEEN)) == (409, "another-letter")
    assert await kept(office) == []
    assert (await asks(office, path, "BOSS", sha256=digest)).json()["sha256"] == digest
    assert problem(await asks(office, path, "BOSS", sha256=digest)) == (409, "another-letter")
    assert await kept(office) == [(digest, "BOSS", "supervisor", "member")]


@pytest.mark.parametrize(
    "body", [{}, {"sha256": ""}, {"sha256": "F" * 64}, {"sha256": 7}, {"sha256": "0" * 64, "x": 1}]
)
async def test_what_is_no_hash_is_refused_by_the_field(appeals: AppealsOffice, body: dict[str, Any]) -> None:
    appeal = await appeals.appealed(MEDICAID)
    assert problem(await asks(appeals.office, f"appeals/{appeal}", "specialist", **body)) == (422, "invalid")


async def test_who_may_not_see_an_appeal_issues_none_of_its_letters(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    path = f"appeals/{appeal}"
    digest = await seen(appeals.office, path, "specialist")
    for who in ("stranger", "kin", "auditor", "denier"):
        assert problem(await asks(appeals.office, path, who, sha256=digest))[0] == 403
    assert await kept(appeals.office) == []


def printed_with(stderr: str) -> str:
    """The hash a draft was printed with."""
    [digest] = re.findall(r"draft, not issued, ([0-9a-f]{64})", stderr)
    return str(digest)


async def test_a_claims_letter_is_read_then_issued_at_a_terminal(office: Office, terminal: Terminal) -> None:
    office.now = datetime.now(UTC)  # as the command's own clock, which dates what it prints
    [claim] = await office.waiting(a_submission("SCAN-1", "72148"))
    letter = ("letters", "draft", claim, "--to", "member")
    draft = await terminal("BOSS", *letter)
    assert draft.returncode == 0, draft.stderr
    digest = printed_with(draft.stderr)
    refused = await terminal("NURSE", *letter, "--issue", digest)
    assert (refused.returncode, "letters are issued by" in refused.stderr) == (1, True)
    assert (await terminal("BOSS", *letter, "--issue", "no-hash")).returncode == 2
    assert (await terminal(None, *letter, "--issue", digest)).returncode == 3
    done = await terminal("BOSS", *letter, "--issue", digest)
    assert (done.returncode, "The letter is issued and handed to the mail." in done.stdout) == (0, True), done.stderr
    again = await terminal("BOSS", *letter, "--issue", digest)
    assert (again.returncode, "changed or was issued since you looked" in again.stderr) == (1, True)
    assert await kept(office) == [(digest, "BOSS", "supervisor", "member")]
    later = await terminal("BOSS", *letter)
    assert (later.stdout, digest in later.stderr) == (draft.stdout, True)


async def test_an_appeals_letter_whose_text_changed_since_is_shown_again(
    appeals: AppealsOffice, terminal: Terminal
) -> None:
    appeal, why = await appeals.appealed(MEDICAID), "We wait for the records of a hospital."
    letter = ("appeals", "letter", appeal, "--to", "member")
    appeals.office.now = datetime.now(UTC)
    drafts = await terminal("specialist", *letter, "--why-longer", why)
    first, second = re.findall(r"draft, not issued, ([0-9a-f]{64})", drafts.stderr)
    assert (await terminal("specialist", *letter, "--issue", second)).returncode == 1
    done = await terminal("specialist", *letter, "--issue", second, "--why-longer", why)
    assert done.returncode == 0, done.stderr
    withdrawn = await appeals.does(appeal, "specialist", action="withdraw", reference="SYN-LETTER-1")
    assert withdrawn.status_code == 200, withdrawn.text
    refused = await terminal("specialist", *letter, "--issue", first)
    assert (refused.returncode, "look at the letters again" in refused.stderr) == (1, True)
    assert await kept(appeals.office) == [(second, "specialist", "appeals-specialist", "member")]
