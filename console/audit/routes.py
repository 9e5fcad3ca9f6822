"""Search of the audit trail by person, claim, action and day, and its export as a file. An export is recorded itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from console.access.roles import AUDITING, acting_role
from console.access.session import Services
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.zones import Zones, zones_for
from contracts.records.audit_search import TrailHit, TrailQuery
from contracts.scalars import Whole, read_day

router = APIRouter(prefix="/audit", include_in_schema=False)
Auditor = Annotated[ViewerSession, Depends(needs(*AUDITING))]

SHOWN: Final = 100
EXPORTED: Final = 10_000
"""Entries that one file holds at most; the page states it."""

Typed = Annotated[str, Query(max_length=200)]


class TrailFilters(BaseModel):
    """The form as it was sent."""

    model_config = ConfigDict(extra="ignore")

    person: Typed = ""
    about: Typed = ""
    action: Typed = ""
    since: Typed = ""
    until: Typed = ""
    before: Whole | None = None

    def address(self, path: str, **changed: int | None) -> str:
        """Return the address of this search."""
        asked = {name: value for name, value in {**self.model_dump(), **changed}.items() if value not in ("", None)}
        return f"{path}?{urlencode(asked)}" if asked else path


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The page. `errors`: by field."""

    filters: TrailFilters
    hits: tuple[TrailHit, ...]
    errors: dict[str, str]
    older: str | None
    export: str
    exported: int = EXPORTED


@router.get("")
async def audit_page(
    request: Request, console: Services, _: Auditor, filters: Annotated[TrailFilters, Query()]
) -> Response:
    """Show the entries that fit, the newest first."""
    query, errors = _query(filters, zones_for(request))
    found = () if errors else await console.audit.find(query, SHOWN + 1)
    older = filters.address("/audit", before=found[SHOWN - 1].entry) if len(found) > SHOWN else None
    view = AuditPage(filters, found[:SHOWN], errors, older, filters.address("/audit/export", before=None))
    return page(request, "audit/page.html", view, status=422 if errors else 200)


@router.get("/export")
async def export_trail(
    request: Request, console: Services, viewer: Auditor, filters: Annotated[TrailFilters, Query()]
) -> Response:
    """Give the entries that fit as a CSV file, the newest first; the export is recorded before."""
    query, errors = _query(filters, zones_for(request))
    found = () if errors else await console.audit.find(query, EXPORTED)
    role = acting_role(viewer.roles & AUDITING)
    await console.audit.record(query, len(found), viewer.person_id, role, console.now())
    headers = {"Content-Disposition": 'attachment; filename="audit-trail.csv"'}
    return Response("".join(_lines(found)), media_type="text/csv; charset=utf-8", headers=headers)


def _query(filters: TrailFilters, zones: Zones) -> tuple[TrailQuery, dict[str, str]]:
    """Return the search and its errors by field. Days are in the zone of the page."""
    errors: dict[str, str] = {}
    since, until = (_day(getattr(filters, name), name, errors) for name in ("since", "until"))
    query = TrailQuery(
        person=filters.person.strip(),
        about=filters.about.strip(),
        action=filters.action.strip(),
        since=None if since is None else zones.begins(since),
        until=None if until is None else zones.begins(until + timedelta(days=1)),
        before=filters.before,
    )
    return query, errors


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError:
        errors[name] = "a day, as 2025-11-03"
        return None


def _lines(hits: tuple[TrailHit, ...]) -> Iterator[str]:
    """Yield the lines of the file; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    yield _line("entry", "at", "person", "role", "about", "action")
    for hit in hits:
        yield _line(str(hit.entry), hit.at.isoformat(), hit.person_id, hit.role, hit.subject, hit.action or "view")


def _line(*values: str) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([f"'{each}" if each[:1] in "=+-@\t\r" else each for each in values])
    return written.getvalue()
