"""The pages of the staff list: people with their roles, proposals to change a record, and suspending a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData

from adjudication.people import Role
from adjudication.staff_changes import LONGEST_REASON, SHORTEST_REASON, VALID_FOR, Ruling
from console.access.roles import AUDITING, OVERSIGHT, acting_role
from console.access.session import Services
from console.people import forms
from console.people.api import RULINGS, RulingWord
from console.ports import Console
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem, problem_of
from console.web.toasts import Toast, redirect
from contracts.actions.people import PersonV1
from contracts.records.staff_list import StaffAct

router = APIRouter(prefix="/staff", include_in_schema=False)
Reader = Annotated[ViewerSession, Depends(needs(*AUDITING))]
Changer = Annotated[ViewerSession, Depends(needs(*OVERSIGHT))]

_SAID: Final[Mapping[Ruling, Toast]] = {
    Ruling.APPROVED: Toast("You approved. The change is on the staff list now."),
    Ruling.REFUSED: Toast("You refused the change. The record stays as it is.", "info"),
    Ruling.WITHDRAWN: Toast("You withdrew the proposal.", "info"),
}


@router.get("")
async def show_list(request: Request, console: Services, viewer: Reader) -> Response:
    """Show the staff, and the proposals that wait for a second person."""
    people = await console.staff_changes.people()
    by_id = {each.person_id: each for each in people}
    newest = await console.staff_changes.newest()
    waiting = [each for each in newest if each.change.ruling is None]
    view = {
        "people": people,
        "waiting": [(each, forms.differences(by_id.get(each.change.person_id), each.person)) for each in waiting],
        "ended": [each for each in newest if each.change.ruling is not None],
        "viewer": viewer.person_id,
        "changes": bool(viewer.roles & OVERSIGHT),
        "days": VALID_FOR.days,
        "today": console.now().date(),
    }
    return page(request, "people/list.html", view)


@router.get("/record")
async def show_record(request: Request, console: Services, viewer: Changer, person: str = "") -> Response:
    """Show the form of a person's record; without a person, an empty one for a new person."""
    found = await console.staff_changes.person(person) if person else None
    if person and found is None:
        raise Problem(404, "no-such-person", "no person on the staff list has this id; the list shows all ids")
    return page(request, "people/record.html", _form(viewer, found, forms.shown(found)))


@router.post("/changes")
async def propose(request: Request, console: Services, viewer: Changer) -> Response:
    """Propose a record; a second person approves it."""
    sent = await request.form()
    try:
        person = forms.person_of(sent)
        kept = await console.staff_changes.propose((person,), _act(console, viewer, sent))
        if not isinstance(kept, tuple):
            raise problem_of(kept)
    except Problem as problem:
        return await _again(request, console, viewer, sent, problem)
    words = (
        f"The change of {person.person_id} is proposed. A second person must approve it within {VALID_FOR.days} days."
    )
    return redirect(request, "/staff", Toast(words))


@router.post("/suspend")
async def suspend(request: Request, console: Services, viewer: Changer) -> Response:
    """Suspend a person at once."""
    sent = await request.form()
    person_id = str(sent.get("person_id") or "")
    refused = await console.staff_changes.suspend(person_id, _act(console, viewer, sent))
    if refused is not None:
        raise problem_of(refused)
    return redirect(request, "/staff", Toast(f"{person_id} is suspended and can do nothing here from now on."))


@router.post("/changes/{change_id}/{ruling}")
async def rule(request: Request, change_id: UUID, ruling: RulingWord, console: Services, viewer: Changer) -> Response:
    """Approve, refuse or withdraw a proposal."""
    ended = RULINGS[ruling]
    act = _act(console, viewer, await request.form())
    refused = await console.staff_changes.rule(str(change_id), ended, act)
    if refused is not None:
        raise problem_of(refused)
    return redirect(request, "/staff", _SAID[ended])


async def _again(
    request: Request, console: Console, viewer: ViewerSession, sent: FormData, problem: Problem
) -> Response:
    """Show the form again with its input and errors."""
    typed = forms.typed(sent)
    found = await console.staff_changes.person(typed["person_id"])
    return page(request, "people/record.html", _form(viewer, found, typed, problem.detail), status=problem.status)


def _form(viewer: ViewerSession, person: PersonV1 | None, typed: Mapping[str, Any], wrong: str = "") -> dict[str, Any]:
    own = person is not None and person.person_id == viewer.person_id
    return {
        "person": person,
        "typed": typed,
        "wrong": wrong,
        "own": own,
        "roles": [role.value for role in Role],
        "license_fields": forms.LICENSE_FIELDS,
        "shortest": SHORTEST_REASON,
        "longest": LONGEST_REASON,
    }


def _act(console: Console, viewer: ViewerSession, sent: FormData) -> StaffAct:
    return StaffAct(viewer.person, acting_role(viewer.roles & OVERSIGHT), _reason(sent), console.now())


def _reason(sent: FormData) -> str:
    return str(sent.get("reason") or "").strip()
