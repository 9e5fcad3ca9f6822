"""The HTTP API of proposals to correct a decided claim: one proposal, and people's actions on it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from adjudication.model.vocabulary import ClaimId
from console.access.session import Services, SignedIn
from console.actions.service import KEY, ActionKey, ActionResponse, action_id_of, raise_refused
from console.reopenings import service
from console.web.problems import Problem, described_body, read_body
from contracts.actions.corrections import CORRECTION_ACTION
from contracts.actions.raised_reopenings import RaiseReopeningV1
from contracts.records.readjudications import ProposalRecord, RaisedRecord

router = APIRouter(tags=["reopenings"])
BODIES: Final = (RaiseReopeningV1,)
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CorrectionActionV1"}}},
    }
}


@router.get("/api/reopenings/{readjudication_id}")
async def read_proposal(readjudication_id: UUID, console: Services, person: SignedIn) -> dict[str, Any]:
    """Return the changes that adjudicating the claim again would make: lines before and after, money, rule and approvals."""
    _refuse_others(person.roles)
    return proposal_shown(await service.seen(console, person, str(readjudication_id)))


@router.post("/api/claims/{claim_id}/reopenings", status_code=201, openapi_extra=described_body(RaiseReopeningV1))
async def raise_reopening(
    claim_id: UUID, request: Request, response: Response, console: Services, person: SignedIn, key: ActionKey = None
) -> dict[str, Any]:
    """Reopen a decided claim: an error that you found, or an order. It is adjudicated again; another person approves the correction."""
    sent = await read_body(request, RaiseReopeningV1)
    action_id = action_id_of(key)
    response.headers[KEY] = action_id
    return raised_shown(await service.raise_reopening(console, action_id, ClaimId(str(claim_id)), person, sent))


@router.post("/api/reopenings/{readjudication_id}/actions", openapi_extra=_BODY)
async def act_on_proposal(
    readjudication_id: UUID,
    request: Request,
    response: Response,
    console: Services,
    person: SignedIn,
    key: ActionKey = None,
) -> ActionResponse:
    """Approve the proposal, leave the decision as it is, or have the claim adjudicated again."""
    _refuse_others(person.roles)
    sent = await read_body(request, CORRECTION_ACTION)
    action_id = action_id_of(key)
    kept = await service.act_on_proposal(console, action_id, str(readjudication_id), person, sent)
    response.headers[KEY] = action_id
    raise_refused(kept)
    return service.answer_of(kept)


def proposal_shown(found: ProposalRecord) -> dict[str, Any]:
    """Return a proposal as the API shows it."""
    return {
        "readjudication_id": found.readjudication_id,
        "claim_id": found.claim_id,
        "reason": found.reason,
        "cause": found.cause,
        "raised_at": found.raised_at.isoformat(),
        "number": found.number,
        "base_version": found.base_version,
        "made_at": found.made_at.isoformat(),
        **found.content,
        "approvals": list(found.approvals),
        "appeals": list(found.appeals),
        "closed": found.closed,
        "version": found.version,
        "raised": None if found.raised is None else raised_shown(found.raised),
    }


def raised_shown(found: RaisedRecord) -> dict[str, Any]:
    """Return what a person stated who raised a reopening, as the API shows it."""
    named = zip(found.lines, found.allowed, strict=True)
    fields = asdict(found)
    del fields["allowed"]
    return fields | {"lines": [{"line": line, "allowed": allowed} for line, allowed in named]}


def _refuse_others(roles: frozenset[Any]) -> None:
    if not roles & service.APPROVERS:
        named = ", ".join(sorted(role.value for role in service.APPROVERS))
        raise Problem(403, "not-your-role", f"corrections are looked into by: {named}")
