"""The page of one proposal: the changes of adjudicating the claim again, and approving or leaving it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request, Response

from adjudication.readjudication.rules import Ground
from console.access.session import Services
from console.actions.service import action_id_of
from console.ports import Console
from console.reopenings import service
from console.reopenings.titles import TITLES
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import problem_of
from console.web.toasts import Toast, redirect
from contracts.actions.corrections import (
    ApproveCorrectionV1,
    CorrectionAction,
    LeaveDecisionV1,
    LookAgainV1,
)
from contracts.events.reopenings import SHORTEST_RATIONALE, WORDS, Reason
from contracts.records.readjudications import ProposalRecord
from contracts.scalars import Whole

router = APIRouter(prefix="/reopenings/proposals", include_in_schema=False)
Approver = Annotated[ViewerSession, Depends(needs(*service.APPROVERS))]

_LONGEST: Final = 2000
_RESULTS: Final = {
    "corrects": "Adjudicated again, the claim gets a different result.",
    "unchanged": "Adjudicated again, the claim gets the same result.",
    "waits": "Lines that a person would have to decide stay as they are; nothing else changes.",
    "under-appeal": "What would change is under appeal. It is left to the appeal, and proposed again when that ends.",
}
_KEPT: Final = {
    "": "changes",
    "same": "the same",
    "waits": "stays: today a person would have to decide it",
    "under-appeal": "stays: it is under appeal",
    "appeal-ruled": "stays: an appeal ruled on it",
}
_GROUNDS: Final = {
    Ground.ORDINARY: "For any reason",
    Ground.GOOD_CAUSE: "Good cause: new and material evidence, or an error on the face of the decision",
    Ground.FRAUD: "Fraud or similar fault",
}
_DONE: Final = {
    "approve": Toast("Your approval is recorded."),
    "leave": Toast("Closed; the decision stays as it is."),
    "again": Toast("The claim is adjudicated again; load the page in a few seconds.", "info"),
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One proposal, with the form's input if it was refused."""

    seen: ProposalRecord
    now: datetime
    key: str
    rationale: str = ""
    error: str = ""
    shortest: int = SHORTEST_RATIONALE
    longest: int = _LONGEST

    @property
    def title(self) -> str:
        """Return why the claim was reopened, in short."""
        return TITLES[Reason(self.seen.reason)]

    @property
    def words(self) -> str:
        """Return why the claim was reopened, in full."""
        return WORDS[Reason(self.seen.reason)]

    @property
    def result(self) -> str:
        """Return the result of adjudicating again."""
        return _RESULTS[self.seen.content["result"]]

    @property
    def kept(self) -> dict[str, str]:
        """Return the change of a line, in words."""
        return _KEPT

    @property
    def grounds(self) -> tuple[tuple[str, str], ...]:
        """Return the grounds on which it may be approved, each with its last day."""
        return tuple(
            (each["ground"], f"{_GROUNDS[Ground(each['ground'])]} ({_until(each['until'])})")
            for each in self.seen.content["until"]
        )

    @property
    def approvable(self) -> bool:
        """Return whether there is anything to approve."""
        return self.seen.closed is None and self.seen.content["result"] == "corrects"


def _until(day: str | None) -> str:
    return "at any time" if day is None else f"until {day}"


@router.get("/{readjudication_id}")
async def proposal_page(request: Request, readjudication_id: UUID, console: Services, viewer: Approver) -> Response:
    """Show a proposal."""
    found = await service.seen(console, viewer.person, str(readjudication_id))
    return page(request, "reopenings/proposal.html", ProposalView(found, console.now(), str(uuid4())))


@router.post("/{readjudication_id}/{action}")
async def act(  # noqa: PLR0913, PLR0917 - one parameter a field
    request: Request,
    readjudication_id: UUID,
    action: Literal["approve", "leave", "again"],
    console: Services,
    viewer: Approver,
    number: Annotated[Whole, Form(ge=0, le=100_000)] = 0,
    ground: Annotated[str, Form(max_length=40)] = Ground.ORDINARY.value,
    rationale: Annotated[str, Form()] = "",
    key: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Approve, keep the decision, or adjudicate again; a form without a reason is shown again with its input."""
    target = str(readjudication_id)
    typed = rationale.strip()
    if action != "again" and not SHORTEST_RATIONALE <= len(typed) <= _LONGEST:
        return await _back(request, console, viewer, target, rationale)
    sent = _sent(action, number, ground, typed)
    kept = await service.act_on_proposal(console, action_id_of(key or None), target, viewer.person, sent)
    if kept.refusal is not None:
        raise problem_of(kept.refusal)
    toast = _DONE[action] if kept.accepted else Toast("No worker answered yet; your action is kept.", "info")
    return redirect(request, "/reopenings" if action == "leave" else f"/reopenings/proposals/{target}", toast)


def _sent(action: str, number: int, ground: str, rationale: str) -> CorrectionAction:
    if action == "approve":
        chosen = Ground(ground) if ground in set(Ground) else Ground.ORDINARY
        return ApproveCorrectionV1(action="approve", number=max(number, 1), ground=chosen, rationale=rationale)
    if action == "leave":
        return LeaveDecisionV1(action="leave", rationale=rationale)
    return LookAgainV1(action="again")


async def _back(request: Request, console: Console, viewer: ViewerSession, target: str, rationale: str) -> Response:
    found = await service.seen(console, viewer.person, target)
    error = f"Say why, in {SHORTEST_RATIONALE} to {_LONGEST} characters."
    view = ProposalView(found, console.now(), str(uuid4()), rationale[:_LONGEST], error)
    return page(request, "reopenings/proposal.html", view, status=422)
