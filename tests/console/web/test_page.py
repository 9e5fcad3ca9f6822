"""The frame of every page: what it shows to whom, and what it renders for htmx."""

from __future__ import annotations

import pytest
from fastapi import Request, Response
from jinja2 import UndefinedError

from adjudication.people import Role
from console.web.errors import problem_view
from console.web.page import environment, page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect, show_toast
from tests.builders.console.frame import Frame, Viewer

HTMX = {"HX-Request": "true"}
SOME = problem_view(Problem(409, "changed", "another person has it"))


def some_page(request: Request) -> Response:
    return page(request, "web/problem.html", SOME, fragment="problem")


def framed(viewer: Viewer | None) -> Frame:
    frame = Frame(viewer)
    frame.serve("/a-page", some_page)
    frame.serve("/worklist/a-page", some_page)
    frame.serve("/act", lambda request: redirect(request, "/a-page", Toast("Taken <by> you.")), ("POST",))
    return frame


async def test_a_page_says_who_is_signed_in_and_links_what_their_roles_open() -> None:
    text = (await framed(Viewer()).ask("GET", "/worklist/a-page")).text
    assert "SYN-NURSE" in text
    assert 'action="/sign-out"' in text
    assert '<a href="/worklist" aria-current="page" data-key="w">' in text
    assert "/dead-letters" not in text
    overseer = Viewer(roles=frozenset({Role.OPERATIONS}))
    assert 'href="/dead-letters"' in (await framed(overseer).ask("GET", "/a-page")).text


async def test_signed_out_one_sees_no_navigation_and_no_form() -> None:
    text = (await framed(None).ask("GET", "/a-page")).text
    assert "<nav" not in text
    assert "<form" not in text
    assert "csrf" not in text


async def test_nothing_is_inline() -> None:
    text = (await framed(Viewer()).ask("GET", "/a-page")).text
    for forbidden in (" style=", "<style", " onclick=", " onsubmit=", "javascript:", " hx-on"):
        assert forbidden not in text
    assert text.count("<script") == text.count("<script defer src=")


async def test_htmx_gets_the_block_alone_and_a_restored_page_whole() -> None:
    frame = framed(Viewer())
    part = (await frame.ask("GET", "/a-page", HTMX)).text
    assert part.startswith('<section class="problem"')
    assert "<html" not in part
    whole = await frame.ask("GET", "/a-page", {**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in whole.text


async def test_the_toast_after_an_action_is_shown_once_and_escaped() -> None:
    frame = framed(Viewer())
    sent = await frame.ask("POST", "/act", data={"any": "thing"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/a-page")
    cookie = sent.headers["set-cookie"]
    assert "HttpOnly" in cookie
    value = cookie.partition("toast=")[2].partition(";")[0].strip('"')
    shown = await frame.ask("GET", "/a-page", {"Cookie": f"toast={value}"})
    assert "Taken &lt;by&gt; you." in shown.text
    assert 'toast=""' in shown.headers["set-cookie"]


@pytest.mark.parametrize("value", ["x", "W10=", "WyJ0IiwgInN0cmFuZ2UiXQ==", "bnVsbA=="])
async def test_a_cookie_we_did_not_write_shows_nothing(value: str) -> None:
    answer = await framed(Viewer()).ask("GET", "/a-page", {"Cookie": f"toast={value}"})
    assert answer.status_code == 200
    assert "toast toast-" not in answer.text


async def test_htmx_is_sent_on_and_shown_by_headers() -> None:
    frame = framed(Viewer())
    sent = await frame.ask("POST", "/act", HTMX, data={"any": "thing"})
    assert (sent.status_code, sent.headers["hx-redirect"]) == (204, "/a-page")
    assert (
        show_toast(Response(), Toast("Released.")).headers["hx-trigger"]
        == '{"toast": {"text": "Released.", "kind": "ok"}}'
    )


async def test_the_theme_is_kept_in_a_cookie_and_applied() -> None:
    frame = framed(Viewer())
    chosen = await frame.ask("POST", "/theme", data={"theme": "dark", "next": "/worklist?role=nurse"})
    assert chosen.headers["location"] == "/worklist?role=nurse"
    assert "theme=dark" in chosen.headers["set-cookie"]
    assert 'data-theme="dark"' in (await frame.ask("GET", "/a-page", {"Cookie": "theme=dark"})).text
    assert 'data-theme="auto"' in (await frame.ask("GET", "/a-page", {"Cookie": "theme=x"})).text
    assert (await frame.ask("POST", "/theme", data={"theme": "pink"})).status_code == 422


def test_a_name_a_template_does_not_get_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("badge('<b>', 'warn')", '<span class="badge badge-warn">&lt;b&gt;</span>'),
        ("money('1234.5')", '<span class="num">$1,234.50</span>'),
        ("clock(none, none)", '<span class="muted">no deadline</span>'),
        ("csrf_field()", '<input type="hidden" name="csrf" value="C&#34;">'),
        ("stat('Waiting', 3, '/worklist')", '<a href="/worklist">3</a>'),
        ("field('Reason', 'reason', 'textarea', rows=4, required=true)", 'name="reason" required rows="4">'),
        ("field('Day', 'day', 'date', error='too late')", '<p class="field-error" id="f-day-error">too late</p>'),
        ("field('Role', 'role', 'select', 'b', options=(('a', 'A'), ('b', 'B')))", '<option value="b" selected>B'),
        ("pager('/x?a=1&b=2')", 'href="/x?a=1&amp;b=2"'),
        ("tabs((('Lines', '/l', true, 4),))", '<a href="/l" aria-current="page">Lines <span class="badge">4</span>'),
    ],
)
def test_macros_escape_what_they_show(call: str, shown: str) -> None:
    names = "badge, money, clock, csrf_field, stat, field, pager, tabs"
    source = f'{{% from "web/macros.html" import {names} with context %}}{{{{ {call} }}}}'
    assert shown in environment().from_string(source).render(csrf='C"')
