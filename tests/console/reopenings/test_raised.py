"""A person reopens a decided claim: an error that they found, or an order, on the page and over the API."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import orjson
import pytest
from httpx import Response
from sqlalchemy.exc import IntegrityError

from storage.audit.trail import broken
from storage.privileges.roles import DatabaseRole
from storage.readjudication.take_up import ReadjudicationTakeUp
from tests.builders.console.office import Office, person, problem
from tests.builders.ledger.desks import DENIES, Desk, a_desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission

pytestmark = pytest.mark.servers

WHY = "The court found that the study had to be covered by this plan."
ORDER: dict[str, Any] = {"authority": "court", "number": "SYN-2025-CV-17", "dated": "2025-09-01"}
CODE = "72156"


async def staffed(office: Office, desk: Desk) -> Desk:
    await office.hire(
        person("EXAMINER", "examiner"),
        person("EXAMINER-2", "examiner"),
        person("APPEALS", "appeals-specialist"),
        person("DIRECTOR", "medical-director"),
        person("KIN-AP", "appeals-specialist", conflicts=["1234567893"]),
        person("OWNER", "policy-owner"),
    )
    office.now = desk.now
    return desk


@pytest.fixture
async def denied(office: Office) -> Desk:
    """A documented study that the steps denied for lack of an authorization, under Medicare Advantage."""
    claim = documented(a_submission("C1", CODE))
    return await staffed(office, await a_desk(office.stores, claim, a_coverage_change(plan="HUDSON-MA")))


@pytest.fixture
async def judged(office: Office) -> Desk:
    """A claim of two lines that a physician denied by clinical judgment."""
    desk = await a_desk(office.stores)
    await desk.takes("physician")
    for line in (1, 2):
        assert await desk.decides("physician", line, **DENIES) == "ok"
    await desk.try_again()
    return await staffed(office, desk)


async def reopen(office: Office, desk: Desk, who: str, key: str | None = None, **sent: Any) -> Response:
    body = {"reason": "binding-order", "rationale": WHY, **sent}
    headers = {"Idempotency-Key": key or str(uuid4())}
    return await office.call("POST", f"/api/claims/{desk.claim_id}/reopenings", who, headers=headers, json=body)


async def proposed(office: Office) -> str:
    """Take up what is open, adjudicate it again, and return its id."""
    [taken] = await ReadjudicationTakeUp(in_role(office.engine, DatabaseRole.WORKER)).take(9, office.now)
    await office.look(taken.readjudication_id)
    return taken.readjudication_id


async def approve(office: Office, key: str, who: str, **sent: Any) -> tuple[int, str]:
    body = {"action": "approve", "number": 1, "rationale": WHY, **sent}
    headers = {"Idempotency-Key": str(uuid4())}
    answer = await office.call("POST", f"/api/reopenings/{key}/actions", who, headers=headers, json=body)
    return (200, answer.json()["code"]) if answer.status_code == 200 else problem(answer)


async def sound(stores: Stores) -> None:
    assert await stores.broken() == []
    assert [said async for said in broken(stores.engine)] == []


LINES = "SELECT version, line, disposition, paid > 0 FROM determination_lines ORDER BY version, line"


async def test_an_order_is_carried_out_by_another_person_and_pays_the_line(office: Office, denied: Desk) -> None:
    answer = await reopen(office, denied, "APPEALS", lines=[{"line": 1}], order=ORDER)
    assert answer.status_code == 201
    # 42 CFR 422.618(c)(1), payment after a judge or court: 60 calendar days from the decision of September 1.
    assert answer.json()["effect_by"] == "2025-10-31"
    key = await proposed(office)
    shown = (await office.get(f"/reopenings/proposals/{key}", "EXAMINER")).text
    for part in ("SYN-2025-CV-17", "Oct 31, 2025", "422.618", WHY):
        assert part in shown
    assert MEMBER not in shown
    assert await approve(office, key, "APPEALS") == (403, "raised-it")
    assert await approve(office, key, "EXAMINER") == (200, "accepted")
    assert await office.rows(LINES) == [(1, 1, "denied", False), (2, 1, "approved", True)]
    assert await office.rows("SELECT reason, outcome FROM reopenings_closed") == [("binding-order", "corrected")]
    await sound(office.stores)


async def test_an_order_has_no_time_limit_and_an_error_has_that_of_the_product(office: Office, denied: Desk) -> None:
    """42 CFR 405.980(b): one year for any reason, four years for good cause. What an order says binds later too."""
    office.now = denied.now.replace(year=2030)
    await reopen(office, denied, "APPEALS", lines=[{"line": 1}], order={**ORDER, "dated": "2030-01-05"})
    key = await proposed(office)
    shown = (await office.call("GET", f"/api/reopenings/{key}", "EXAMINER")).json()
    assert shown["until"] == [{"ground": "ordinary", "until": None}]
    assert await approve(office, key, "EXAMINER") == (200, "accepted")


async def test_a_day_that_the_order_sets_counts_where_it_is_earlier(office: Office, denied: Desk) -> None:
    answer = await reopen(office, denied, "APPEALS", order={**ORDER, "effect_by": "2025-09-20"})
    assert answer.json()["effect_by"] == "2025-09-20"
    assert "carry out by Sep 20, 2025" in (await office.get("/reopenings", "EXAMINER")).text
    [entry] = await office.rows("SELECT person_id, role, content::text AS content FROM audit_trail "
                                "WHERE subject = :subject", subject=f"reopening/{denied.claim_id}")  # fmt: skip
    content = orjson.loads(entry.content)
    assert (entry.person_id, entry.role, content["action"]) == ("APPEALS", "appeals-specialist", "raise-reopening")
    assert (content["number"], content["effect_by"]) == ("SYN-2025-CV-17", "2025-09-20")
    await sound(office.stores)


async def test_only_a_supervisor_or_medical_director_leaves_an_order_undone(office: Office, denied: Desk) -> None:
    await reopen(office, denied, "APPEALS", order=ORDER)
    key = await proposed(office)
    left = {"action": "leave", "rationale": WHY}
    for who, refused in (("EXAMINER", (403, "role-may-not")), ("DIRECTOR", (200, "accepted"))):
        headers = {"Idempotency-Key": str(uuid4())}
        answer = await office.call("POST", f"/api/reopenings/{key}/actions", who, headers=headers, json=left)
        assert ((200, answer.json()["code"]) if answer.status_code == 200 else problem(answer)) == refused


async def test_an_order_is_not_closed_from_the_list_by_an_examiner(office: Office, denied: Desk) -> None:
    cause = str(uuid4())
    await reopen(office, denied, "APPEALS", cause, order=ORDER)
    form = {"reason": "binding-order", "cause": cause, "outcome": "left-as-is", "rationale": WHY}
    refused = await office.post(f"/reopenings/{denied.claim_id}/close", "EXAMINER", form)
    assert problem(refused) == (403, "role-may-not")
    assert await office.rows("SELECT 1 FROM reopenings_closed") == []


async def test_the_same_id_is_one_reopening_and_an_order_is_raised_once(office: Office, denied: Desk) -> None:
    key = str(uuid4())
    first = await reopen(office, denied, "APPEALS", key, order=ORDER)
    assert (await reopen(office, denied, "APPEALS", key, order=ORDER)).json() == first.json()
    assert problem(await reopen(office, denied, "APPEALS", key, order={**ORDER, "number": "X-1"})) == (
        422,
        "idempotency-key-reused",
    )
    assert problem(await reopen(office, denied, "BOSS", order=ORDER)) == (409, "order-known")
    assert await office.rows("SELECT count(*) FROM reopenings") == [(1,)]


async def test_a_wrong_judgment_is_priced_and_paid_and_the_other_line_repeats_its_signed_denial(
    office: Office, judged: Desk
) -> None:
    """No schedule prices spectroscopy: what the clinician states is approved with the correction."""
    line = {"line": 1, "allowed": "310.00"}
    assert (await reopen(office, judged, "DIRECTOR", reason="clinical-error", lines=[line])).status_code == 201
    key = await proposed(office)
    shown = (await office.call("GET", f"/api/reopenings/{key}", "EXAMINER")).json()
    assert [(each["line"], each["kept"], each["after"]["payable"]) for each in shown["lines"]] == [
        (1, "", "310.00"),
        (2, "same", "0.00"),
    ]
    assert shown["raised"]["lines"] == [line]
    assert await approve(office, key, "EXAMINER") == (200, "accepted")
    signed = "SELECT version, line, round(paid)::text, signature_id IS NOT NULL FROM determination_lines ORDER BY version, line"
    assert await office.rows(signed) == [
        (1, 1, "0", True),
        (1, 2, "0", True),
        (2, 1, "310", False),
        (2, 2, "0", True),
    ]
    await sound(office.stores)


async def test_a_line_without_a_price_waits_for_one(office: Office, judged: Desk) -> None:
    await reopen(office, judged, "DIRECTOR", reason="clinical-error", lines=[{"line": 1}])
    shown = (await office.call("GET", f"/api/reopenings/{await proposed(office)}", "EXAMINER")).json()
    assert [(each["kept"], each["waits"]) for each in shown["lines"]] == [("waits", ["P-PRICE"]), ("same", [])]


@pytest.mark.parametrize(
    ("who", "sent", "refused"),
    [
        ("APPEALS", {"reason": "clinical-error", "lines": [{"line": 1}]}, (403, "role-may-not")),
        ("DIRECTOR", {"reason": "clerical-error"}, (403, "role-may-not")),
        ("EXAMINER", {"reason": "clerical-error", "lines": [{"line": 1}]}, (422, "not-by-a-person")),
        ("DIRECTOR", {"reason": "clinical-error", "lines": [{"line": 1}]}, (422, "not-clinical")),
        ("APPEALS", {"lines": [{"line": 9}], "order": ORDER}, (422, "no-such-line")),
        ("APPEALS", {"order": {**ORDER, "dated": "2025-12-01"}}, (422, "order-date")),
        ("APPEALS", {}, (422, "invalid")),
        ("APPEALS", {"reason": "clerical-error", "order": ORDER}, (422, "invalid")),
        ("APPEALS", {"reason": "late-document"}, (422, "invalid")),
        ("KIN-AP", {"order": ORDER}, (403, "conflict-of-interest")),
        ("OWNER", {"order": ORDER}, (403, "not-your-role")),
    ],
)
async def test_what_may_not_be_raised_is_refused_and_leaves_nothing(
    office: Office, denied: Desk, who: str, sent: dict[str, Any], refused: tuple[int, str]
) -> None:
    assert problem(await reopen(office, denied, who, **sent)) == refused
    assert await office.rows("SELECT 1 FROM reopenings") == []
    assert await office.rows("SELECT 1 FROM audit_trail WHERE subject LIKE 'reopening/%'") == []


async def test_a_claim_that_waits_is_not_reopened(office: Office) -> None:
    waiting = await staffed(office, await a_desk(office.stores))
    assert problem(await reopen(office, waiting, "APPEALS", order=ORDER)) == (409, "not-decided")


async def test_the_page_shows_the_lines_reopens_the_claim_and_keeps_what_was_typed(
    office: Office, denied: Desk
) -> None:
    address = f"/claims/{denied.claim_id}/reopen"
    assert address in (await office.get(f"/claims/{denied.claim_id}", "BOSS")).text
    shown = (await office.get(address, "APPEALS")).text
    for part in (CODE, 'name="lines" value="1"', "A court, regulator or independent reviewer ordered it"):
        assert part in shown
    assert "A clinician found" not in shown
    assert MEMBER not in shown
    form = {"reason": "binding-order", "rationale": WHY, "lines": "1", "authority": "court", "dated": "2025-09-01"}
    back = await office.post(address, "APPEALS", form)
    assert back.status_code == 422
    assert WHY in back.text
    sent = await office.post(address, "APPEALS", {**form, "order_number": "SYN-2025-CV-17"})
    assert sent.headers["location"] == f"/claims/{denied.claim_id}"
    assert await office.rows("SELECT reason, lines, effect_by FROM raised_reopenings") == [
        ("binding-order", [1], date(2025, 10, 31))
    ]


async def test_what_was_stated_stands_and_postgresql_refuses_the_raisers_approval(office: Office, denied: Desk) -> None:
    await reopen(office, denied, "APPEALS", lines=[{"line": 1}], order=ORDER)
    key = await proposed(office)
    with pytest.raises(IntegrityError, match="stands"):
        await office.run("UPDATE raised_reopenings SET lines = '{}'")
    await approve(office, key, "APPEALS")
    [(action,)] = await office.rows("SELECT action_id::text FROM correction_actions")
    with pytest.raises(IntegrityError, match="who raised a reopening does not approve its correction"):
        await office.run(
            "INSERT INTO correction_approvals VALUES "
            f"('{key}', 1, 'APPEALS', 'appeals-specialist', 'ordinary', '{WHY}', '{action}', now())"
        )
