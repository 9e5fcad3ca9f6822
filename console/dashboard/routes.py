"""The dashboard's addresses: the page, the stream that updates it, and the lists behind its numbers."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from console.access.roles import OVERSIGHT
from console.access.session import Services
from console.dashboard.lists import ListFilters, claims_of, deadlines_of, outbox_of, partitions_of
from console.dashboard.policy_versions import policy_versions
from console.dashboard.sampler import Sampler
from console.dashboard.stream import WATCHERS, Watch, moments
from console.dashboard.view import DashboardView, Words, dashboard
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem

Watcher = Annotated[ViewerSession, Depends(needs(*WATCHERS))]

Over = Literal["hour", "day", "week"]
_MOST_STREAMS: Final = 40
"""The most pages that are updated at once: each holds a connection and is rendered again with every change."""

router = APIRouter(prefix="/dashboard", include_in_schema=False)


@router.get("")
async def show_dashboard(
    request: Request, console: Services, viewer: Watcher, over: Over = "day", live: Literal["yes", "no"] = "yes"
) -> Response:
    """Show the newest readings."""
    return page(request, "dashboard/page.html", _view(console.dashboard, viewer, over, moving=live == "yes"))


@router.get("/stream")
async def stream_dashboard(request: Request, console: Services, viewer: Watcher, over: Over = "day") -> Response:
    """Send each part of the page again when it changed, until the session or the process ends."""
    sampler = console.dashboard
    if sampler.watchers >= _MOST_STREAMS:
        raise Problem(
            503, "too-many-watch", f"{_MOST_STREAMS} pages are kept moving already; load this page to renew it"
        )
    watch = Watch(sampler, lambda: _view(sampler, viewer, over, moving=True), console, request)
    return StreamingResponse(moments(watch), media_type="text/event-stream")


@router.get("/lists/{name}")
async def show_list(
    request: Request, console: Services, _: Watcher, asked: Annotated[ListFilters, Depends()]
) -> Response:
    """Show the list behind a number of the dashboard."""
    sampler = console.dashboard
    if asked.name == "clocks":
        return page(request, "dashboard/list.html", await deadlines_of(sampler, asked))
    if asked.name == "partitions":
        return page(request, "dashboard/partitions.html", partitions_of(sampler, asked))
    if asked.name == "outbox":
        return page(request, "dashboard/outbox.html", await outbox_of(sampler))
    return page(request, "dashboard/list.html", await claims_of(sampler, asked))


def _view(sampler: Sampler, viewer: ViewerSession, over: str, *, moving: bool) -> DashboardView:
    now, library = sampler.now(), sampler.operations.library
    words = Words(sampler.pends, policy_versions(library, now.date()), library.reference.content_hash)
    letters = bool(viewer.roles & OVERSIGHT)
    return dashboard(sampler.snapshot, words, now, over, moving=moving, letters=letters)
