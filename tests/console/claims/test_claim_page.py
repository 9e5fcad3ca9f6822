"""The claim page: why, for whom, and what stays closed until a person opens it on the record."""

from __future__ import annotations

import html
import re

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.records.decisions import StoredClaim
from tests.builders.console.claim_page import RATIONALE, decided, viewed
from tests.builders.console.office import NOW, Office, person, problem
from tests.builders.ledger.ledgers import SIGNATURE, denied
from tests.builders.ledger.submissions import MEMBER, SERVICE_DATE, a_submission

pytestmark = pytest.mark.servers

CLOSED = (MEMBER, "Synthberg", "Synnove", "1961", "Apr 3", "M54.10")
UNKNOWN = "/claims/00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"), person("OPS-KIN", "ops", conflicts=["1234567893"]))
    return office


async def decide_as_settled(office: Office, claim: ClaimId) -> None:
    """Commit the determination of a claim in which people settled everything it waited for."""
    waiting = await office.console.reads.case(claim)
    assert waiting is not None
    stored = StoredClaim(waiting.claim, 1, determined=False)
    publication = office.stores.determined(stored, *(denied(line) for line in waiting.claim.lines))
    assert not await office.stores.decisions.commit("done", [publication])


@pytest.mark.parametrize("who", ["OPS", "BOSS", "NURSE"])
async def test_a_waiting_claim_is_closed_until_opened_and_the_trail_has_who(
    ops: Office, study: ClaimId, who: str
) -> None:
    closed = await ops.get(f"/claims/{study}", who)
    assert closed.status_code == 200
    assert [value for value in CLOSED if value in closed.text] == []
    assert await viewed(ops) == []
    opened = await ops.post(f"/claims/{study}/open", who)
    assert opened.status_code == 200
    assert [
        value for value in (MEMBER, "Synthberg", "Synnove", "Apr 3, 1961", "M54.10") if value not in opened.text
    ] == []
    assert [(subject, by) for subject, by, _ in await viewed(ops)] == [(f"view/{study}", who)]


async def test_nothing_is_shown_when_the_view_cannot_be_recorded(ops: Office, study: ClaimId) -> None:
    await ops.stores.execute("ALTER TABLE audit_trail ADD CONSTRAINT refuse CHECK (number < 0) NOT VALID")
    try:
        answer = await ops.post(f"/claims/{study}/open", "OPS")
    finally:
        await ops.stores.execute("ALTER TABLE audit_trail DROP CONSTRAINT refuse")
    assert answer.status_code >= 500
    assert [value for value in CLOSED if value in answer.text] == []


async def test_why_a_claim_waits_is_shown_with_rule_owner_and_what_would_change_it(ops: Office, study: ClaimId) -> None:
    text = (await ops.get(f"/claims/{study}", "OPS")).text
    assert "What would change it" in text
    assert re.search(r"badge-warn\">waits<", text)
    assert "It is tried again after: document received or reviewer decision" in text
    assert re.search(r'<cite class="cite">S3-09, statement II; CPT codes, rows 2 to 5</cite>', text)
    assert "Waits for" in text


async def test_the_policies_are_drawn_criterion_by_criterion_when_asked_for(ops: Office, study: ClaimId) -> None:
    closed = (await ops.get(f"/claims/{study}", "OPS")).text
    assert "S3-09" not in closed[closed.index('id="policies"') : closed.index('id="clocks"')]
    assert await viewed(ops) == []
    for headers in ({}, {"HX-Request": "true"}):
        answer = await ops.get(f"/claims/{study}/policy", "OPS", headers=headers)
        assert ("<html" in answer.text) is (not headers)
        assert "Line 1, <code>0609T</code>" in answer.text
        assert "decides" in answer.text
        assert "S3-09" in answer.text
        assert [value for value in CLOSED if value in answer.text] == []
    assert f'hx-get="/claims/{study}/policy"' in closed
    assert len(await viewed(ops)) == 2


async def test_a_rule_that_did_not_decide_is_drawn_when_it_is_asked_for(ops: Office) -> None:
    [scan] = await ops.waiting(a_submission("SCAN-1", "72148"))
    page = (await ops.get(f"/claims/{scan}/policy", "OPS")).text
    rule = html.unescape(re.findall(r'hx-get="(/claims/[^"]*/rule[^"]*)"', page)[0])
    part = (await ops.get(rule, "OPS", headers={"HX-Request": "true"})).text
    assert "<html" not in part
    assert 'class="tree"' in part
    whole = await ops.get(rule, "OPS")
    assert whole.status_code == 200
    assert "<h1>" in whole.text
    assert [value for value in CLOSED if value in whole.text] == []
    assert problem(await ops.get(rule + "-NONE", "OPS")) == (404, "no-such-rule")


