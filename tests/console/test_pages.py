"""What holds for every page there is, also for those added tomorrow: whose it is, and what it takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts

from adjudication.people import Role
from console.access.guard import HEADERS, PAGE_POLICY
from console.sign_in import cookies
from console.web.app import create_api
from tests.builders.console.office import Office, person
from tests.builders.console.pages import BY_TOKEN, OPEN, PAGES, Page

pytestmark = pytest.mark.servers

OURS: Final = {"Accept": "application/json"}
ROWS: Final = [pytest.param(*address, page, id=" ".join(address)) for address, page in PAGES.items() if not page.tested]
ELSEWHERE: Final = [
    pytest.param(*address, page, id=" ".join(address)) for address, page in PAGES.items() if page.tested
]
CHANGING: Final = [address for address in PAGES if address[0] != "GET"]


def an_address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), path)


async def ask(office: Office, method: str, path: str, who: str | None) -> int:
    """Ask as a person, in a separate session; return the status."""
    office.cookies.clear()
    if method == "GET":
        return (await office.get(an_address(path), who, headers=OURS)).status_code
    return (await office.post(an_address(path), who, {}, headers=OURS, **of_the_form(path))).status_code


def of_the_form(path: str) -> dict[str, Any]:
    """Return the file that the form of a page sends; other forms send none."""
    takes_file = PAGES["POST", path].takes_file
    return {"files": {"file": ("note.txt", b"a note", "text/plain")}} if takes_file else {}


def test_every_page_is_named_with_whose_it_is(office: Office) -> None:
    there_are = set()
    for route in iter_route_contexts(create_api(office.console).routes):
        ours = route.endpoint is not None and route.endpoint.__module__.startswith("console.")
        if ours and not route.include_in_schema and route.path and not route.path.startswith("/assets"):
            there_are |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
    assert there_are - OPEN - BY_TOKEN == set(PAGES), (
        "name each page in tests/builders/console/pages.py, with the roles that may use it"
    )


@pytest.mark.parametrize(("method", "path", "page"), ELSEWHERE)
def test_the_named_tests_of_a_page_ask_for_that_page(method: str, path: str, page: Page) -> None:
    fixed = re.split(r"\{[^}]+\}", path)
    words = fixed[-1] or fixed[0]
    assert words in (Path(__file__).parent / page.tested).read_text(), f"{page.tested} never asks for {words}"


@pytest.mark.parametrize(("method", "path", "page"), ELSEWHERE)
async def test_a_page_about_one_claim_or_person_is_closed_to_a_person_who_left(
    office: Office, method: str, path: str, page: Page
) -> None:
    assert await ask(office, method, path, "GONE") == 403


@pytest.mark.parametrize("address", PAGES, ids=" ".join)
async def test_no_person_sees_or_does_anything_signed_out(office: Office, address: tuple[str, str]) -> None:
    method, path = address
    sent = {} if method == "GET" else {"data": {"anything": "at all"}, **of_the_form(path)}
    answer = await office.browse(method, an_address(path), None, **sent)
    assert answer.status_code == 303, path
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("address", CHANGING, ids=" ".join)
async def test_nothing_is_changed_by_what_our_own_pages_did_not_send(office: Office, address: tuple[str, str]) -> None:
    path = an_address(address[1])
    token = cookies.csrf_of(await office.signed_in("BOSS"))
    attempts: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({"anything": "else"}, {}),
        ({"csrf": "x" * 43}, {}),
        ({"csrf": token}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": token}, {"Origin": "https://elsewhere.example"}),
    )
    for data, headers in attempts:
        answer = await office.browse("POST", path, "BOSS", data=data, headers=headers, **of_the_form(address[1]))
        assert answer.status_code == 403, (path, data, headers)
    json = await office.browse("POST", path, "BOSS", json={"csrf": token})
    assert json.status_code == 415


@pytest.mark.parametrize(("method", "path", "page"), ROWS)
async def test_a_page_opens_to_its_roles_and_to_no_other(office: Office, method: str, path: str, page: Page) -> None:
    assert page.roles
    await office.hire(*(person(f"A-{role}", role) for role in Role))
    for role in Role:
        if role not in page.roles:
            assert await ask(office, method, path, f"A-{role}") == 403, role
        elif not page.streams:
            status = await ask(office, method, path, f"A-{role}")
            assert status != 403, role
            assert status < 500, role


@pytest.mark.parametrize("address", sorted({*PAGES, *OPEN}), ids=" ".join)
async def test_no_page_is_kept_framed_or_shown_to_others(office: Office, address: tuple[str, str]) -> None:
    method, path = address
    answers = [await office.browse(method, an_address(path), None)]
    if not PAGES.get(address, Page()).streams:
        answers.append(await (office.get if method == "GET" else office.post)(an_address(path), "BOSS"))
    for answer in answers:
        for name, value in (*HEADERS, (b"content-security-policy", PAGE_POLICY.encode())):
            assert answer.headers.get_list(name.decode()) == [value.decode()], (path, name)
        assert answer.headers["cache-control"] == "no-store"
