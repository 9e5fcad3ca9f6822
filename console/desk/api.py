"""The desk over HTTP: a digest of what waits for the caller."""

from __future__ import annotations

from fastapi import APIRouter

from console.access.session import Services, SignedIn
from console.desk.models import DeskResponse, desk_shown
from console.desk.service import desk_of

router = APIRouter(tags=["desk"])


@router.get("/api/desk")
async def read_desk(console: Services, person: SignedIn) -> DeskResponse:
    """Show what waits for you: claims due and held, mentions, what came since you last acted, talks, days away."""
    return desk_shown(await desk_of(console, person))
