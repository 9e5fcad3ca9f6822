"""The pages of bulk retries: dry run, proposal, approval, progress, pause and cancel. The API has the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from adjudication.people import Refusal
from adjudication.review.bulk_retry import RELEASERS, Mode, Stage, refuse_proposal, refuse_selection
from console.access.session import Services
from console.bulk_retries import forms, service
from console.bulk_retries.view import MODES, NewView, list_view, release_view
from console.ports import Console
from console.sign_in.session import ViewerSession, needs
from console.web.page import is_htmx, page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from console.web.zones import Zones, zones_for
from contracts.actions.bulk_retries import SelectionV1
from contracts.records.bulk_retries import DryRun
from contracts.scalars import Whole

router = APIRouter(prefix="/bulk-retries", include_in_schema=False)
RetryOperator = Annotated[ViewerSession, Depends(needs(*RELEASERS))]

_FIELD_OF_REFUSAL: Final = {"purpose": "purpose", "rate": "per_second"}
_TOASTS: Final = {
    "cancel": Toast("The bulk retry is canceled. Claims already requested are still tried.", "info"),
    "pause": Toast("The bulk retry is paused. Operations or a supervisor can continue it.", "info"),
    "go-on": Toast("The bulk retry continues."),
}


@router.get("")
async def show_list(request: Request, console: Services, _viewer: RetryOperator) -> Response:
    """Show past and present bulk retries."""
    newest = await console.bulk_retries.store.newest(console.now())
    return page(request, "bulk_retries/list.html", list_view(newest))


@router.get("/new")
async def show_new(request: Request, console: Services, _viewer: RetryOperator) -> Response:
    """Show the filters and, once any reason is chosen, the number of claims that match."""
    if not request.query_params.getlist("code"):
        return page(request, "bulk_retries/new.html", await _new(console, zones_for(request), None))
    selection = forms.selection_of(request.query_params, zones_for(request))
    return page(request, "bulk_retries/new.html", await _new(console, zones_for(request), selection))


@router.post("")
async def propose(request: Request, console: Services, viewer: RetryOperator) -> Response:
    """Propose a bulk retry of the claims that match the filters now."""
    sent = await request.form()
    zones = zones_for(request)
    new = forms.release_of(sent, forms.selection_of(sent, zones))
    refusal = refuse_proposal(viewer.person, new.purpose, 1, new.per_second, console.bulk_retries.limits)
    if refusal is not None and refusal.code in _FIELD_OF_REFUSAL:
        typed = {"purpose": new.purpose, "per_second": str(new.per_second), "mode": new.mode.value}
        view = await _new(console, zones, new.selection, typed, {_FIELD_OF_REFUSAL[refusal.code]: refusal.words})
        return page(request, "bulk_retries/new.html", view, status=422)
    seen = await service.propose(console, viewer.person, new)
    words = (
        f"{seen.proposal.claims} claims are proposed for a bulk retry. A second person must approve it within a day."
    )
    return redirect(request, f"/bulk-retries/{seen.release_id}", Toast(words))


@router.get("/{release_id}")
async def show_one(
    request: Request,
    release_id: UUID,
    console: Services,
    viewer: RetryOperator,
    after: Annotated[Whole, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """Show a bulk retry; while it runs, the page updates its progress every two seconds."""
    seen = await service.read(console, str(release_id))
    if is_htmx(request) and seen.stage is not Stage.RUNNING:
        return Response(headers={"HX-Refresh": "true"})  # the actions open to the person have changed too
    claims = await console.bulk_retries.store.claims(str(release_id), after)
    again = forms.address_of(seen.selection, zones_for(request))
    view = release_view(seen, claims, viewer.person, console.now(), console.bulk_retries.limits, again)
    return page(request, "bulk_retries/release.html", view, fragment="progress")


@router.post("/{release_id}/approve")
async def approve(request: Request, release_id: UUID, console: Services, viewer: RetryOperator) -> Response:
    """Approve a proposal of another person."""
    seen = await service.approve(console, viewer.person, str(release_id))
    words = f"You approved. {seen.proposal.claims} claims will be tried again, {seen.per_second} per second."
    return redirect(request, f"/bulk-retries/{release_id}", Toast(words))


@router.post("/{release_id}/{step}")
async def change(
    request: Request,
    release_id: UUID,
    step: Literal["cancel", "pause", "go-on"],
    console: Services,
    viewer: RetryOperator,
) -> Response:
    """Cancel, pause or continue a bulk retry."""
    await service.change(console, viewer.person, str(release_id), service.STEPS[step])
    return redirect(request, f"/bulk-retries/{release_id}", _TOASTS[step])


async def _new(
    console: Console,
    zones: Zones,
    selection: SelectionV1 | None,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> NewView:
    found, wrong = await _found(console, selection)
    fields = () if selection is None else forms.fields_of(selection, zones)
    limits = console.bulk_retries.limits
    return NewView(
        reasons=forms.reasons(console.reference, await console.bulk_retries.store.waiting_by_code()),
        plans=forms.plans(console.reference),
        policies=forms.policies(console.reference),
        limits=limits,
        now=console.now(),
        key=str(uuid4()),
        modes=MODES,
        chosen={name: value for name, value in fields if name != "code"},
        codes=() if selection is None else selection.codes,
        hidden=fields,
        found=found,
        would=None if found is None else await console.bulk_retries.rehearsal.rehearse(found.to_rehearse, Mode.RESUME),
        large=found is not None
        and (found.claims > limits.supervisor_above_claims or found.billed > limits.supervisor_above_billed),
        typed=typed or {},
        problems={**(problems or {}), **wrong},
    )


async def _found(console: Console, selection: SelectionV1 | None) -> tuple[DryRun | None, dict[str, str]]:
    """Return the size of a selection, or the problem to show at the filters."""
    if selection is None:
        return None, {}
    asked = selection.to_core()
    refusal = refuse_selection(asked)
    answer = refusal or await console.bulk_retries.store.dry_run(asked, console.now())
    if isinstance(answer, Refusal):
        if answer.code not in ("dates", "too-many", "version-without-policy"):
            raise Problem(422, answer.code, answer.words)
        return None, {"filters": answer.words}
    return answer, {}
