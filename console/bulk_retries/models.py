"""Bulk retries on the wire. Amounts are decimal strings in US dollars, times ISO 8601 in UTC."""

from __future__ import annotations

from pydantic import Field

from adjudication.review.bulk_retry import BulkRetryLimits, Mode, Stage, needs_supervisor
from console.worklist.models import ResponseModel
from contracts.actions.bulk_retries import SelectionV1
from contracts.records.bulk_retries import BulkRetryRecord, DryRun, Rehearsed, RetriedClaim
from contracts.scalars import Moment, PlainDecimal


class ShareResponse(ResponseModel):
    """The claims that share a plan or a reason: their number and their billed charges."""

    name: str
    claims: int
    billed: PlainDecimal


class ChosenResponse(ResponseModel):
    """One claim that would be retried."""

    claim_id: str
    billed: PlainDecimal
    received_at: Moment
    due_at: Moment
    codes: tuple[str, ...]
    plans: tuple[str, ...]


class RehearsedResponse(ResponseModel):
    """The results of trying some of the claims now. Nothing was stored; `waits` counts by pend code."""

    tried: int
    pays: int
    payable: PlainDecimal
    denies: int
    waits: dict[str, int]


class DryRunResponse(ResponseModel):
    """The present size of a selection. Assigned claims are counted in `held` and left out unless the selection includes them.

    `would`: the results of a dry run with up to 50 of them, evenly spread.
    """

    claims: int
    billed: PlainDecimal
    held: int
    oldest_received_at: Moment | None
    first_due_at: Moment | None
    by_plan: tuple[ShareResponse, ...]
    by_code: tuple[ShareResponse, ...]
    sample: tuple[ChosenResponse, ...]
    would: RehearsedResponse


class BulkRetryResponse(ResponseModel):
    """A bulk retry and the results of its claims. `settled` of `claims` are done: tried, or skipped with a reason."""

    release_id: str
    selection: SelectionV1
    mode: Mode
    per_second: int
    purpose: str
    stage: Stage
    claims: int
    billed: PlainDecimal
    proposed_by: str
    proposed_at: Moment
    needs_supervisor: bool
    approved_by: str | None
    approved_at: Moment | None
    ended_by: str | None
    ended_at: Moment | None
    paused_because: str | None
    settled: int
    asked: int
    tried: int
    decided: int
    waiting: int = Field(description="Tried, and waiting for a person or an event again.")
    failed: int = Field(description="Tried, and a step failed; they wait for operations.")
    payable: PlainDecimal
    skipped: dict[str, int]


class BulkRetriesResponse(ResponseModel):
    """The newest bulk retries, newest first."""

    releases: tuple[BulkRetryResponse, ...]


class RetriedClaimResponse(ResponseModel):
    """One claim of a bulk retry. `result`: decided, waits (pended again) or failed; `skipped`: why it was not signaled."""

    claim_id: str
    billed: PlainDecimal
    asked_at: Moment | None
    tried_at: Moment | None
    round: int | None
    result: str | None
    skipped: str | None


class RetriedClaimsResponse(ResponseModel):
    """A page of a bulk retry's claims; send `next` as `after` for the next page."""

    claims: tuple[RetriedClaimResponse, ...]
    next: int | None


def dry_run_shown(found: DryRun, would: Rehearsed) -> DryRunResponse:
    """Show the size of a selection, and the results of trying some of its claims."""
    return DryRunResponse(
        claims=found.claims,
        billed=found.billed,
        held=found.held,
        oldest_received_at=found.oldest_received_at,
        first_due_at=found.first_due_at,
        by_plan=tuple(ShareResponse(name=s.name, claims=s.claims, billed=s.billed) for s in found.by_plan),
        by_code=tuple(ShareResponse(name=s.name, claims=s.claims, billed=s.billed) for s in found.by_code),
        sample=tuple(
            ChosenResponse(
                claim_id=one.claim_id,
                billed=one.billed,
                received_at=one.received_at,
                due_at=one.due_at,
                codes=one.codes,
                plans=one.plans,
            )
            for one in found.sample
        ),
        would=RehearsedResponse(
            tried=would.tried, pays=would.pays, payable=would.paid, denies=would.denies, waits=dict(would.waits)
        ),
    )


def bulk_retry_shown(seen: BulkRetryRecord, limits: BulkRetryLimits) -> BulkRetryResponse:
    """Return a bulk retry as the API shows it."""
    counts, proposal = seen.counts, seen.proposal
    return BulkRetryResponse(
        release_id=seen.release_id,
        selection=seen.selection,
        mode=seen.mode,
        per_second=seen.per_second,
        purpose=seen.purpose,
        stage=seen.stage,
        claims=proposal.claims,
        billed=proposal.billed,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        needs_supervisor=needs_supervisor(proposal, limits),
        approved_by=seen.approved_by,
        approved_at=seen.approved_at,
        ended_by=seen.ended_by,
        ended_at=seen.ended_at,
        paused_because=seen.paused_because,
        settled=counts.settled,
        asked=counts.asked,
        tried=counts.tried,
        decided=counts.decided,
        waiting=counts.waiting,
        failed=counts.failed,
        payable=counts.paid,
        skipped=dict(counts.skipped),
    )


def claim_shown(claim: RetriedClaim) -> RetriedClaimResponse:
    """Show the result of a claim."""
    return RetriedClaimResponse(
        claim_id=claim.claim_id,
        billed=claim.billed,
        asked_at=claim.asked_at,
        tried_at=claim.tried_at,
        round=claim.round,
        result=claim.result,
        skipped=claim.skipped,
    )
