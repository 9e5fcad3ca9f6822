"""The pages of campaigns: the list, starting one (also the impact of a draft), the impact, approving, pausing and canceling."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from adjudication.readjudication.campaigns import MOST_PER_SECOND, SHORTEST_REASON
from adjudication.readjudication.rules import Ground
from console.access.session import Services
from console.actions.service import action_id_of
from console.campaigns import service
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import invalid
from console.web.toasts import Toast, redirect
from contracts.actions.campaigns import ApproveCampaignV1, StartCampaignV1

router = APIRouter(prefix="/campaigns", include_in_schema=False)
Viewer = Annotated[ViewerSession, Depends(needs(*service.VIEWERS))]

_KINDS: Final = (
    ("draft", "A draft of a policy: show its impact only"),
    ("policy", "A released policy version"),
    ("rate", "A contract rate"),
    ("edits", "An edit table or a code"),
    ("plan", "The data of a plan"),
    ("query", "A question: which decisions would differ today?"),
)
_GROUNDS: Final = (
    (Ground.ORDINARY.value, "For any reason"),
    (Ground.GOOD_CAUSE.value, "Good cause"),
    (Ground.FRAUD.value, "Fraud or similar fault"),
)
_TOASTS: Final = {
    "cancel": Toast("The campaign is canceled. What was corrected stays so.", "info"),
    "pause": Toast("The campaign is paused.", "info"),
    "go-on": Toast("The campaign continues."),
}


@router.get("")
async def show_list(request: Request, console: Services, _viewer: Viewer) -> Response:
    """Show past and present campaigns, and the form that starts one."""
    view: dict[str, Any] = {"campaigns": await console.campaigns.store.newest(), "kinds": _KINDS, "key": str(uuid4())}
    view |= {"most": MOST_PER_SECOND, "shortest": SHORTEST_REASON}
    return page(request, "campaigns/list.html", view)


@router.post("")
async def start(request: Request, console: Services, viewer: Viewer) -> Response:
    """Start a campaign; its claims are judged in the background."""
    sent = await request.form()
    kept = await service.start(console, viewer.person, action_id_of(_text(sent, "key") or None), _read(sent))
    words = "Its claims are judged now. Nothing is corrected before two people approve."
    return redirect(request, f"/campaigns/{kept.campaign_id}", Toast(words))


@router.get("/{campaign_id}")
async def show_one(request: Request, campaign_id: UUID, console: Services, _viewer: Viewer) -> Response:
    """Show a campaign: how far it is, its impact with a sample, who approved."""
    found = await service.view(console, str(campaign_id))
    view = {"seen": found, "grounds": _GROUNDS, "shortest": SHORTEST_REASON}
    return page(request, "campaigns/campaign.html", view)


@router.post("/{campaign_id}/approve")
async def approve(request: Request, campaign_id: UUID, console: Services, viewer: Viewer) -> Response:
    """Approve the impact that the page showed."""
    sent = await request.form()
    fields = {name: _text(sent, name) for name in ("impact", "ground", "rationale")}
    try:
        read = ApproveCampaignV1.model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from None
    kept = await service.approve(console, viewer.person, str(campaign_id), read)
    begun = "The corrections begin." if kept.stage.value == "running" else "Another person gives the second approval."
    return redirect(request, f"/campaigns/{campaign_id}", Toast(f"Your approval is recorded. {begun}"))


@router.post("/{campaign_id}/{way}")
async def change(
    request: Request, campaign_id: UUID, way: Literal["cancel", "pause", "go-on"], console: Services, viewer: Viewer
) -> Response:
    """Pause, continue or cancel a campaign."""
    await service.change(console, viewer.person, str(campaign_id), service.STAGE_BY_STEP[way])
    return redirect(request, f"/campaigns/{campaign_id}", _TOASTS[way])


def _read(sent: FormData) -> StartCampaignV1:
    fields: dict[str, Any] = {name: _text(sent, name) or None for name in ("served_from", "served_to")}
    fields |= {name: _text(sent, name) or None for name in ("policy", "old", "new")}
    fields |= {"kind": _text(sent, "kind"), "why": _text(sent, "why"), "per_second": _text(sent, "per_second") or 5}
    fields |= {name: tuple(_text(sent, name).replace(",", " ").split()) for name in ("codes", "plans")}
    fields["takes_back"] = _text(sent, "takes_back") == "yes"
    try:
        return StartCampaignV1.model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from None


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name)
    return value.strip() if isinstance(value, str) else ""
