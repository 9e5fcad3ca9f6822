"""Shared by the page and the API of exports: reading the request, and returning the archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Final

from fastapi.responses import StreamingResponse

from adjudication.people import StaffMember
from console.access.roles import AUDITING
from console.exports.archive import archive, file_name, role_in
from console.ports import Console
from console.web.problems import Problem
from contracts.records.exports import ExportKind, ExportRequest
from contracts.scalars import read_day

LONGEST_DAYS: Final = 1100
"""Three years: the longest period of one file."""


def auditors_only(person: StaffMember) -> None:
    """Refuse people whose roles do not include exports."""
    if not person.roles & AUDITING:
        raise Problem(403, "role-may-not", f"exports are for: {', '.join(sorted(AUDITING))}")


def read_request(
    console: Console, kind: str, first: str, last: str, plans: Sequence[str]
) -> tuple[ExportRequest | None, dict[str, str]]:
    """Return the requested file, or None with the errors by field."""
    errors: dict[str, str] = {}
    days = {name: _day(text, name, errors) for name, text in (("first", first), ("last", last))}
    found = {each.value: each for each in ExportKind}.get(kind)
    if found is None:
        errors["kind"] = f"one of {', '.join(each.value for each in ExportKind)}"
    since, until = days["first"], days["last"]
    if since is not None and until is not None and not 0 <= (until - since).days <= LONGEST_DAYS:
        errors["last"] = "a day not before the first, and at most three years after it"
    unknown = [plan for plan in plans if plan not in console.reference.plans]
    if unknown:
        errors["plans"] = "names a plan that is not loaded; /policies and policies/payers/ list the plans"
    elif plans and found is ExportKind.REVIEWERS:
        errors["plans"] = "a file by reviewer has no plans; leave them out"
    if errors or found is None or since is None or until is None:
        return None, errors
    return ExportRequest(found, since, until, tuple(dict.fromkeys(plans))), {}


def give_out(console: Console, person: StaffMember, request: ExportRequest) -> StreamingResponse:
    """Return the archive as it is written; refuses a third file at the same time."""
    if console.exports.places.locked():
        words = "other files are being written; try again in a minute"
        raise Problem(429, "exports-busy", words, headers={"Retry-After": "60"})
    name = file_name(request).removesuffix(".csv")
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return StreamingResponse(_written(console, person, request), media_type="application/zip", headers=headers)


async def _written(console: Console, person: StaffMember, request: ExportRequest) -> AsyncIterator[bytes]:
    who = (person.person_id, role_in(person.roles))
    async with console.exports.places:
        async for part in archive(console.exports, request, who, console.now()):
            if part:
                yield part


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        return read_day(text)
    except ValueError:
        errors[name] = "a day, as 2025-11-03"
        return None
