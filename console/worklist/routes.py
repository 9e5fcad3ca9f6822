"""The worklist page: pended claims of the viewer's roles, by deadline, and taking one or many of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from adjudication.model.vocabulary import ProductLine
from adjudication.people import Role, StaffMember
from console.access.roles import MAILING, OVERSIGHT
from console.access.session import Services
from console.desk.service import colleagues_of
from console.ports import Console
from console.sign_in.session import Viewer
from console.web.cursors import write_place
from console.web.page import page
from console.web.problems import Problem, invalid
from console.worklist.bulk_take import Taken, take_all
from console.worklist.filters import (
    DUE_WORDS,
    PAGE_SIZE,
    SORTS,
    Filters,
    Preset,
    presets,
    roles_to_look_as,
    wanted_of,
)
from console.worklist.saved_views import as_tabs
from console.worklist.service import Held, place_of
from console.worklist.service import page as page_of
from console.worklist.service import totals as totals_of
from console.worklist.view import Row, row_of
from contracts.records.mail_queue import NoticeCounts
from contracts.records.review_queries import WorklistTotals

router = APIRouter(include_in_schema=False)

_TEMPLATE: Final = "worklist/page.html"
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WorklistView:
    """One page of the worklist. `short`: more may follow although the page is not full."""

    rows: tuple[Row, ...]
    filters: Filters
    chosen: dict[str, str]
    options: dict[str, Options]
    presets: tuple[Preset, ...]
    own: str | None
    query: str
    totals: WorklistTotals
    sorted_by: str
    exact: bool
    now: datetime
    first_url: str | None
    next_url: str | None
    short: bool
    taken: tuple[Taken, ...]
    unsent: NoticeCounts | None = None


@router.get("/worklist")
async def show_worklist(
    request: Request,
    console: Services,
    viewer: Viewer,
    filters: Annotated[Filters, Query()],
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Show the claims that wait for the viewer's roles, the most urgent first. Members are masked."""
    return page(request, _TEMPLATE, await _view(console, viewer.person, filters, cursor))


@router.post("/worklist/take")
async def take(request: Request, console: Services, viewer: Viewer) -> Response:
    """Take the selected claims and return the result for each."""
    form = await request.form()
    chosen = [each for each in form.getlist("take") if isinstance(each, str)]
    if not 0 < len(chosen) <= PAGE_SIZE:
        raise Problem(422, "nothing-chosen", f"select claims first (x on the keyboard), at most {PAGE_SIZE} at once")
    try:
        filters = Filters.model_validate({name: form[name] for name in Filters.model_fields if name in form})
    except ValidationError as error:
        raise invalid(error) from None
    taken = await take_all(console, chosen, viewer.person)
    return page(request, _TEMPLATE, await _view(console, viewer.person, filters, None, taken))


async def _view(
    console: Console, person: StaffMember, filters: Filters, cursor: str | None, taken: tuple[Taken, ...] = ()
) -> WorklistView:
    now = console.now()
    wanted = wanted_of(filters, person, console.reference, now)
    if wanted.held is Held.TEAM:
        wanted = replace(wanted, colleagues=await colleagues_of(console, person.person_id))
    found, place = await page_of(console, wanted, place_of(cursor, wanted.order))
    totals = await totals_of(console, wanted)
    saved, query = await console.desks.views(person.person_id), filters.address().partition("?")[2]
    contexts = await console.worklist.of([waiting.claim for waiting in found])
    return WorklistView(
        rows=tuple(row_of(console, each, contexts.get(each.claim.claim_id), person, now) for each in found),
        filters=filters,
        chosen=filters.chosen(),
        options=_options(console, person),
        presets=(*presets(filters), *as_tabs(saved, filters, person.person_id)),
        own=next((each.name for each in saved if each.person_id == person.person_id and each.query == query), None),
        query=query,
        totals=totals,
        sorted_by=SORTS[wanted.order],
        exact=bool(wanted.viewer.roles & OVERSIGHT) and wanted.held is Held.ANYONE,
        now=now,
        first_url=None if cursor is None else filters.address(),
        next_url=None if place is None else filters.address(cursor=write_place(place)),
        short=place is not None and len(found) < PAGE_SIZE,
        taken=taken,
        unsent=await console.mail.notices.counts(now) if person.roles & MAILING else None,
    )


def _options(console: Console, person: StaffMember) -> dict[str, Options]:
    """Return the values of each filter, with words for people."""
    reference = console.reference
    roles: tuple[Role, ...] = roles_to_look_as(person)
    return {
        "role": (("", "all my roles"), *((role.value, role.value) for role in roles)),
        "pend": (("", "any reason"), *((rule.code, f"{rule.code} {rule.label}") for rule in reference.pends.values())),
        "plan": (("", "any plan"), *((plan, plan) for plan in sorted(reference.plans))),
        "product": (("", "any product line"), *((each.value, each.value.replace("-", " ")) for each in ProductLine)),
        "policy": (("", "any policy"), *((each, each) for each in console.worklist.policies())),
        "due": (("", "any time"), *DUE_WORDS.items()),
        "sort": tuple((order.value, words) for order, words in SORTS.items()),
        "rows": (("", "compact"), ("full", "everything shown")),
        "held": (("", "anyone or unassigned"), ("mine", "me"), ("team", "my teams"), ("free", "unassigned")),
    }