async def test_why_a_line_is_denied_is_shown_with_its_codes_in_our_words(ops: Office) -> None:
    claim_id = await decided(ops)
    text = (await ops.get(f"/claims/{claim_id}", "BOSS")).text
    assert "OA-18" in text
    assert "exact duplicate" in text
    assert "N522" in text
    assert "We already have this service from another claim." in text
    assert "SYN-REVIEWER" in text
    assert SIGNATURE.rationale not in text
    opened = (await ops.post(f"/claims/{claim_id}/open", "BOSS")).text
    assert SIGNATURE.rationale in opened
    [event] = await ops.rows("SELECT event::text AS event FROM determinations")
    for value in (orjson.loads(event.event)["id"], "com.claimwright.claim.determined.v1"):
        assert value in opened


async def test_what_people_wrote_stays_closed_in_the_timeline(ops: Office, study: ClaimId) -> None:
    assert (await ops.act(study, "NURSE", action="take")).status_code == 200
    await ops.act(
        study, "NURSE", action="record-facts", facts=[{"fact": "tx.weeks", "number": 8, "source": "SYN-DOC-7"}]
    )
    sent = {"to_role": "physician", "reason": RATIONALE}
    assert (await ops.act(study, "NURSE", action="hand-over", **sent)).status_code == 200
    closed = (await ops.get(f"/claims/{study}", "BOSS")).text
    assert "Handed the claim over" in closed
    assert "NURSE (nurse)" in closed
    assert RATIONALE not in closed
    assert "SYN-DOC-7" not in closed
    assert RATIONALE in (await ops.post(f"/claims/{study}/open", "BOSS")).text


async def test_the_family_is_shown_across_claims_and_linked(ops: Office, study: ClaimId) -> None:
    [other] = await ops.waiting(a_submission("STUDY-2", "0611T"))
    text = (await ops.get(f"/claims/{study}", "OPS")).text
    assert f'href="/claims/{other}"' in text
    assert "STUDY-2" in text


async def test_clocks_are_shown_with_their_arithmetic_and_their_rule(ops: Office, study: ClaimId) -> None:
    ops.now = NOW
    text = (await ops.get(f"/claims/{study}", "OPS")).text
    assert "If it runs out:" in text
    assert re.search(r"<ol><li>[^<]*2025", text)


async def test_documents_and_authorizations_are_there(ops: Office, study: ClaimId) -> None:
    await ops.stores.execute(
        "INSERT INTO documents VALUES ('DOC-9', 1, 'SYNTHETIC', 'STUDY-1', NULL, 'clinical-note', now(), '[]', 'a private note')"
    )
    closed = (await ops.get(f"/claims/{study}", "OPS")).text
    assert "DOC-9" in closed
    assert "a private note" not in closed
    assert "a private note" in (await ops.post(f"/claims/{study}/open", "OPS")).text


async def test_the_workflows_of_a_claim_are_named_even_when_temporal_is_away(ops: Office, study: ClaimId) -> None:
    whole = (await ops.get(f"/claims/{study}", "OPS")).text
    assert f"review/{study}" in whole
    part = await ops.get(f"/claims/{study}/workflows", "OPS", headers={"HX-Request": "true"})
    assert "Temporal did not answer" in part.text
    assert f"review/{study}" in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("who", ["CODER", "KIN", "OPS-KIN"])
async def test_who_does_not_work_on_a_claim_sees_none_of_it(ops: Office, study: ClaimId, who: str) -> None:
    for answer in (
        await ops.get(f"/claims/{study}", who),
        await ops.post(f"/claims/{study}/open", who),
        await ops.get(f"/claims/{study}/workflows", who),
        await ops.get(f"/claims/{study}/policy", who),
        await ops.get(f"/claims/{study}/rule?line=1&leg=medical&rule=S3-09", who),
    ):
        assert answer.status_code == 403
        assert [value for value in (*CLOSED, "STUDY-1", f"{SERVICE_DATE}") if value in answer.text] == []
    assert await viewed(ops) == []


