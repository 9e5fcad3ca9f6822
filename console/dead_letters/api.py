"""The HTTP API of dead letters: the same as their pages, for programs and the command line."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from adjudication.people import StaffMember
from console.access.roles import OVERSIGHT
from console.access.session import Services, SignedIn
from console.dead_letters import service
from console.dead_letters.filters import PAGE, Filters
from console.dead_letters.models import (
    CloseDeadLetterV1,
    DeadLetterResponse,
    DeadLettersResponse,
    OriginalResponse,
    count_shown,
    letter_shown,
    original_shown,
)
from console.web.cursors import read_dated_cursor, write_cursor
from console.web.problems import read_body

_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CloseDeadLetterV1"}}},
    }
}


async def overseer(person: SignedIn) -> StaffMember:
    """Return the caller if their role may read dead letters; refuse others."""
    service.only_for(person, OVERSIGHT)
    return person


async def operator(person: SignedIn) -> StaffMember:
    """Return the caller if their role may replay dead letters; refuse others."""
    service.only_for(person, service.OPERATORS)
    return person


Overseer = Annotated[StaffMember, Depends(overseer)]
Operator = Annotated[StaffMember, Depends(operator)]
router = APIRouter(tags=["dead letters"])


@router.get("/api/dead-letters")
async def list_dead_letters(console: Services, _person: Overseer, asked: Filters) -> DeadLettersResponse:
    """List letters by filters, the newest first, without their content; and count all open ones by reason."""
    queries, now = console.dead_letters.queries, console.now()
    found = await queries.page(asked.wanted(), PAGE + 1, read_dated_cursor(asked.after))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return DeadLettersResponse(
        open=tuple(count_shown(each) for each in await queries.counts()),
        letters=tuple(letter_shown(each, now) for each in found[:PAGE]),
        next=None if last is None else write_cursor(last.kept_at, last.letter_id),
    )


@router.get("/api/dead-letters/{letter_id}")
async def read_dead_letter(letter_id: UUID, console: Services, _person: Overseer) -> DeadLetterResponse:
    """Return a letter without its content: why it was refused, and its present state."""
    return letter_shown(await service.read(console, letter_id), console.now())


@router.post("/api/dead-letters/{letter_id}/open")
async def open_dead_letter(letter_id: UUID, console: Services, person: Overseer) -> OriginalResponse:
    """Return the original key, bytes and headers, which may be member data; the view is recorded first."""
    return original_shown(await service.open_original(console, person, letter_id))


@router.post("/api/dead-letters/{letter_id}/replay")
async def replay_dead_letter(letter_id: UUID, console: Services, person: Operator) -> DeadLetterResponse:
    """Replay the original key, bytes and headers to their topic, once."""
    await service.replay(console, person, letter_id)
    return letter_shown(await service.read(console, letter_id), console.now())


@router.post("/api/dead-letters/{letter_id}/close", openapi_extra=_BODY)
async def close_dead_letter(
    letter_id: UUID, request: Request, console: Services, person: Operator
) -> DeadLetterResponse:
    """Close a letter without a replay, for a written reason."""
    sent = await read_body(request, CloseDeadLetterV1)
    await service.close(console, person, letter_id, sent.reason)
    return letter_shown(await service.read(console, letter_id), console.now())
