"""The desk over HTTP: a digest of the caller's open work."""

from __future__ import annotations

from fastapi import APIRouter

from console.access.session import Services, SignedIn
from console.desk.models import DeskResponse, desk_shown
from console.desk.service import desk_of

router = APIRouter(tags=["desk"])


@router.get("/api/desk")
async def read_desk(console: Services, person: SignedIn) -> DeskResponse:
    """Show your open work: claims due and assigned, mentions, news since you last acted, peer-to-peer calls, absences."""
    return desk_shown(await desk_of(console, person))
