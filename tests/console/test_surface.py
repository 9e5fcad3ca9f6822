"""What every answer has in common: problems, headers, limits, the description, and what may never be in any of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs

from adjudication.model.vocabulary import ClaimId
from console.access.guard import API_POLICY, HEADERS, LARGEST_BODY, PAGE_POLICY
from console.ports import Console
from console.web.app import create_api, create_app
from runtime.console.service import UNAVAILABLE
from runtime.logging import describe_exception, redact
from tests.builders.console.office import Office, problem, token
from tests.builders.ledger.submissions import MEMBER

pytestmark = pytest.mark.servers

PRIVATE = "Synthberg SYN-000001 1961-04-03"


async def test_every_answer_carries_the_security_headers(office: Office, study: ClaimId) -> None:
    asked = [
        ("GET", "/healthz", None),
        ("GET", "/openapi.json", None),
        ("GET", "/api/tasks", "NURSE"),
        ("GET", f"/api/tasks/{study}", "NURSE"),
        ("GET", "/api/tasks", None),
        ("GET", "/nowhere", None),
        ("DELETE", "/api/tasks", "NURSE"),
    ]
    for method, path, person in asked:
        answer = await office.call(method, path, person)
        policy = API_POLICY if path.startswith(("/api", "/healthz", "/openapi")) else PAGE_POLICY
        for name, value in (*HEADERS, (b"content-security-policy", policy.encode())):
            assert answer.headers.get_list(name.decode()) == [value.decode()], path
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/nowhere", (404, "not-found")),
        ("GET", "/docs", (404, "not-found")),
        ("GET", "/redoc", (404, "not-found")),
        ("DELETE", "/api/tasks", (405, "method-not-allowed")),
        ("GET", "/api/tasks/not-a-uuid", (422, "invalid")),
    ],
)
async def test_what_is_not_there_is_a_problem(office: Office, method: str, path: str, found: tuple[int, str]) -> None:
    answer = await office.call(method, path, "NURSE", headers={"Accept": "application/json"})
    assert problem(answer) == found


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""]
)
async def test_a_body_is_json_or_refused(office: Office, study: ClaimId, kind: str) -> None:
    answer = await office.call(
        "POST", f"/api/tasks/{study}/actions", "NURSE", content=b'{"action":"take"}', headers={"Content-Type": kind}
    )
    assert problem(answer) == (415, "content-type")


async def test_a_body_too_large_is_refused_with_its_length_and_without(office: Office, study: ClaimId) -> None:
    async def pieces() -> Any:
        for _ in range(LARGEST_BODY // 4096 + 1):
            yield b" " * 4096

    json = {"Content-Type": "application/json"}
    for content in (b" " * (LARGEST_BODY + 1), pieces()):
        answer = await office.call("POST", f"/api/tasks/{study}/actions", "NURSE", content=content, headers=json)
        assert problem(answer) == (413, "too-large")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", (400, "not-json")),
        (b"{", (400, "not-json")),
        (b'"take"', (422, "invalid")),
        (b'{"action":"Synthberg SYN-000001 1961-04-03"}', (422, "invalid")),
        (b'{"action":"take","Synthberg SYN-000001 1961-04-03":1}', (422, "invalid")),
        (b'{"action":"hand-over","to_role":"Synthberg SYN-000001 1961-04-03","reason":"x"}', (422, "invalid")),
        (b'{"action":"decide","line":"Synthberg SYN-000001 1961-04-03"}', (422, "invalid")),
        (b'{"action":"schedule-peer-to-peer","at":"Synthberg SYN-000001 1961-04-03"}', (422, "invalid")),
        (b'{"action":"hand-over","to_role":"king","reason":"there is no such role"}', (422, "role")),
    ],
)
async def test_what_cannot_be_read_is_refused_without_repeating_it(
    office: Office, study: ClaimId, body: bytes, found: tuple[int, str]
) -> None:
    if found[1] == "role":
        await office.act(study, "NURSE", action="take")
    json = {"Content-Type": "application/json"}
    answer = await office.call("POST", f"/api/tasks/{study}/actions", "NURSE", content=body, headers=json)
    assert problem(answer)[0] == found[0]
    for private in PRIVATE.split():
        assert private not in answer.text


async def test_an_error_of_ours_says_nothing_of_what_went_wrong(office: Office) -> None:
    async def fails(_query: object) -> Any:
        raise LookupError(PRIVATE)

    answer = await broken(office, fails).call("GET", "/api/tasks", "NURSE")
    assert problem(answer) == (500, "internal")
    assert PRIVATE not in answer.text
    assert all(name.decode() in answer.headers for name, _ in HEADERS)


@pytest.mark.parametrize(
    "statements",
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())",),
        ("SET LOCAL statement_timeout = 1", "SELECT pg_sleep(2)"),
        ("DO $$ BEGIN RAISE serialization_failure; END $$",),
        ("DO $$ BEGIN RAISE deadlock_detected; END $$",),
        ("DO $$ BEGIN RAISE too_many_connections; END $$",),
    ],
)
async def test_a_database_error_that_repeating_can_correct_is_a_reason_to_try_again(
    office: Office, statements: tuple[str, ...]
) -> None:
    answer = await broken(office, running(office, *statements)).call("GET", "/api/tasks", "NURSE")
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'Synthberg' FROM no_such_table",
        "INSERT INTO people_roles_that_are_not_there VALUES ('Synthberg')",
        "INSERT INTO batches (batch_id) VALUES ('Synthberg')",
        "SELECT 'Synthberg'::integer",
    ],
)
async def test_a_database_error_that_repeating_cannot_repair_is_logged_under_the_number_that_is_shown(
    office: Office, statement: str
) -> None:
    with capture_logs() as logged:
        answer = await broken(office, running(office, statement)).call("GET", "/api/tasks", "NURSE")
    assert problem(answer) == (500, "internal")
    [failure] = [each for each in logged if each["event"] == "a request failed"]
    assert failure["error_id"] in answer.json()["detail"]
    assert "retry-after" not in answer.headers
    assert "Synthberg" not in answer.text
    kept = redact(None, "error", describe_exception(None, "error", dict(failure)))
    assert kept["error_id"] == failure["error_id"]
    assert "Error" in str(kept["error"])
    assert "Synthberg" not in str(kept)


async def test_a_pool_without_a_free_connection_is_a_reason_to_try_again(office: Office) -> None:
    async def fails(_query: object) -> Any:
        raise PoolTimeout

    assert problem(await broken(office, fails).call("GET", "/api/tasks", "NURSE")) == (503, "unavailable")


async def test_requests_are_logged_by_their_route_and_nothing_else(
    office: Office, study: ClaimId, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.call("GET", f"/api/tasks/{study}?cursor=Synthberg", "NURSE")
    await office.call("GET", "/api/Synthberg", "NURSE")
    printed = capsys.readouterr()
    written = printed.out + printed.err
    assert "/api/tasks/{claim_id}" in written
    for private in (MEMBER, "Synthberg", "1961-04-03", token("NURSE", office.now)[:20]):
        assert private not in written


def test_the_description_names_every_action_and_every_error(office: Office) -> None:
    described = create_api(office.console).openapi()
    schemas = described["components"]["schemas"]
    assert set(schemas["ReviewActionV1"]["discriminator"]["mapping"]) >= {"take", "decide", "recommend", "correct"}
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["default"]["content"], path
            assert bool(operation.get("security")) == (path != "/healthz"), (method, path)
    for reference in references(described):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def test_two_applications_share_nothing(office: Office) -> None:
    one, other = create_api(office.console), create_api(office.console)
    assert one.state is not other.state
    assert one.router is not other.router


def running(office: Office, *statements: str) -> Any:
    """A read that runs statements on the real database."""

    async def fails(_query: object) -> Any:
        async with office.engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    return fails


def broken(office: Office, fails: Any) -> Office:
    """The office with a worklist that fails."""

    class Reads:
        candidates = staticmethod(fails)

    console: Console = replace(office.console, reads=Reads())  # type: ignore[arg-type]
    office.app = create_app(console, UNAVAILABLE)
    return office


def references(described: Any) -> list[str]:
    if isinstance(described, dict):
        own = [described["$ref"]] if isinstance(described.get("$ref"), str) else []
        return own + [found for value in described.values() for found in references(value)]
    return [found for value in described for found in references(value)] if isinstance(described, list) else []
