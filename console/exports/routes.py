"""The page of exports: which files an auditor may have, and the form that gives one out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from console.access.roles import AUDITING
from console.access.session import Services
from console.exports import service
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from contracts.records.exports import TITLES, ExportColumn, ExportKind

router = APIRouter(prefix="/exports", include_in_schema=False)
Auditor = Annotated[ViewerSession, Depends(needs(*AUDITING))]
Typed = Annotated[str, Query(max_length=2000)]
KINDS: Final = tuple((kind.value, title) for kind, title in TITLES.items())


class ExportForm(BaseModel):
    """The form as it was sent."""

    model_config = ConfigDict(extra="ignore")

    kind: Typed = ExportKind.PAYMENTS.value
    first: Typed = ""
    last: Typed = ""
    plans: Typed = ""


@dataclass(frozen=True, slots=True)
class ExportsPage:
    """The page. `errors`: by field; `files`: each kind with its columns."""

    form: ExportForm
    files: tuple[tuple[str, tuple[ExportColumn, ...], tuple[str, ...]], ...]
    errors: dict[str, str]
    kinds: tuple[tuple[str, str], ...] = KINDS


@router.get("")
async def exports_page(request: Request, console: Services, _: Auditor) -> Response:
    """Show the files there are, for the quarter before today's."""
    first, last = _quarter_before(console.now().date())
    form = ExportForm(first=first.isoformat(), last=last.isoformat())
    return page(request, "exports/page.html", _view(console, form, {}))


@router.get("/file")
async def export_page_file(
    request: Request, console: Services, viewer: Auditor, form: Annotated[ExportForm, Query()]
) -> Response:
    """Give out a file; it is recorded before its first byte leaves."""
    asked, errors = service.read_request(console, form.kind, form.first, form.last, form.plans.split())
    if asked is None:
        return page(request, "exports/page.html", _view(console, form, errors), status=422)
    return service.give_out(console, viewer.person, asked)


def _view(console: Services, form: ExportForm, errors: dict[str, str]) -> ExportsPage:
    files = console.exports.files
    shown = tuple((TITLES[kind], files.columns(kind), files.notes(kind)) for kind in ExportKind)
    return ExportsPage(form, shown, errors)


def _quarter_before(day: date) -> tuple[date, date]:
    """Return the first and the last day of the quarter before the one of a day."""
    begins = date(day.year, day.month - (day.month - 1) % 3, 1)
    last = date.fromordinal(begins.toordinal() - 1)
    return date(last.year, last.month - 2, 1), last
