"""The HTTP API of bulk retries. adjudication/review/bulk_retry.py decides which actions are allowed."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from adjudication.people import Refusal, StaffMember
from console.access.session import Services, SignedIn
from console.actions.service import KEY, action_id_of
from console.bulk_retries import service
from console.bulk_retries.models import (
    BulkRetriesResponse,
    BulkRetryResponse,
    DryRunResponse,
    RetriedClaimsResponse,
    bulk_retry_shown,
    claim_shown,
    dry_run_shown,
)
from console.web.problems import problem_of, read_body
from contracts.actions.bulk_retries import BulkRetryV1
from contracts.records.bulk_retries import NewBulkRetry
from contracts.scalars import Whole

_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BulkRetryV1"}}},
    }
}


async def retry_operator(person: SignedIn) -> StaffMember:
    """Return the caller if their role may handle bulk retries; refuse others."""
    service.releasers_only(person)
    return person


RetryOperator = Annotated[StaffMember, Depends(retry_operator)]
router = APIRouter(tags=["bulk retries"])


@router.post("/api/bulk-retries", openapi_extra=_BODY)
async def propose_release(
    request: Request,
    response: Response,
    console: Services,
    person: RetryOperator,
    key: Annotated[
        str | None, Header(alias=KEY, description="The id of the bulk retry, a UUID; sending it again changes nothing.")
    ] = None,
) -> DryRunResponse | BulkRetryResponse:
    """Show the size of a selection (`dry_run`), or propose a bulk retry of exactly those claims. A second person approves it."""
    sent = await read_body(request, BulkRetryV1)
    if sent.dry_run:
        found = await console.bulk_retries.store.dry_run(sent.selection.to_core(), console.now())
        if isinstance(found, Refusal):
            raise problem_of(found)
        return dry_run_shown(found, await console.bulk_retries.rehearsal.rehearse(found.to_rehearse, sent.mode))
    release_id = action_id_of(key)
    response.headers[KEY] = release_id
    new = NewBulkRetry(release_id, sent.selection, sent.mode, sent.per_second, sent.purpose)
    seen = await service.propose(console, person, new)
    response.status_code = 201
    return bulk_retry_shown(seen, console.bulk_retries.limits)


@router.get("/api/bulk-retries")
async def list_releases(console: Services, _person: RetryOperator) -> BulkRetriesResponse:
    """List the newest bulk retries."""
    newest = await console.bulk_retries.store.newest(console.now())
    return BulkRetriesResponse(releases=tuple(bulk_retry_shown(each, console.bulk_retries.limits) for each in newest))


@router.get("/api/bulk-retries/{release_id}")
async def read_release(release_id: UUID, console: Services, _person: RetryOperator) -> BulkRetryResponse:
    """Return a bulk retry and its progress."""
    return bulk_retry_shown(await service.read(console, str(release_id)), console.bulk_retries.limits)


@router.get("/api/bulk-retries/{release_id}/claims")
async def list_released_claims(
    release_id: UUID, console: Services, _person: RetryOperator, after: Annotated[Whole, Query(ge=0, le=2**31 - 1)] = 0
) -> RetriedClaimsResponse:
    """List the claims of a bulk retry in order, with their results."""
    await service.read(console, str(release_id))
    page = await console.bulk_retries.store.claims(str(release_id), after)
    return RetriedClaimsResponse(claims=tuple(claim_shown(each) for each in page.claims), next=page.after)


@router.post("/api/bulk-retries/{release_id}/approve")
async def approve_release(release_id: UUID, console: Services, person: RetryOperator) -> BulkRetryResponse:
    """Approve a proposal of another person; it starts at once. A repeated approval changes nothing."""
    return bulk_retry_shown(await service.approve(console, person, str(release_id)), console.bulk_retries.limits)


@router.post("/api/bulk-retries/{release_id}/{step}")
async def change_release(
    release_id: UUID, step: Literal["cancel", "pause", "go-on"], console: Services, person: RetryOperator
) -> BulkRetryResponse:
    """Cancel, pause or continue a bulk retry. Claims already signaled are still adjudicated again."""
    seen = await service.change(console, person, str(release_id), service.STEPS[step])
    return bulk_retry_shown(seen, console.bulk_retries.limits)
