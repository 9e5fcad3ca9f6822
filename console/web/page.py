"""Renders pages: Jinja templates of the screens' folders in the shared frame, or one block of them for htmx."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adjudication.people import Role
from console.web import formatting
from console.web.navigation import PLACES, links, start_of
from console.web.places import page_behind
from console.web.toasts import COOKIE, carried
from console.web.zones import CHOICES, zones_for
from console.web.zones import COOKIE as ZONE

CONSOLE: Final = Path(__file__).parents[1]
THEMES: Final = ("auto", "light", "dark")


class Viewing(Protocol):
    """The viewer of a page, as the frame shows it; the sign-in's session is one (`request.state.viewer`)."""

    @property
    def person_id(self) -> str: ...
    @property
    def roles(self) -> AbstractSet[Role]: ...
    @property
    def csrf(self) -> str: ...


@cache
def environment() -> Environment:
    """Return the one template environment: escaped, and strict about names that do not exist."""
    loader = FileSystemLoader(CONSOLE)
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=formatting.shown,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(time_left=formatting.time_left, ago=formatting.ago, places=PLACES)
    made.filters.update(
        when=formatting.when,
        hour=formatting.hour,
        to_the_second=formatting.to_the_second,
        read_instant=datetime.fromisoformat,
        us_dates=formatting.us_dates,
        money=formatting.money,
        count=formatting.count,
    )
    return made


def page(
    request: Request,
    template: str,
    view: object | Mapping[str, Any],
    *,
    status: int = 200,
    fragment: str | None = None,
) -> HTMLResponse:
    """Render a template such as `worklist/page.html`; for an htmx request only the block `fragment`, when named."""
    toast = None if is_htmx(request) else carried(request)
    context = {**_frame(request, _plan_zone(view)), "view": view, "toast": toast}
    if fragment is not None and is_htmx(request):
        return HTMLResponse(_block(template, fragment, context), status)
    answer = HTMLResponse(environment().get_template(template).render(context), status)
    if toast is not None:
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


async def page_of_lines(
    request: Request,
    template: str,
    view: Callable[[], object | Mapping[str, Any]],
    *,
    status: int = 200,
    fragment: str | None = None,
) -> HTMLResponse:
    """Build a view and render it in a thread: for a claim of hundreds of lines both would block other requests for too long."""
    return await asyncio.to_thread(lambda: page(request, template, view(), status=status, fragment=fragment))


def is_htmx(request: Request) -> bool:
    """Return whether htmx requests a part of a page; a page it restores from history is requested whole."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def _plan_zone(view: object) -> str | None:
    """Return the legal zone of a page's plan, if its view has one as `zone`."""
    found: object = view.get("zone") if isinstance(view, Mapping) else getattr(view, "zone", None)
    return found if isinstance(found, str) else None


def _frame(request: Request, plan_zone: str | None) -> dict[str, Any]:
    viewer: Viewing | None = getattr(request.state, "viewer", None)
    path = request.url.path
    theme = request.cookies.get("theme", "auto")
    return {
        "viewer": viewer,
        "nav": () if viewer is None else links(viewer.roles, path),
        "start": "/" if viewer is None else start_of(viewer.roles),
        "csrf": "" if viewer is None else viewer.csrf,
        "asset": request.app.state.assets.address,
        "zones": zones_for(request, plan_zone),
        "zone_choices": CHOICES,
        "zone_chosen": request.cookies.get(ZONE, ""),
        "theme": theme if theme in THEMES else "auto",
        "back_to": page_behind(request) if request.method == "POST" else "",
        "here": path + (f"?{request.url.query}" if request.url.query else ""),
        "cited": getattr(getattr(request.app.state, "console", None), "words", None),
        "asked": request.query_params.get("q", "") if path == "/claims" else "",
    }


def _block(template: str, name: str, context: dict[str, Any]) -> str:
    """Render one block. The template first runs up to its first output, so that its imports are defined."""
    loaded = environment().get_template(template)
    known = loaded.new_context(context)
    next(iter(loaded.root_render_func(known)), None)
    return "".join(known.blocks[name][0](known))
