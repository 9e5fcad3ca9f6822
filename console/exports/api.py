"""Exports over HTTP, for the command line and for systems of auditors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from adjudication.people import StaffMember
from console.access.session import Services, SignedIn
from console.exports import service
from console.web.problems import Problem
from contracts.records.exports import TITLES, ExportKind


async def auditor(person: SignedIn) -> StaffMember:
    """Return the caller if their role may export; refuse others."""
    service.auditors_only(person)
    return person


Auditor = Annotated[StaffMember, Depends(auditor)]
Plans = Annotated[tuple[str, ...], Query(max_length=100)]
router = APIRouter(tags=["exports"])
_ARCHIVE = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/api/exports")
async def list_exports(console: Services, _person: Auditor) -> list[dict[str, Any]]:
    """List the available files, with their columns and the certainty of each."""
    files = console.exports.files
    return [
        {
            "kind": kind.value,
            "title": TITLES[kind],
            "columns": [{"name": each.name, "certainty": each.certainty} for each in files.columns(kind)],
        }
        for kind in ExportKind
    ]


@router.get(
    "/api/exports/{kind}",
    response_class=Response,
    responses={200: {**_ARCHIVE, "description": "A ZIP archive: the CSV file, then manifest.json."}},
)
async def export_file(
    kind: ExportKind, console: Services, person: Auditor, first: str, last: str, plan: Plans = ()
) -> Response:
    """Give out a file of the decisions of a period, both days included; the export is recorded in the audit trail."""
    request, errors = service.read_request(console, kind.value, first, last, plan)
    if request is None:
        wrong = [{"field": name, "problem": words} for name, words in errors.items()]
        raise Problem(422, "not-as-described", "correct what `errors` names, and ask again", errors=wrong)
    return service.give_out(console, person, request)
