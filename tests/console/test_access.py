"""Access to the API: every route without a valid token, and each role's tasks against those of the other roles."""

from __future__ import annotations

import base64
import hmac
import json
import re
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from httpx import Response
from joserfc.jwk import ECKey

from adjudication.model.vocabulary import ClaimId
from console.web.app import create_api
from tests.builders.console.office import AUDIENCE, ISSUER, KEY, NOW, Office, problem, token
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

ROUTES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("GET", "/api/tasks", None),
    ("GET", "/api/tasks/{claim}", None),
    ("POST", "/api/tasks/{claim}/actions", {"action": "take"}),
    ("GET", "/api/actions/{action}", None),
    ("GET", "/api/people/me", None),
    ("GET", "/api/desk", None),
    ("POST", "/api/people", {"reason": "x", "people": []}),
    ("GET", "/api/people/changes", None),
    ("POST", "/api/people/changes/{change}/{ruling}", {}),
    ("POST", "/api/bulk-retries", {"selection": {"codes": ["P-DOC"]}, "dry_run": True}),
    ("GET", "/api/bulk-retries", None),
    ("GET", "/api/bulk-retries/{release}", None),
    ("GET", "/api/bulk-retries/{release}/claims", None),
    ("POST", "/api/bulk-retries/{release}/approve", {}),
    ("POST", "/api/bulk-retries/{release}/{step}", {}),
    ("GET", "/api/appeals", None),
    ("GET", "/api/appeals/{appeal}", None),
    ("POST", "/api/appeals/{appeal}/actions", {"action": "acknowledge"}),
    ("GET", "/api/appeals/{appeal}/actions/{action}", None),
    ("GET", "/api/reopenings", None),
    ("GET", "/api/reopenings/{readjudication_id}", None),
    ("POST", "/api/reopenings/{readjudication_id}/actions", {"action": "again"}),
    ("POST", "/api/claims/{claim}/reopenings", {"reason": "clerical-error"}),
    ("POST", "/api/campaigns", {"kind": "query"}),
    ("GET", "/api/campaigns", None),
    ("GET", "/api/campaigns/{campaign}", None),
    ("POST", "/api/campaigns/{campaign}/approve", {}),
    ("POST", "/api/campaigns/{campaign}/{way}", {}),
    ("POST", "/api/monitors", {"ends_on": "2025-09-30"}),
    ("GET", "/api/monitors", None),
    ("GET", "/api/monitors/{monitor}", None),
    ("GET", "/api/monitors/{monitor}/lines", None),
    ("POST", "/api/monitors/{monitor}/stop", {}),
    ("GET", "/api/exports", None),
    ("GET", "/api/exports/{kind}", None),
    ("GET", "/api/claims", None),
    ("GET", "/api/claims/{claim}/questionnaire", None),
    ("GET", "/api/policies/questionnaire", None),
    ("GET", "/api/policies/{policy}/{version}/questionnaire", None),
    ("GET", "/api/mail", None),
    ("GET", "/api/mail/{letter}/content", None),
    ("GET", "/api/mail/{letter}/prints/{form}", None),
    ("POST", "/api/mail/{letter}/again", {}),
    ("GET", "/api/documents/unmatched", None),
    ("POST", "/api/documents/files?submitter=SYNTHETIC&document_id=SYN-1", b"text"),
    ("GET", "/api/dead-letters", None),
    ("GET", "/api/dead-letters/{letter}", None),
    ("POST", "/api/dead-letters/{letter}/open", {}),
    ("POST", "/api/dead-letters/{letter}/replay", {}),
    ("POST", "/api/dead-letters/{letter}/close", {"reason": "sent again by its sender"}),
    ("POST", "/api/dead-letter-bulks", {"action": "replay", "dry_run": True}),
    ("GET", "/api/dead-letter-bulks/{bulk}", None),
    ("POST", "/api/dead-letter-bulks/{bulk}/{decision}", {}),
    ("POST", "/api/claims/{claim}/letters/{audience}/issue", {"sha256": "0" * 64}),
    ("POST", "/api/appeals/{appeal}/letters/{audience}/issue", {"sha256": "0" * 64}),
)
OPEN: Final = {("GET", "/healthz")}
STRANGER: Final = ECKey.generate_key("P-256", private=True, auto_kid=True)
SAME_NAME: Final = ECKey.import_key({**STRANGER.as_dict(private=True), "kid": str(KEY.kid)})


async def call(office: Office, route: tuple[str, str, Any], claim: str, headers: dict[str, str]) -> Response:
    method, path, body = route
    sent = {} if body is None else {"json": body}
    if isinstance(body, bytes):
        sent, headers = {"content": body}, {**headers, "Content-Type": "application/octet-stream"}
    some = {
        "claim": claim,
        "action": uuid4(),
        "release": uuid4(),
        "campaign": uuid4(),
        "monitor": uuid4(),
        "policy": "brain-mrs",
        "version": "1.0",
        "way": "cancel",
        "kind": "odag-3",
        "step": "cancel",
        "appeal": uuid4(),
        "letter": uuid4(),
        "bulk": uuid4(),
        "readjudication_id": uuid4(),
        "decision": "stop",
        "change": uuid4(),
        "ruling": "approve",
        "audience": "member",
        "form": "pdf",
    }
    return await office.call(method, path.format(**some), headers=headers, **sent)


