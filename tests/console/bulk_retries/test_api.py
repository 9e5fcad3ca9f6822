"""The API of bulk retries: look, propose, agree, stop; and who may not."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from adjudication.model.vocabulary import ClaimId
from console.ports import UnansweredError
from storage.audit.trail import broken
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission, an_authorization_change

pytestmark = pytest.mark.servers

WHY = "The guideline was corrected; these waited for a criterion that was wrong."
ALL_CODES = ["P-CLIN-MD", "P-CLIN-N", "P-DOC", "P-PRICE", "P-AUTH"]


@pytest.fixture
async def two(office: Office) -> list[ClaimId]:
    """Two claims that wait, and people of operations."""
    await office.hire(person("OPS-1", "ops"), person("OPS-2", "ops"), person("QA", "qa"))
    return await office.waiting(
        a_submission("STUDY-1", "0609T", "0610T", "0611T", "0612T"), a_submission("S-2", "72148")
    )


async def send(office: Office, who: str, path: str = "", key: str | None = None, **body: Any) -> Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await office.call("POST", f"/api/bulk-retries{path}", who, headers=headers, json=body)


async def proposed(office: Office, who: str = "OPS-1", key: str | None = None, **body: Any) -> Response:
    return await send(office, who, key=key, **{"selection": {"codes": ALL_CODES}, "purpose": WHY, **body})


async def test_a_dry_run_states_counts_and_dollars_and_keeps_nothing(office: Office, two: list[ClaimId]) -> None:
    body = (await proposed(office, dry_run=True)).json()
    assert (body["claims"], body["billed"]) == (2, "2500.00")
    assert {share["name"] for share in body["by_plan"]} == {"HUDSON-COMM"}
    assert {claim["claim_id"] for claim in body["sample"]} == set(two)
    assert (await office.call("GET", "/api/bulk-retries", "OPS-1")).json() == {"releases": []}
    assert MEMBER not in str(body)


async def test_a_dry_run_states_what_a_try_would_end_in_and_leaves_nothing_behind(
    office: Office, two: list[ClaimId]
) -> None:
    before = await kept(office)
    body = (await proposed(office, dry_run=True)).json()["would"]
    # Imaging of the same day came in after the study: now its pair edit would deny the study.
    assert body == {"tried": 2, "pays": 0, "payable": "0", "denies": 1, "waits": {"P-DOC": 1}}
    ended = a_coverage_change(2).model_copy(update={"ends": date(2025, 2, 1)})
    await office.stores.feeds.apply_coverage([ended])
    then = (await proposed(office, dry_run=True)).json()["would"]
    assert (then["tried"], then["denies"], then["waits"]) == (2, 2, {})
    assert await kept(office) == before


async def test_a_rehearsal_takes_and_gives_back_no_authorization_units(office: Office) -> None:
    await office.hire(person("OPS-1", "ops"))
    await office.waiting(a_submission("S-1", "72148"))
    await office.stores.feeds.apply_authorizations([an_authorization_change(units=1)])
    await proposed(office, dry_run=True)
    assert await office.rows("SELECT 1 FROM authorization_uses") == []
    claim = await office.rows("SELECT claim_id::text FROM claims")
    taken = f"INSERT INTO authorization_uses SELECT number, '72148', '{claim[0][0]}', 1, 1 FROM authorizations"
    await office.stores.execute(taken)
    await proposed(office, dry_run=True, mode="restart")
    assert len(await office.rows("SELECT 1 FROM authorization_uses WHERE released_at IS NULL")) == 1


async def kept(office: Office) -> list[Any]:
    """Count what a try could write."""
    tables = ("determinations", "pends", "traces", "outbox", "authorization_uses", "audit_trail")
    counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in tables)
    return await office.rows(f"SELECT {counts}")


async def test_another_person_agrees_and_it_is_begun(office: Office, two: list[ClaimId]) -> None:
    new = await proposed(office, mode="restart", per_second=3)
    assert new.status_code == 201
    release = new.json()["release_id"]
    assert new.headers["Idempotency-Key"] == release
    assert problem(await send(office, "OPS-1", f"/{release}/approve")) == (403, "own-proposal")
    assert office.runner.begun == []
    agreed = (await send(office, "OPS-2", f"/{release}/approve")).json()
    assert (agreed["stage"], agreed["approved_by"], agreed["mode"]) == ("running", "OPS-2", "restart")
    assert office.runner.begun == [release]
    claims = (await office.call("GET", f"/api/bulk-retries/{release}/claims", "OPS-1")).json()
    assert {claim["claim_id"] for claim in claims["claims"]} == set(two)
    assert claims["next"] is None
    assert [words async for words in broken(office.engine)] == []


async def test_a_proposal_sent_again_is_the_same(office: Office, two: list[ClaimId]) -> None:
    key = str(uuid4())
    first, again = [await proposed(office, key=key) for _ in range(2)]
    assert first.json() == again.json()
    assert problem(await proposed(office, "OPS-2", key=key)) == (422, "idempotency-key-reused")
    assert len((await office.call("GET", "/api/bulk-retries", "OPS-1")).json()["releases"]) == 1


async def test_a_release_agreed_to_while_no_person_answers_is_begun_when_it_is_sent_again(
    office: Office, two: list[ClaimId]
) -> None:
    release = (await proposed(office)).json()["release_id"]
    office.runner.failure = UnansweredError()
    assert problem(await send(office, "OPS-2", f"/{release}/approve")) == (503, "not-begun-yet")
    office.runner.failure = None
    assert (await send(office, "OPS-2", f"/{release}/approve")).status_code == 200
    assert office.runner.begun == [release]


async def test_it_is_paused_goes_on_and_is_cancelled(office: Office, two: list[ClaimId]) -> None:
    release = (await proposed(office)).json()["release_id"]
    await send(office, "OPS-2", f"/{release}/approve")
    stages = [
        (await send(office, "BOSS", f"/{release}/{step}")).json()["stage"] for step in ("pause", "go-on", "cancel")
    ]
    assert stages == ["paused", "running", "cancelled"]
    assert problem(await send(office, "BOSS", f"/{release}/go-on")) == (409, "not-now")
    assert problem(await send(office, "OPS-2", f"/{release}/approve")) == (409, "not-proposed")


async def test_a_cancel_counts_also_while_no_person_answers(office: Office, two: list[ClaimId]) -> None:
    release = (await proposed(office)).json()["release_id"]
    await send(office, "OPS-2", f"/{release}/approve")
    office.runner.failure = UnansweredError()
    assert (await send(office, "OPS-1", f"/{release}/cancel")).json()["stage"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"purpose": "because"}, (422, "purpose")),
        ({"purpose": "because\0" * 10}, (422, "invalid")),
        ({"per_second": 21}, (422, "rate")),
        ({"selection": {"codes": []}}, (422, "invalid")),
        ({"selection": {"codes": ["P-COB"]}}, (409, "nothing-waits")),
        ({"selection": {"codes": ["P-DOC"], "version": "1"}}, (422, "version-without-policy")),
        ({"selection": {"codes": ["P-DOC"], "served_from": "2025-02-01", "served_to": "2025-01-01"}}, (422, "dates")),
        ({"mode": "deny"}, (422, "invalid")),
        ({"deny": True}, (422, "invalid")),
    ],
)
async def test_what_may_not_be_proposed_is_refused_in_words(
    office: Office, two: list[ClaimId], change: dict[str, Any], found: tuple[int, str]
) -> None:
    assert problem(await proposed(office, **change)) == found


async def test_there_is_no_release_under_any_other_id(office: Office, two: list[ClaimId]) -> None:
    for path in ("/approve", "/cancel"):
        assert problem(await send(office, "OPS-1", f"/{uuid4()}{path}")) == (404, "no-such-release")
    assert problem(await office.call("GET", f"/api/bulk-retries/{uuid4()}", "OPS-1")) == (404, "no-such-release")


@pytest.mark.parametrize("who", ["NURSE", "MD-NY", "CODER", "QA"])
async def test_other_roles_see_and_do_nothing(office: Office, two: list[ClaimId], who: str) -> None:
    release = (await proposed(office)).json()["release_id"]
    refused = [
        await proposed(office, who, dry_run=True),
        await proposed(office, who),
        await send(office, who, f"/{release}/approve"),
        await send(office, who, f"/{release}/cancel"),
        *[
            await office.call("GET", f"/api/bulk-retries{path}", who)
            for path in ("", f"/{release}", f"/{release}/claims")
        ],
    ]
    assert {problem(answer) for answer in refused} == {(403, "role-may-not")}
