"""Files that pages load: named by their content, kept by browsers for good, and missed with words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import Request, Response

from console.access.guard import Pages
from console.web.assets import BUILT, MissingAssetsError, load_assets
from console.web.errors import problem_view
from console.web.page import page
from console.web.problems import Problem
from tests.builders.console.frame import Frame, Viewer
from tools.assets import COPIED

ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')


def some_page(request: Request) -> Response:
    return page(request, "web/problem.html", problem_view(Problem(404, "x", "nothing")))


async def test_every_file_a_page_names_is_there_and_may_be_kept_for_good() -> None:
    frame = Frame(Viewer())
    frame.serve("/some", some_page)
    page = await frame.ask("GET", "/some")
    named = set(ASSET.findall(page.text))
    assert len(named) >= 6
    for address in named:
        answer = await frame.ask("GET", address)
        assert answer.status_code == 200, address
        assert answer.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css", "image/svg+xml"))
    assert page.headers.get_list("cache-control") == ["no-store"]


async def test_a_file_that_is_not_there_is_not_kept() -> None:
    for path in ("/assets/console.0000.css", "/assets/../app.py", "/assets/%2e%2e/app.py", "/assets/console.css"):
        answer = await Frame().ask("GET", path)
        assert answer.status_code == 404
        assert answer.headers.get_list("cache-control") == ["no-store"]


def test_without_the_build_step_the_text_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingAssetsError, match="make setup"):
        load_assets(tmp_path)


def test_the_build_step_copies_what_the_pages_need() -> None:
    assert set(BUILT) == set(COPIED)


async def test_pages_may_run_and_style_only_what_is_ours() -> None:
    policy = (await Frame().ask("GET", "/nowhere")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert policy.endswith("form-action 'self'")


async def test_over_https_browsers_are_shown_to_stay_there() -> None:
    secure = await Frame(pages=Pages(https=True)).ask("GET", "/healthz")
    assert secure.headers["strict-transport-security"].startswith("max-age=")
    assert "strict-transport-security" not in (await Frame().ask("GET", "/nowhere")).headers
