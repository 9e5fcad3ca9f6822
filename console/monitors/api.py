"""The HTTP API of monitors. adjudication/readjudication/monitors.py decides who may start and stop one."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from adjudication.people import StaffMember
from console.access.session import Services, SignedIn
from console.actions.service import KEY, action_id_of
from console.monitors import service
from console.monitors.service import MonitorFilters
from console.web.problems import described_body, read_body
from contracts.actions.monitors import StartMonitorV1, StopMonitorV1
from contracts.records.monitors import MonitorFilter


async def watcher(person: SignedIn) -> StaffMember:
    """Return the caller if their role may read or stop monitors; refuse others."""
    service.watchers_only(person)
    return person


Watcher = Annotated[StaffMember, Depends(watcher)]
router = APIRouter(tags=["monitors"])

BODIES: Final = (StartMonitorV1, StopMonitorV1)


@router.post("/api/monitors", status_code=201, openapi_extra=described_body(StartMonitorV1))
async def start_monitor(
    request: Request,
    response: Response,
    console: Services,
    person: Watcher,
    key: Annotated[str | None, Header(alias=KEY, description="The monitor's id, a UUID; sent again it is one.")] = None,
) -> dict[str, Any]:
    """Start a monitor: from now on decided claims are judged by the draft, too. It decides none of them."""
    sent = await read_body(request, StartMonitorV1)
    monitor_id = action_id_of(key)
    response.headers[KEY] = monitor_id
    await service.start(console, person, monitor_id, sent)
    return service.shown(await service.view(console, monitor_id, MonitorFilter()), console)


@router.get("/api/monitors")
async def list_monitors(console: Services, _person: Watcher) -> list[dict[str, Any]]:
    """List the newest monitors with the counts of their newest runs."""
    return [service.shown(each, console) for each in await console.monitors.store.newest()]


@router.get("/api/monitors/{monitor_id}")
async def read_monitor(
    monitor_id: UUID, console: Services, _person: Watcher, filters: Annotated[MonitorFilters, Query()]
) -> dict[str, Any]:
    """Return a monitor: agreement, differences by direction, rule, plan and provider, against people, and lines."""
    return service.shown(await service.view(console, str(monitor_id), filters.chosen()), console)


@router.get("/api/monitors/{monitor_id}/lines", response_class=Response)
async def read_monitor_lines(
    monitor_id: UUID, console: Services, person: Watcher, filters: Annotated[MonitorFilters, Query()]
) -> Response:
    """Return the lines that fit as CSV, the largest amounts first; who took the file is recorded."""
    return Response(await service.file_of(console, person, str(monitor_id), filters.chosen()), media_type="text/csv")


@router.post("/api/monitors/{monitor_id}/stop", openapi_extra=described_body(StopMonitorV1))
async def stop_monitor(monitor_id: UUID, request: Request, console: Services, person: Watcher) -> dict[str, Any]:
    """Stop a monitor; its figures stay."""
    sent = await read_body(request, StopMonitorV1)
    await service.stop(console, person, str(monitor_id), sent.reason)
    return service.shown(await service.view(console, str(monitor_id), MonitorFilter()), console)
