"""Server-sent events that update a dashboard: each part is sent again only when it has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import Request

from adjudication.people import Role
from console.dashboard.sampler import Sampler
from console.dashboard.view import DashboardView
from console.ports import Console
from console.sign_in import cookies
from console.sign_in.session import narrowed
from console.web.page import environment
from console.web.zones import Zones, zones_for

FRAGMENTS: Final = (
    "status",
    "flow",
    "stats",
    "clocks",
    "waiting",
    "lags",
    "workers",
    "carcs",
    "policies",
    "chart-rates",
    "chart-latency",
    "chart-waiting",
)
"""Parts of the page that are updated, each a template of this folder."""

PACE_SECONDS: Final = 2.0
"""Minimum seconds between two updates, so that readings that end together are sent together."""
WATCHERS: Final = frozenset({Role.OPERATIONS, Role.SUPERVISOR, Role.POLICY_OWNER, Role.QUALITY})
"""Roles that may see the dashboard. It shows no member data."""

HEARTBEAT_SECONDS: Final = 15.0
_LOOKS: Final = timedelta(seconds=30)
"""The interval of checking that the session is still valid; watching alone does not prolong it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One open page: its data, and its session."""

    sampler: Sampler
    draw: Callable[[], DashboardView]
    console: Console
    request: Request


async def moments(watch: Watch) -> AsyncIterator[str]:
    """Yield events until the process stops or the session ends. The end of the session is sent as an event."""
    sampler, sent, zones = watch.sampler, dict[str, str](), zones_for(watch.request)
    sampler.watchers += 1
    try:
        version, looked_at = -1, sampler.now()
        while not sampler.stopping.is_set():
            if sampler.now() - looked_at >= _LOOKS:
                looked_at = sampler.now()
                if not await _may_still_watch(watch):
                    yield event("ended", environment().get_template("dashboard/ended.html").render())
                    return
            newer = await sampler.newer(version, HEARTBEAT_SECONDS)
            if newer == version:
                yield ": still here\n\n"
                continue
            version = newer
            for text in changed(watch.draw(), sent, zones):
                yield text
            await sampler.rest(PACE_SECONDS)
    finally:
        sampler.watchers -= 1


async def _may_still_watch(watch: Watch) -> bool:
    """Check the session, the person and their roles again, as for a page. This does not count as use of the session."""
    console, sign_in = watch.console, watch.console.sign_in
    cookie = cookies.read(watch.request, "session", secure=sign_in.secure)
    if cookie is None:
        return False
    try:
        session = await sign_in.sessions.find(cookies.hashed(cookie), console.now(), sign_in.timeouts.idle)
        person = None if session is None else await console.staff.find(session.person_id)
    except watch.sampler.operations.transient_errors:
        return True  # the database is unavailable: the page keeps its values, and the next round retries
    return session is not None and person is not None and bool(narrowed(person, session).roles & WATCHERS)


def changed(view: DashboardView, sent: dict[str, str], zones: Zones) -> list[str]:
    """Return an event for each part that differs from the part sent before, and remember it."""
    events = []
    for name in FRAGMENTS:
        drawn = environment().get_template(f"dashboard/{name}.html").render(view=view, zones=zones)
        if drawn != sent.get(name):
            sent[name] = drawn
            events.append(event(name, drawn))
    return events


def event(name: str, text: str) -> str:
    """One server-sent event."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
