"""The HTTP API for bulk actions on dead letters: one person proposes exactly the letters that match, another approves."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from console.access.session import Services
from console.dead_letters import bulk_service
from console.dead_letters.api import Operator, Overseer
from console.dead_letters.bulk_models import (
    BulkReplayResponse,
    DeadLettersCountedResponse,
    ProposeDeadLettersV1,
    letter_bulk_shown,
)
from console.dead_letters.service import reason_of
from console.dead_letters.view import filter_words
from console.web.problems import read_body
from contracts.records.dead_letters import MOST_IN_A_BULK

_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ProposeDeadLettersV1"}}},
    }
}
Decision = Annotated[Literal["approve", "refuse", "stop"], Path()]
router = APIRouter(tags=["dead letters"])


@router.post("/api/dead-letter-bulks", openapi_extra=_BODY)
async def propose_letters(
    request: Request, response: Response, console: Services, person: Operator
) -> DeadLettersCountedResponse | BulkReplayResponse:
    """Count the open letters that match (`dry_run`), or propose to replay or close exactly those."""
    sent = await read_body(request, ProposeDeadLettersV1)
    wanted, closing = sent.wanted(), sent.action == "close"
    if sent.dry_run:
        letters = await console.dead_letters.bulks.count(wanted, closing=closing)
        return DeadLettersCountedResponse(letters=letters, most=MOST_IN_A_BULK, what=filter_words(wanted))
    because = reason_of(sent.closes_because) if closing else None
    bulk_id = await bulk_service.propose(console, person, wanted, because)
    response.status_code = 201
    return letter_bulk_shown(await bulk_service.read(console, UUID(bulk_id)))


@router.get("/api/dead-letter-bulks/{bulk_id}")
async def read_letter_bulk(bulk_id: UUID, console: Services, _person: Overseer) -> BulkReplayResponse:
    """Return a proposal and how far it is."""
    return letter_bulk_shown(await bulk_service.read(console, bulk_id))


@router.post("/api/dead-letter-bulks/{bulk_id}/{decision}")
async def decide_letter_bulk(
    bulk_id: UUID, decision: Decision, console: Services, person: Overseer
) -> BulkReplayResponse:
    """Approve the proposal of another person, refuse it, or stop it."""
    await bulk_service.decide(console, person, bulk_id, decision)
    return letter_bulk_shown(await bulk_service.read(console, bulk_id))
