"""The HTTP API of campaigns. adjudication/readjudication/campaigns.py decides which actions are allowed."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from adjudication.people import StaffMember
from console.access.session import Services, SignedIn
from console.actions.service import KEY, action_id_of
from console.campaigns import service
from console.web.problems import described_body, read_body
from contracts.actions.campaigns import ApproveCampaignV1, StartCampaignV1


async def viewer(person: SignedIn) -> StaffMember:
    """Return the caller if their role may start or approve campaigns; refuse others."""
    service.viewers_only(person)
    return person


Viewer = Annotated[StaffMember, Depends(viewer)]
router = APIRouter(tags=["campaigns"])


BODIES: Final = (StartCampaignV1, ApproveCampaignV1)


@router.post("/api/campaigns", status_code=201, openapi_extra=described_body(StartCampaignV1))
async def start_campaign(
    request: Request,
    response: Response,
    console: Services,
    person: Viewer,
    key: Annotated[
        str | None, Header(alias=KEY, description="The campaign's id, a UUID; sent again it is one.")
    ] = None,
) -> dict[str, Any]:
    """Start a campaign: the selected decided claims are adjudicated again as a dry run. Nothing is corrected before two people approve."""
    sent = await read_body(request, StartCampaignV1)
    campaign_id = action_id_of(key)
    response.headers[KEY] = campaign_id
    return service.shown(await service.start(console, person, campaign_id, sent))


@router.get("/api/campaigns")
async def list_campaigns(console: Services, _person: Viewer) -> list[dict[str, Any]]:
    """List the newest campaigns."""
    return [service.shown(each) for each in await console.campaigns.store.newest()]


@router.get("/api/campaigns/{campaign_id}")
async def read_campaign(campaign_id: UUID, console: Services, _person: Viewer) -> dict[str, Any]:
    """Return a campaign with its impact by plan, direction, reason and confidence, a sample of lines, and its progress."""
    found = await service.view(console, str(campaign_id))
    parts = {"totals": list(found.totals), "sample": list(found.sample), "approvals": list(found.approvals)}
    parts["providers"] = list(found.providers)
    return service.shown(found.campaign) | parts | {"done": dict(found.done), "left": found.left}


@router.post("/api/campaigns/{campaign_id}/approve", openapi_extra=described_body(ApproveCampaignV1))
async def approve_campaign(campaign_id: UUID, request: Request, console: Services, person: Viewer) -> dict[str, Any]:
    """Approve the impact as it was shown. The second person's approval lets the corrections begin."""
    sent = await read_body(request, ApproveCampaignV1)
    return service.shown(await service.approve(console, person, str(campaign_id), sent))


@router.post("/api/campaigns/{campaign_id}/{way}")
async def change_campaign(
    campaign_id: UUID, way: Literal["cancel", "pause", "go-on"], console: Services, person: Viewer
) -> dict[str, Any]:
    """Pause, continue or cancel a campaign; corrected claims stay corrected."""
    return service.shown(await service.change(console, person, str(campaign_id), service.STAGE_BY_STEP[way]))
