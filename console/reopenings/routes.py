"""The list of reopened claims, and closing one: a person's decision with its reason, audited.

Closing changes no decision on the claim: it records that a person looked, and the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from adjudication.model.vocabulary import ClaimId
from adjudication.people import LEAVING_ORDERS
from console.access.roles import REOPENING, acting_role
from console.access.session import Services
from console.reopenings.titles import TITLES
from console.sign_in.break_glass import known, refuse_conflict
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from contracts.events.reopenings import BY_PEOPLE, SHORTEST_RATIONALE, WORDS, Closing, Outcome, Reason, Reopening
from contracts.records.readjudications import ProposalRecord, RaisedRecord

router = APIRouter(prefix="/reopenings", include_in_schema=False)
Reopener = Annotated[ViewerSession, Depends(needs(*REOPENING))]

_SHOWN: Final = 200
_LONGEST: Final = 2000
_OUTCOMES: Final = (
    ("", "Choose"),
    (Outcome.REOPENED_ELSEWHERE.value, "Reopened elsewhere"),
    (Outcome.LEFT_AS_IS.value, "Left as it is"),
)


@dataclass(frozen=True, slots=True)
class FormInput:
    """A form of the list as it was sent; empty before that."""

    claim_id: str = ""
    reason: str = ""
    cause: str = ""
    outcome: str = ""
    rationale: str = ""
    error: str = ""

    def about(self, row: Reopening) -> bool:
        """Return whether it was sent about a row."""
        return (self.claim_id, self.reason, self.cause) == (row.claim_id, row.reason.value, row.cause)


@dataclass(frozen=True, slots=True)
class ReopeningsPage:
    """The list."""

    rows: tuple[Reopening, ...]
    more: bool
    typed: FormInput
    now: datetime
    proposals: Mapping[tuple[str, str, str], ProposalRecord]
    stated: Mapping[tuple[str, str, str], RaisedRecord]
    titles = TITLES
    words = WORDS
    outcomes = _OUTCOMES

    def proposal(self, row: Reopening) -> ProposalRecord | None:
        """Return the changes that adjudicating the claim of a row again would make; None before the first try."""
        return self.proposals.get((row.claim_id, row.reason.value, row.cause))

    def raised(self, row: Reopening) -> RaisedRecord | None:
        """Return what a person stated who raised it."""
        return self.stated.get((row.claim_id, row.reason.value, row.cause))

    shortest = SHORTEST_RATIONALE
    longest = _LONGEST


@router.get("")
async def reopenings_page(request: Request, console: Services, _: Reopener) -> Response:
    """List the open ones, the newest first."""
    return page(request, "reopenings/list.html", await _view(console, FormInput()))


@router.post("/{claim_id}/close")
async def close_reopening(  # noqa: PLR0913, PLR0917 - one parameter a field
    request: Request,
    console: Services,
    viewer: Reopener,
    claim_id: UUID,
    reason: Annotated[str, Form(max_length=40)] = "",
    cause: Annotated[str, Form(max_length=200)] = "",
    outcome: Annotated[str, Form(max_length=40)] = "",
    rationale: Annotated[str, Form()] = "",
) -> Response:
    """Record the result of a reopening; an incomplete form is shown again with its input."""
    typed = FormInput(str(claim_id), reason, cause, outcome, rationale[:_LONGEST], _wrong(outcome, rationale))
    if reason not in set(Reason):
        raise _not_there()
    waiting = await known(console, ClaimId(str(claim_id)))
    refuse_conflict(waiting, viewer.person)
    if reason == Reason.BINDING_ORDER and not viewer.roles & LEAVING_ORDERS:
        named = ", ".join(sorted(LEAVING_ORDERS))
        raise Problem(403, "role-may-not", f"an order is carried out; only these roles close it without that: {named}")
    if typed.error:
        return page(request, "reopenings/list.html", await _view(console, typed), status=422)
    closing = Closing(
        claim_id=waiting.claim.claim_id,
        reason=Reason(reason),
        cause=cause,
        outcome=Outcome(outcome),
        rationale=rationale.strip(),
        closed_by=viewer.person_id,
        role=acting_role(viewer.roles & REOPENING),
        closed_at=console.now(),
    )
    if not await console.reopenings.close(closing):
        raise _not_there()
    return redirect(request, "/reopenings", Toast("Closed; your reason is in the claim's trail."))


def _wrong(outcome: str, rationale: str) -> str:
    if outcome not in BY_PEOPLE:
        return "Say what became of it."
    if not SHORTEST_RATIONALE <= len(rationale.strip()) <= _LONGEST:
        return f"Say why, in {SHORTEST_RATIONALE} to {_LONGEST} characters."
    return ""


def _not_there() -> Problem:
    return Problem(409, "not-open", "this is closed already, or it was never raised; load the list again")


async def _view(console: Services, typed: FormInput) -> ReopeningsPage:
    found = await console.reads.reopenings(_SHOWN + 1)
    proposals = await console.corrections.reads.of(found[:_SHOWN])
    stated = await console.corrections.reads.raised_of(found[:_SHOWN])
    return ReopeningsPage(found[:_SHOWN], len(found) > _SHOWN, typed, console.now(), proposals, stated)
