"""Saved views of the worklist: keeping one under a name, for oneself or for all, and removing it."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from console.access.session import Services
from console.sign_in.session import Viewer
from console.web.problems import Problem, invalid
from console.web.toasts import Toast, redirect
from console.worklist.filters import Filters, Preset
from contracts.records.desks import SavedView

router = APIRouter(prefix="/worklist/views", include_in_schema=False)
_LONGEST: Final = 60
_MOST: Final = 20
"""The most saved views of one person."""

Name = Annotated[str, Form(max_length=_LONGEST)]


@router.post("")
async def save_view(
    request: Request,
    console: Services,
    viewer: Viewer,
    name: Name = "",
    query: Annotated[str, Form(max_length=1000)] = "",
    shared: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Store the view that is shown; one of the same name is replaced."""
    if not name.strip():
        raise Problem(422, "name", "give the view a name, then keep it")
    try:
        filters = Filters.model_validate(dict(parse_qsl(query)))
    except ValidationError as error:
        raise invalid(error) from None
    own = [each for each in await console.desks.views(viewer.person_id) if each.person_id == viewer.person_id]
    if len(own) >= _MOST and name.strip() not in {each.name for each in own}:
        raise Problem(409, "too-many-views", f"you keep {_MOST} views already; take one away first")
    view = SavedView(viewer.person_id, name.strip(), urlencode(filters.chosen()), shared == "yes")
    await console.desks.save_view(view, console.now())
    return redirect(request, filters.address(), Toast(f"kept as \u201c{view.name}\u201d", "info"))


@router.post("/remove")
async def remove_view(request: Request, console: Services, viewer: Viewer, name: Name = "") -> Response:
    """Remove one's own view."""
    await console.desks.remove_view(viewer.person_id, name)
    return redirect(request, "/worklist", Toast("the view is taken away", "info"))


def as_tabs(saved: tuple[SavedView, ...], filters: Filters, person_id: str) -> tuple[Preset, ...]:
    """Return saved views as the tabs after the standard ones; a colleague's view names its owner."""
    here = urlencode(filters.chosen())
    return tuple(
        Preset(
            name=each.name if each.person_id == person_id else f"{each.name} ({each.person_id})",
            address=f"/worklist?{each.query}" if each.query else "/worklist",
            current=each.query == here,
        )
        for each in saved
    )
