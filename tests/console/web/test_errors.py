"""Errors: pages for people, JSON for programs, and a part of a page for htmx."""

from __future__ import annotations

import pytest
from fastapi import Request, Response

from console.web.problems import Problem
from tests.builders.console.frame import Frame, Viewer

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PRIVATE = "Synthberg SYN-000001"


def failing(error: Exception) -> Frame:
    def fails(request: Request) -> Response:
        raise error

    frame = Frame(Viewer())
    frame.serve("/failing", fails, ("GET", "POST"))
    frame.serve("/api/failing", fails)
    return frame


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Problem(403, "role-may-not", "a nurse never denies"), 403, "a nurse never denies."),
        (Problem(404, "no-claim", "no claim has this id"), 404, "no claim has this id."),
        (Problem(409, "taken", "SYN-MD-NY has it"), 409, "what you typed is kept"),
        (Problem(422, "invalid", "x", errors=[{"field": "rationale", "problem": "is missing"}]), 422, "rationale"),
        (LookupError(PRIVATE), 500, "it is logged"),
        (ConnectionError(PRIVATE), 503, "Nothing is lost."),
        (Problem(418, "teapot", "it pours tea"), 418, "it pours tea."),
    ],
)
async def test_an_error_is_a_page_that_says_what_to_do(error: Exception, status: int, words: str) -> None:
    answer = await failing(error).ask("GET", "/failing", BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert words in answer.text
    assert "What to do." in answer.text
    assert PRIVATE not in answer.text


async def test_an_address_of_nothing_is_a_page_too() -> None:
    for headers in (BROWSER, {}, {"HX-Request": "true"}):
        answer = await Frame().ask("GET", "/nowhere", headers)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "No page has this address" in answer.text


async def test_htmx_gets_the_problem_alone() -> None:
    answer = await failing(Problem(409, "taken", "a person has it")).ask(
        "POST", "/failing", {"HX-Request": "true"}, data={"a": "b"}
    )
    assert answer.status_code == 409
    assert answer.text.startswith('<section class="problem" data-problem="taken">')


async def test_programs_get_json() -> None:
    frame = failing(Problem(409, "taken", "a person has it"))
    for path, headers in (("/api/failing", BROWSER), ("/failing", {"Accept": "application/json"})):
        answer = await frame.ask("GET", path, headers)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "taken"


async def test_a_page_takes_forms_and_nothing_else() -> None:
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        answer = await Frame().ask("POST", "/theme", {**BROWSER, "Content-Type": kind}, content=b"theme=dark")
        assert answer.status_code == 415
        assert "What to do." in answer.text
