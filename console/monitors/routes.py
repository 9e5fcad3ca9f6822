"""The pages of monitors: the list, starting one, its figures with filters, the lines as a file, and stopping it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from adjudication.readjudication.monitors import LONGEST_DAYS, SHORTEST_REASON, STARTERS, WATCHERS, AgainstPerson
from console.access.session import Services
from console.actions.service import action_id_of
from console.monitors import service
from console.monitors.service import MonitorFilters
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import invalid
from console.web.toasts import Toast, redirect
from contracts.actions.monitors import StartMonitorV1, StopMonitorV1

router = APIRouter(prefix="/policies/monitors", include_in_schema=False)
Watcher = Annotated[ViewerSession, Depends(needs(*WATCHERS))]
Filters = Annotated[MonitorFilters, Query()]
_AGAINST = {
    AgainstPerson.ASKS.value: "asks a person, too",
    AgainstPerson.ALIKE.value: "decides alike, without a person",
    AgainstPerson.OTHERWISE.value: "decides otherwise, without a person",
}


@router.get("")
async def show_monitors(request: Request, console: Services, viewer: Watcher) -> Response:
    """Show past and present monitors, and the form that starts one."""
    now = console.now()
    view: dict[str, Any] = {"monitors": await console.monitors.store.newest(), "now": now, "key": str(uuid4())}
    view |= {"shortest": SHORTEST_REASON, "last": now.date() + timedelta(days=LONGEST_DAYS), "first": now.date()}
    view["starts"] = bool(viewer.roles & STARTERS)
    return page(request, "monitors/list.html", view)


@router.post("")
async def start(request: Request, console: Services, viewer: Watcher) -> Response:
    """Start a monitor; the claims decided from now on are judged by its draft, too."""
    sent = await request.form()
    fields = {name: _text(sent, name) for name in ("policy", "version", "share", "ends_on", "reason")}
    try:
        read = StartMonitorV1.model_validate({name: each for name, each in fields.items() if each})
    except ValidationError as error:
        raise invalid(error) from None
    kept = await service.start(console, viewer.person, action_id_of(_text(sent, "key") or None), read)
    return redirect(request, f"/policies/monitors/{kept.monitor_id}", Toast("The monitor runs. It decides no claim."))


@router.get("/{monitor_id}")
async def show_monitor(
    request: Request, monitor_id: UUID, console: Services, _viewer: Watcher, filters: Filters
) -> Response:
    """Show the lines with another result under the draft: by direction, rule, plan and provider, and claim by claim."""
    found = await service.view(console, str(monitor_id), filters.chosen())
    chosen = {name: value for name, value in filters.model_dump().items() if value}
    view: dict[str, Any] = {"seen": found, "state": found.monitor.state(console.now()), "chosen": chosen}
    view |= {"address": f"/policies/monitors/{monitor_id}", "query": urlencode(chosen), "shortest": SHORTEST_REASON}
    view |= {"release": service.release_command(found), "against": _AGAINST}
    return page(request, "monitors/monitor.html", view)


@router.get("/{monitor_id}/lines")
async def monitor_lines(monitor_id: UUID, console: Services, viewer: Watcher, filters: Filters) -> Response:
    """Give the lines that fit as a CSV file."""
    text = await service.file_of(console, viewer.person, str(monitor_id), filters.chosen())
    headers = {"Content-Disposition": f'attachment; filename="monitor-{monitor_id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{monitor_id}/stop")
async def stop(request: Request, monitor_id: UUID, console: Services, viewer: Watcher) -> Response:
    """Stop a monitor; its figures stay."""
    try:
        read = StopMonitorV1.model_validate({"reason": _text(await request.form(), "reason")})
    except ValidationError as error:
        raise invalid(error) from None
    await service.stop(console, viewer.person, str(monitor_id), read.reason)
    return redirect(
        request, f"/policies/monitors/{monitor_id}", Toast("The monitor is stopped. Its figures stay.", "info")
    )


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name)
    return value.strip() if isinstance(value, str) else ""
