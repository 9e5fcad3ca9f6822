"""The page on which a person reopens a decided claim: an error that they found, or an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from adjudication.model.determination import Disposition
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.raised import Authority
from console.access.roles import RAISING
from console.access.session import Services
from console.actions.service import action_id_of
from console.ports import Console
from console.reopenings import service
from console.reopenings.titles import TITLES
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem, invalid
from console.web.toasts import Toast, redirect
from contracts.actions.raised_reopenings import RaiseReopeningV1
from contracts.events.reopenings import BY_A_PERSON, SHORTEST_RATIONALE

router = APIRouter(prefix="/claims", include_in_schema=False)
Raiser = Annotated[ViewerSession, Depends(needs(*RAISING))]

_LONGEST: Final = 2000
_ORDER: Final = {"authority": "authority", "number": "order_number", "dated": "dated", "effect_by": "effect_by"}
"""The field of the form for each field of the order."""


@dataclass(frozen=True, slots=True)
class DecidedLineView:
    """A decided line as the form lists it."""

    line: int
    code: str
    disposition: str
    label: str
    denied: bool


@dataclass(frozen=True, slots=True)
class RaiseView:
    """The form. `reasons`: those that a role of the viewer may raise; `typed`: its content, if it came back."""

    claim_id: str
    lines: tuple[DecidedLineView, ...]
    reasons: tuple[tuple[str, str], ...]
    key: str
    typed: dict[str, str]
    error: str = ""
    authorities: tuple[tuple[str, str], ...] = (
        ("", "No order"),
        *((each.value, each.value.replace("-", " ")) for each in Authority),
    )
    shortest: int = SHORTEST_RATIONALE
    longest: int = _LONGEST


@router.get("/{claim_id}/reopen")
async def raise_page(request: Request, claim_id: UUID, console: Services, viewer: Raiser) -> Response:
    """Show the decided lines, and the form."""
    await service.reopenable(console, ClaimId(str(claim_id)), viewer.person)
    return page(request, "reopenings/raise.html", await _view(console, viewer, str(claim_id), {}))


@router.post("/{claim_id}/reopen")
async def raise_reopening(request: Request, claim_id: UUID, console: Services, viewer: Raiser) -> Response:
    """Reopen the claim; a form with an error is shown again with its input."""
    sent = await request.form()
    typed = {name: value.strip() for name, value in sent.items() if isinstance(value, str)}
    await service.reopenable(console, ClaimId(str(claim_id)), viewer.person)
    try:
        read = RaiseReopeningV1.model_validate(_fields(sent, typed))
    except ValidationError as error:
        view = await _view(console, viewer, str(claim_id), typed, invalid(error).detail)
        return page(request, "reopenings/raise.html", view, status=422)
    key = action_id_of(typed.get("key") or None)
    await service.raise_reopening(console, key, ClaimId(str(claim_id)), viewer.person, read)
    toast = Toast("Reopened. The claim is adjudicated again within seconds; another person approves a correction.")
    return redirect(request, f"/claims/{claim_id}", toast)


def _fields(sent: FormData, typed: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"reason": typed.get("reason", ""), "rationale": typed.get("rationale", "")}
    named = [value for value in sent.getlist("lines") if isinstance(value, str)]
    fields["lines"] = tuple({"line": line, "allowed": typed.get(f"allowed-{line}") or None} for line in named)
    if any(typed.get(name) for name in _ORDER.values()):
        fields["order"] = {name: typed.get(field) or None for name, field in _ORDER.items()}
    return fields


async def _view(
    console: Console, viewer: ViewerSession, claim_id: str, typed: dict[str, str], error: str = ""
) -> RaiseView:
    before = await console.corrections.raising.decided(ClaimId(claim_id))
    if before is None:
        raise Problem(
            409, "not-decided", "this claim is not decided, or was replaced or voided; nothing can be reopened"
        )
    outcomes = console.reference.outcomes
    lines = tuple(
        DecidedLineView(
            line.line,
            line.code,
            line.disposition.value,
            outcomes[line.reason].label if line.reason in outcomes else line.reason,
            line.disposition is Disposition.DENIED,
        )
        for line in before.lines
    )
    rules = console.reference.reopening.raising
    reasons = tuple((each.value, TITLES[each]) for each in BY_A_PERSON if rules[each].roles & viewer.roles)
    return RaiseView(claim_id, lines, reasons, str(uuid4()), typed, error)
