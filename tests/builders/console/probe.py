"""A page of no screen, so that what holds for every page can be tried on one that does nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from adjudication.people import Role
from console.sign_in.session import Viewer, needs, viewer
from console.web.app import create_api, guarded
from tests.builders.console.office import Office

router = APIRouter(include_in_schema=False)


@router.get("/probe", response_class=PlainTextResponse)
async def show(viewer: Viewer) -> str:
    return f"{viewer.person_id} {' '.join(sorted(viewer.roles))}"


@router.post("/probe", response_class=PlainTextResponse)
async def take(words: Annotated[str, Form()]) -> str:
    return words


@router.get("/probe/operations", dependencies=[Depends(needs(Role.OPERATIONS, Role.SUPERVISOR))])
async def operations() -> str:
    return "ok"


def with_probe(office: Office) -> Office:
    """Give the office's application the page, the way every screen is included."""
    api = create_api(office.console, (SQLAlchemyError, OSError))
    api.include_router(router, dependencies=[Depends(viewer)])
    office.app = guarded(api)
    return office
