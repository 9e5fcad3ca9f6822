"""Dead letter pages: list, open (recorded), replay unchanged, or close. A dead letter is never edited."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from adjudication.people import Role
from console.access.roles import OVERSIGHT
from console.access.session import Services
from console.dead_letters import service
from console.dead_letters.filters import PAGE, Filters
from console.dead_letters.original import OriginalView, original_view
from console.dead_letters.view import bulk_view, choices, count_views, letter_view, removed_after
from console.ports import Console
from console.sign_in.session import ViewerSession, needs
from console.web.cursors import read_dated_cursor, write_cursor
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from console.web.zones import zones_for
from contracts.records.dead_letters import LONGEST_REASON, MOST_IN_A_BULK, SHORTEST_REASON, DeadLetter
from storage.dead_letters.bulk import REPLAYS_PER_SECOND

router = APIRouter(include_in_schema=False)

Overseer = Annotated[ViewerSession, Depends(needs(*OVERSIGHT))]
Operator = Annotated[ViewerSession, Depends(needs(*service.OPERATORS))]


@router.get("/dead-letters")
async def list_letters(request: Request, console: Services, viewer: Overseer, asked: Filters) -> Response:
    """List letters by filters, with counts by reason and the latest bulk replays."""
    dependencies, now = console.dead_letters, console.now()
    zones = zones_for(request)
    wanted = asked.wanted(zones)
    found = await dependencies.queries.page(wanted, PAGE + 1, read_dated_cursor(asked.after))
    counts = await dependencies.queries.counts()
    bulks = await dependencies.queries.bulks()
    last = found[PAGE - 1] if len(found) > PAGE else None
    view = {
        "letters": [letter_view(each, now) for each in found[:PAGE]],
        "counts": count_views(counts, "/dead-letters"),
        "open": sum(each.letters for each in counts),
        "asked": asked,
        "topics": choices(counts, "topic", asked.topic),
        "refusals": choices(counts, "refusal", asked.refusal),
        "reasons": choices(counts, "reason", asked.reason),
        "next": None if last is None else asked.address(after=write_cursor(last.kept_at, last.letter_id)),
        "first": asked.address() if asked.after else None,
        "bulks": [bulk_view(each, viewer.person_id, REPLAYS_PER_SECOND, zones) for each in bulks],
        "may_act": Role.OPERATIONS in viewer.roles,
        "most": MOST_IN_A_BULK,
        "per_second": REPLAYS_PER_SECOND,
        "keep_days": dependencies.keep.days,
        "now": now,
    }
    return page(request, "dead_letters/list.html", view)


@router.get("/dead-letters/{letter_id}")
async def show_letter(letter_id: UUID, request: Request, console: Services, viewer: Overseer) -> Response:
    """Show one letter, its bytes masked."""
    return _page(request, console, viewer, await service.read(console, letter_id))


@router.post("/dead-letters/{letter_id}/open")
async def open_letter(letter_id: UUID, request: Request, console: Services, viewer: Overseer) -> Response:
    """Show one dead letter with its original content. The view is recorded first."""
    letter = await service.read(console, letter_id)
    original = await service.open_original(console, viewer.person, letter_id)
    return _page(request, console, viewer, letter, original=original_view(original))


@router.post("/dead-letters/{letter_id}/replay")
async def replay_letter(letter_id: UUID, request: Request, console: Services, viewer: Operator) -> Response:
    """Send the original key, bytes and headers to their topic again."""
    await service.replay(console, viewer.person, letter_id)
    toast = Toast("The dead letter is queued for its topic. This page shows the outcome.")
    return redirect(request, f"/dead-letters/{letter_id}", toast)


@router.post("/dead-letters/{letter_id}/close")
async def close_letter(
    letter_id: UUID, request: Request, console: Services, viewer: Operator, reason: Annotated[str, Form()] = ""
) -> Response:
    """Close a dead letter without a replay; a form without a usable reason is shown again with its input."""
    try:
        await service.close(console, viewer.person, letter_id, reason)
    except Problem as problem:
        if problem.code != "reason":
            raise
        letter, typed = await service.read(console, letter_id), reason[:LONGEST_REASON]
        return _page(request, console, viewer, letter, typed=typed, error=problem.detail)
    return redirect(request, f"/dead-letters/{letter_id}", Toast("Closed; your reason is in the letter's trail."))


def _page(  # noqa: PLR0913 - one each of what the page may hold besides
    request: Request,
    console: Console,
    viewer: ViewerSession,
    letter: DeadLetter,
    *,
    original: OriginalView | None = None,
    typed: str = "",
    error: str = "",
) -> Response:
    view = {
        "shown": letter_view(letter, console.now()),
        "removed_after": removed_after(letter, console.dead_letters.keep),
        "original": original,
        "may_act": Role.OPERATIONS in viewer.roles,
        "now": console.now(),
        "typed": typed,
        "error": error,
        "shortest": SHORTEST_REASON,
        "longest": LONGEST_REASON,
    }
    return page(request, "dead_letters/letter.html", view, status=422 if error else 200)