def test_the_routes_tested_here_are_all_there_are(office: Office) -> None:
    described = create_api(office.console).openapi()["paths"]
    there_are = {(method.upper(), path) for path, operations in described.items() for method in operations}
    tested = {
        (
            method,
            re.sub(
                r"{(claim|action|release|appeal|letter|bulk|campaign|monitor|change)}",
                r"{\1_id}",
                path.partition("?")[0],
            ),
        )
        for method, path, _ in ROUTES
    }
    assert there_are == tested | OPEN


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
async def test_no_route_answers_without_a_good_token(
    office: Office, study: ClaimId, route: tuple[str, str, Any]
) -> None:
    bad: dict[str, list[str | None]] = {
        "no-token": [None, "Basic abc", "Bearer"],
        "invalid-token": [
            "Bearer nonsense",
            f"Bearer {token('NURSE', key=STRANGER)}",
            f"Bearer {token('NURSE', key=SAME_NAME)}",
            f"Bearer {token('NURSE', aud='another-service')}",
            f"Bearer {token('NURSE', iss='https://elsewhere.example')}",
            f"Bearer {token('NURSE', exp=None)}",
            f"Bearer {token('NURSE', sub=None)}",
            f"Bearer {token('NURSE', nbf=NOW + timedelta(hours=1))}",
            f"Bearer {unsigned('NURSE')}",
            f"Bearer {signed_with_the_public_key('NURSE')}",
            "Bearer " + "a" * 9000,
        ],
        "expired-token": [f"Bearer {token('NURSE', exp=NOW - timedelta(minutes=2))}"],
    }
    for code, headers in bad.items():
        for header in headers:
            answer = await call(office, route, study, {} if header is None else {"Authorization": header})
            assert problem(answer) == (401, code), header
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (
        await office.rows(
            "SELECT 1 FROM review_actions UNION ALL SELECT 1 FROM audit_trail WHERE subject LIKE 'view/%'"
        )
        == []
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
@pytest.mark.parametrize("who", ["No person", "GONE"])
async def test_a_token_alone_makes_no_person_staff(
    office: Office, study: ClaimId, route: tuple[str, str, Any], who: str
) -> None:
    headers = {"Authorization": f"Bearer {token(who, roles=['supervisor'])}"}
    assert problem(await call(office, route, study, headers)) == (403, "unknown-person")


async def test_roles_come_from_the_staff_list_and_not_from_the_token(office: Office) -> None:
    headers = {"Authorization": f"Bearer {token('NURSE', roles=['supervisor'], scope='admin')}"}
    me = (await office.call("GET", "/api/people/me", headers=headers)).json()
    assert me["roles"] == ["nurse"]


async def test_a_new_key_of_the_issuer_is_asked_for_once(office: Office) -> None:
    await office.call("GET", "/api/people/me", headers={"Authorization": f"Bearer {token('NURSE', key=STRANGER)}"})
    assert office.keys.asked_again == 1


async def test_a_case_opens_for_those_who_work_on_it_and_for_oversight_only(office: Office, study: ClaimId) -> None:
    seen = {
        who: (await office.call("GET", f"/api/tasks/{study}", who)).status_code for who in ("NURSE", "MD-NY", "BOSS")
    }
    assert seen == {"NURSE": 200, "MD-NY": 200, "BOSS": 200}
    assert problem(await office.call("GET", f"/api/tasks/{study}", "CODER")) == (403, "not-your-queue")
    assert problem(await office.call("GET", f"/api/tasks/{study}", "KIN")) == (403, "conflict-of-interest")
    assert problem(await office.call("GET", f"/api/tasks/{uuid4()}", "BOSS")) == (404, "no-such-claim")


async def test_no_person_acts_on_a_claim_that_is_not_theirs(office: Office, study: ClaimId) -> None:
    assert problem(await office.act(study, "CODER", action="take")) == (403, "not-your-queue")
    assert problem(await office.act(study, "KIN", action="take")) == (403, "conflict-of-interest")
    assert problem(await office.act(str(uuid4()), "NURSE", action="take")) == (404, "no-such-claim")


async def test_the_worklist_shows_no_person_a_claim_they_may_not_open(office: Office, study: ClaimId) -> None:
    [documents] = await office.waiting(a_submission("SCAN-1", "72148"))
    for who, theirs in {
        "NURSE": {study, documents},
        "BOSS": {study, documents},
        "CODER": set(),
        "KIN": set(),
    }.items():
        listed = (await office.call("GET", "/api/tasks", who)).json()["tasks"]
        assert {task["claim_id"] for task in listed} == theirs, who


async def test_a_role_one_does_not_have_is_no_filter(office: Office) -> None:
    assert problem(await office.call("GET", "/api/tasks?role=physician", "NURSE")) == (403, "not-your-role")


async def test_an_action_is_answered_to_who_submitted_it_and_to_oversight(office: Office, study: ClaimId) -> None:
    action = str(uuid4())
    assert (await office.act(study, "NURSE", action, action="take")).status_code == 200
    assert (await office.call("GET", f"/api/actions/{action}", "NURSE")).json()["accepted"] is True
    assert (await office.call("GET", f"/api/actions/{action}", "BOSS")).status_code == 200
    assert problem(await office.call("GET", f"/api/actions/{action}", "MD-NY")) == (404, "no-such-action")


def unsigned(person: str) -> str:
    """A token that says itself that it needs no signature."""
    return made_by_hand("none", person) + "."


def signed_with_the_public_key(person: str) -> str:
    """A token signed with the public key, in case the console takes that key for a shared secret."""
    text = made_by_hand("HS256", person)
    return f"{text}.{packed(hmac.digest(KEY.as_pem(private=False), text.encode(), 'sha256'))}"


def made_by_hand(algorithm: str, person: str) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": person, "exp": int(NOW.timestamp()) + 600}
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY.kid}
    return ".".join(packed(json.dumps(part).encode()) for part in (header, claims))


def packed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
