"""Dead letters: listed by what they were refused for, opened (recorded), sent back as they came. Never edited here."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from adjudication.review.people import Role
from console.access import OVERSIGHT, acting_role
from console.letters.asked import PAGE, Filters, Place, place_of
from console.letters.original import original_view
from console.letters.view import bulk_view, choices, count_views, letter_view
from console.ports import Console
from console.problems import Problem
from console.session import Services
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.told import Told, redirect
from contracts.letter_reads import MOST_IN_A_BULK, Acting, Letter, Refused

router = APIRouter(include_in_schema=False)

Overseer = Annotated[ViewerSession, Depends(needs(*OVERSIGHT))]
Operator = Annotated[ViewerSession, Depends(needs(Role.OPERATIONS))]

WHY_NOT: Final = {
    Refused.UNKNOWN: Problem(404, "no-such-letter", "no dead letter has this id"),
    Refused.REPLAYED: Problem(
        409, "replayed", "this letter was replayed already; if it was refused again, replay the letter it became"
    ),
    Refused.TOO_LARGE: Problem(
        409, "too-large", "the original is as large as the topic takes, so it cannot be replayed; ask for it again"
    ),
}


@router.get("/dead-letters")
async def list_letters(request: Request, console: Services, viewer: Overseer, asked: Filters) -> Response:
    """List letters by filters, with counts by reason and the latest bulk replays."""
    desk, now = console.letters, console.now()
    wanted = asked.wanted()
    found = await desk.reads.page(wanted, PAGE + 1, place_of(asked.after))
    counts = await desk.reads.counts()
    bulks = await desk.reads.bulks()
    last = found[PAGE - 1] if len(found) > PAGE else None
    view = {
        "letters": [letter_view(each, now) for each in found[:PAGE]],
        "counts": count_views(counts, "/dead-letters"),
        "open": sum(each.letters for each in counts),
        "asked": asked,
        "topics": choices(counts, "topic", asked.topic),
        "refusals": choices(counts, "refusal", asked.refusal),
        "reasons": choices(counts, "reason", asked.reason),
        "next": None if last is None else asked.address(after=Place(last.kept_at, last.letter_id).cursor),
        "first": asked.address() if asked.after else None,
        "bulks": [bulk_view(each, viewer.person_id, desk.per_second) for each in bulks],
        "may_act": Role.OPERATIONS in viewer.roles,
        "most": MOST_IN_A_BULK,
        "per_second": desk.per_second,
        "now": now,
    }
    return page(request, "letters/list.html", view)


@router.get("/dead-letters/{letter_id}")
async def show_letter(letter_id: UUID, request: Request, console: Services, viewer: Overseer) -> Response:
    """Show one letter, its bytes masked."""
    return _page(request, console, viewer, await _letter(console, letter_id))


@router.post("/dead-letters/{letter_id}/open")
async def open_letter(letter_id: UUID, request: Request, console: Services, viewer: Overseer) -> Response:
    """Show one letter with its original bytes; that somebody looked is recorded first."""
    letter = await _letter(console, letter_id)
    original = await console.letters.letters.open(letter.letter_id, acting(console, viewer))
    return _page(request, console, viewer, letter, None if original is None else original_view(original))


@router.post("/dead-letters/{letter_id}/replay")
async def replay_letter(letter_id: UUID, request: Request, console: Services, viewer: Operator) -> Response:
    """Send the original key and bytes to their topic again."""
    refused = await console.letters.letters.replay(str(letter_id), acting(console, viewer))
    if refused is not None:
        raise WHY_NOT[refused]
    told = Told("Queued for its topic with the bytes it came with; this page says what becomes of it.")
    return redirect(request, f"/dead-letters/{letter_id}", told)


def acting(console: Console, viewer: ViewerSession) -> Acting:
    """Say who acts, for the trail."""
    return Acting(viewer.person_id, acting_role(viewer.roles & OVERSIGHT), console.now())


async def _letter(console: Console, letter_id: UUID) -> Letter:
    letter = await console.letters.reads.letter(str(letter_id))
    if letter is None:
        raise WHY_NOT[Refused.UNKNOWN]
    return letter


def _page(
    request: Request, console: Console, viewer: ViewerSession, letter: Letter, original: object | None = None
) -> Response:
    view = {
        "shown": letter_view(letter, console.now()),
        "original": original,
        "may_act": Role.OPERATIONS in viewer.roles,
        "now": console.now(),
    }
    return page(request, "letters/letter.html", view)
