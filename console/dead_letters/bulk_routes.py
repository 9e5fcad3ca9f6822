"""Bulk replay or closing of dead letters: one person proposes the letters that match a filter, another approves, either may stop it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from console.access.session import Services
from console.dead_letters import bulk_service
from console.dead_letters.filters import ListFilters
from console.dead_letters.routes import Operator, Overseer
from console.dead_letters.service import reason_of
from console.dead_letters.view import bulk_view, filter_words
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from console.web.zones import zones_for
from contracts.records.dead_letters import LONGEST_REASON, MOST_IN_A_BULK, SHORTEST_REASON
from contracts.scalars import ascii_text
from storage.dead_letters.bulk import REPLAYS_PER_SECOND

router = APIRouter(include_in_schema=False)


class Proposal(ListFilters):
    """The filters of a proposal, the action and the reason; `sure`: the number of dead letters was confirmed."""

    action: Annotated[str, ascii_text("^(replay|close)$")] = "replay"
    reason_to_close: Annotated[str, Field(max_length=4000)] = ""
    sure: Annotated[str, Field(max_length=10)] = ""


@router.post("/dead-letters/bulk")
async def propose_bulk(
    request: Request, console: Services, viewer: Operator, asked: Annotated[Proposal, Form()]
) -> Response:
    """Propose to replay or close every open letter that matches the filters now; without `sure`, show how many first."""
    if not asked.sure:
        return await _numbers(request, console, asked)
    closing = asked.action == "close"
    try:
        reason = reason_of(asked.reason_to_close) if closing else None
    except Problem as problem:
        return await _numbers(request, console, asked, problem.detail)
    proposed = await bulk_service.propose(console, viewer.person, asked.wanted(zones_for(request)), reason)
    return redirect(request, f"/dead-letters/bulk/{proposed}", Toast("Proposed. Another person approves it."))


async def _numbers(request: Request, console: Services, asked: Proposal, error: str = "") -> Response:
    zones = zones_for(request)
    wanted, closing = asked.wanted(zones), asked.action == "close"
    letters = await console.dead_letters.bulks.count(wanted, closing=closing)
    view = {
        "asked": asked,
        "closing": closing,
        "what": filter_words(wanted, zones),
        "letters": letters,
        "too_many": letters > MOST_IN_A_BULK,
        "most": MOST_IN_A_BULK,
        "per_second": REPLAYS_PER_SECOND,
        "typed": asked.reason_to_close[:LONGEST_REASON],
        "error": error,
        "shortest": SHORTEST_REASON,
        "longest": LONGEST_REASON,
    }
    return page(request, "dead_letters/propose.html", view, status=422 if error else 200)


@router.get("/dead-letters/bulk/{bulk_id}")
async def show_bulk(bulk_id: UUID, request: Request, console: Services, viewer: Overseer) -> Response:
    """Show a bulk action and its progress, which is updated while it runs."""
    bulk = await bulk_service.read(console, bulk_id)
    view = {"shown": bulk_view(bulk, viewer.person_id, REPLAYS_PER_SECOND, zones_for(request)), "now": console.now()}
    return page(request, "dead_letters/bulk.html", view, fragment="bulk")


@router.post("/dead-letters/bulk/{bulk_id}/{decision}")
async def decide_bulk(bulk_id: UUID, decision: str, request: Request, console: Services, viewer: Overseer) -> Response:
    """Approve, refuse or stop a bulk."""
    await bulk_service.decide(console, viewer.person, bulk_id, decision)
    texts = {"approve": "Approved. The letters are taken a few each second.", "refuse": "Refused. Nothing was done."}
    stopped = Toast("Stopped. What was taken up is done; the rest stays open.", "warn")
    return redirect(request, f"/dead-letters/bulk/{bulk_id}", stopped if decision == "stop" else Toast(texts[decision]))