async def test_a_decided_claim_is_for_oversight_and_for_a_written_reason(ops: Office) -> None:
    claim_id = await decided(ops)
    refused = await ops.get(f"/claims/{claim_id}", "NURSE")
    assert refused.status_code == 403
    assert "this claim is decided, and none of your roles took part in it" in refused.text
    assert f"/break-glass/{claim_id}" in refused.text
    reason = {"reason": "The member's physician is on the telephone and asks about this denial."}
    await ops.post(f"/break-glass/{claim_id}", "NURSE", reason)
    shown = await ops.get(f"/claims/{claim_id}", "NURSE")
    assert shown.status_code == 200
    assert "your access ends" in shown.text
    assert (await ops.post(f"/claims/{claim_id}/open", "NURSE")).status_code == 200
    assert (f"view/{claim_id}", "NURSE", "break-glass") in await viewed(ops)


async def test_who_signed_a_denial_reads_the_claim_afterwards_and_the_trail_says_in_which_role(
    ops: Office, study: ClaimId
) -> None:
    """They answer for it, on a peer-to-peer call or in an appeal; the colleague who had no part gives a reason."""
    assert (await ops.act(study, "MD-NY", action="take")).status_code == 200
    case = (await ops.call("GET", f"/api/tasks/{study}", "MD-NY")).json()
    for pend in case["task"]["pends"]:
        settled = {"line": pend["line"], "outcome": pend["outcome"], "resolution": "passes"}
        answer = await ops.act(study, "MD-NY", action="decide", rationale=RATIONALE, **settled)
        assert answer.status_code == 200
    await decide_as_settled(ops, study)
    looks = len(await viewed(ops))
    page = await ops.get(f"/claims/{study}", "MD-NY")
    assert page.status_code == 200
    assert "Work on it" not in page.text
    assert [value for value in CLOSED if value in page.text] == []
    assert MEMBER in (await ops.post(f"/claims/{study}/open", "MD-NY")).text
    assert (await viewed(ops))[looks:] == [(f"view/{study}", "MD-NY", "physician")]
    assert (await ops.get("/claims?q=STUDY-1", "MD-NY")).headers["location"] == f"/claims/{study}"
    assert problem(await ops.get(f"/claims/{study}", "MD-OH")) == (403, "not-your-queue")


async def test_a_nurse_who_recommended_reads_what_became_of_it_and_does_not_work_on_it(
    ops: Office, study: ClaimId
) -> None:
    assert (await ops.act(study, "NURSE", action="take")).status_code == 200
    sent = {"to_role": "physician", "reason": RATIONALE}
    assert (await ops.act(study, "NURSE", action="hand-over", **sent)).status_code == 200
    passed_on = (await ops.get(f"/review/{study}", "NURSE")).text
    assert f'href="/claims/{study}"' in passed_on
    page = await ops.get(f"/claims/{study}", "NURSE")
    assert page.status_code == 200
    assert "Work on it" not in page.text
    assert problem(await ops.act(study, "NURSE", action="take")) == (403, "not-your-queue")


async def test_who_took_part_reads_no_more_when_the_role_or_the_interest_says_otherwise(
    ops: Office, study: ClaimId
) -> None:
    assert (await ops.act(study, "MD-NY", action="take")).status_code == 200
    await ops.act(study, "MD-NY", action="hand-over", to_role="nurse", reason=RATIONALE)
    await ops.hire(person("MD-NY", "coder", version=2))
    assert problem(await ops.get(f"/claims/{study}", "MD-NY")) == (403, "not-your-queue")
    await ops.hire(person("MD-NY", "physician", state="NY", version=3, conflicts=["1234567893"]))
    assert problem(await ops.get(f"/claims/{study}", "MD-NY")) == (403, "conflict-of-interest")


async def test_signed_out_one_is_sent_to_sign_in(ops: Office, study: ClaimId) -> None:
    for answer in (
        await ops.get(f"/claims/{study}"),
        await ops.get("/claims?q=STUDY-1"),
        await ops.post(f"/claims/{study}/open", None, {"csrf": "x"}),
    ):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
        assert "STUDY-1" not in answer.text


async def test_a_claim_is_opened_by_our_own_page_only(ops: Office, study: ClaimId) -> None:
    answer = await ops.browse("POST", f"/claims/{study}/open", "OPS", data={"csrf": "guessed"})
    assert answer.status_code == 403
    assert await viewed(ops) == []


async def test_a_claim_that_is_not_there_is_said_to_be_not_there(ops: Office) -> None:
    for answer in (await ops.get(UNKNOWN, "OPS"), await ops.post(f"{UNKNOWN}/open", "OPS")):
        assert answer.status_code == 404
