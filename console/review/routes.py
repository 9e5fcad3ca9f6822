"""The review screen: one case, everything to decide it by, and the actions open to the person."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from adjudication.model.vocabulary import ClaimId
from console.access.session import Services
from console.desk.mentions import mentioned
from console.ports import Console
from console.review.api import facts_shown
from console.review.forms import FormError, FormInput, read_form, typed_of
from console.review.opening import PassedOn, find, opened, record_opening
from console.review.policy_view import rule_shown
from console.review.preview import preview_view
from console.review.service import act_on_lines
from console.review.view import mark_of, review_view, rule_view
from console.sign_in.session import Viewer, ViewerSession
from console.web.page import page, page_of_lines
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from console.worklist.service import Held, WorklistRequest
from console.worklist.service import page as page_of
from contracts.records.desks import Comment
from contracts.scalars import Whole

router = APIRouter(include_in_schema=False)

_SCREEN: Final = "review/page.html"
_MISSING: Final = "Nothing was done yet. Correct the marked fields and send the form again."


@router.get("/review/next")
async def next_claim(request: Request, console: Services, viewer: Viewer) -> Response:
    """Redirect to the most urgent unassigned claim of the viewer's queues."""
    wanted = WorklistRequest(viewer.person, limit=1, held=Held.FREE)
    found, _ = await page_of(console, wanted, None)
    if not found:
        return redirect(request, "/worklist", Toast("nothing free waits for you now", "info"))
    return redirect(request, f"/review/{found[0].claim.claim_id}")


@router.get("/review/{claim_id}")
async def show_case(
    request: Request,
    console: Services,
    viewer: Viewer,
    claim_id: UUID,
    fact: Annotated[list[Annotated[str, Query(max_length=62)]] | None, Query(max_length=20)] = None,
) -> Response:
    """Open a case; the view is recorded before anything is shown."""
    return await _screen(request, console, viewer, ClaimId(str(claim_id)), extra=tuple(fact or ()))


@router.get("/review/{claim_id}/state")
async def has_changed(
    request: Request, console: Services, viewer: Viewer, claim_id: UUID, mark: Annotated[str, Query(max_length=4000)]
) -> Response:
    """Answer whether the case has changed since the page was loaded; show nothing else."""
    found = await find(console, ClaimId(str(claim_id)), viewer.person)
    if not isinstance(found, PassedOn) and mark_of(found) == mark:
        return Response(status_code=204)
    return page(request, "review/changed.html", {"claim_id": claim_id, "gone": isinstance(found, PassedOn)})


@router.get("/review/{claim_id}/rule")
async def show_rule(  # noqa: PLR0913, PLR0917 - a rule is named by three things
    request: Request,
    console: Services,
    viewer: Viewer,
    claim_id: UUID,
    line: Whole,
    leg: Annotated[str, Query(max_length=60)],
    rule: Annotated[str, Query(max_length=60)],
) -> Response:
    """Show the criteria of one rule that did not decide, with the evidence: opening it is recorded like the case."""
    found = await find(console, ClaimId(str(claim_id)), viewer.person)
    if isinstance(found, PassedOn):
        return _passed_on(request, found)
    await record_opening(console, found, viewer.person)
    reviews = await console.policies.reviews(found.claim.claim_id, what_if=False)
    shown = rule_shown(reviews, line, leg, rule)
    if shown is None:
        raise Problem(404, "no-such-rule", "no policy was asked this on that line; open the case again")
    view = rule_view(found, shown, facts_shown(reviews, console.words))
    return page(request, "review/rule.html", view, fragment="rule")


@router.post("/review/{claim_id}/preview")
async def preview(request: Request, console: Services, viewer: Viewer, claim_id: UUID) -> Response:
    """Show the effect of a decision before it is signed: the letters with their check-list, and the license."""
    typed = typed_of("decide", await request.form())
    try:
        sent = read_form(typed, console.reference.facts)
    except FormError as error:
        return await _again(request, console, viewer, claim_id, typed, error)
    found = await find(console, ClaimId(str(claim_id)), viewer.person)
    if isinstance(found, PassedOn):
        return _passed_on(request, found)
    read = await opened(console, found, viewer.person)
    view = await preview_view(console, read, viewer.person, typed, sent)
    return page(request, "review/preview.html", view)


@router.post("/review/{claim_id}/comments")
async def comment(
    request: Request,
    console: Services,
    viewer: Viewer,
    claim_id: UUID,
    words: Annotated[str, Form(max_length=4000)] = "",
    comment_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Store a comment for colleagues, and put it on the desks of those it mentions. It decides nothing."""
    found = await find(console, ClaimId(str(claim_id)), viewer.person)
    if isinstance(found, PassedOn):
        return _passed_on(request, found)
    if not words.strip() or comment_id is None:
        raise Problem(422, "comment", "write the comment first, then send it")
    said = Comment(str(comment_id), viewer.person_id, console.now(), words.strip().replace("\x00", ""))
    reached = await mentioned(console, found, said.words, viewer.person_id)
    await console.desks.say(found.claim.claim_id, said, reached)
    to = f"; {', '.join(sorted(reached))} will see it on their desk" if reached else ""
    return redirect(request, f"/review/{claim_id}#comments", Toast(f"the comment is kept{to}", "info"))


@router.post("/review/{claim_id}/draft")
async def edit_again(request: Request, console: Services, viewer: Viewer, claim_id: UUID) -> Response:
    """Go back from the preview to the screen with everything that was typed."""
    typed = typed_of("decide", await request.form())
    return await _screen(request, console, viewer, ClaimId(str(claim_id)), typed)


@router.post("/review/{claim_id}/actions/{action}")
async def do_action(request: Request, console: Services, viewer: Viewer, claim_id: UUID, action: str) -> Response:
    """Submit an action on the case; a refused form is shown again with the reason and its input."""
    typed = typed_of(action, await request.form())
    try:
        sent = read_form(typed, console.reference.facts)
    except FormError as error:
        return await _again(request, console, viewer, claim_id, typed, error)
    answer = await act_on_lines(console, ClaimId(str(claim_id)), viewer.person, sent)
    if isinstance(answer, Problem):
        return await _screen(request, console, viewer, ClaimId(str(claim_id)), typed, refused=answer)
    return redirect(request, f"/review/{claim_id}", Toast(answer))


async def _again(
    request: Request, console: Console, viewer: ViewerSession, claim_id: UUID, typed: FormInput, error: FormError
) -> Response:
    """Show the form again with the error next to each field."""
    wrong = FormInput(typed.action, typed.values, error.errors)
    refused = Problem(422, "incomplete", _MISSING)
    return await _screen(request, console, viewer, ClaimId(str(claim_id)), wrong, refused=refused)


async def _screen(  # noqa: PLR0913, PLR0917 - who asks, for which form, and the input
    request: Request,
    console: Console,
    viewer: ViewerSession,
    claim_id: ClaimId,
    typed: FormInput | None = None,
    refused: Problem | None = None,
    extra: tuple[str, ...] = (),
) -> HTMLResponse:
    """Show the screen, with the input and the reason of its refusal, if it was refused."""
    found = await find(console, claim_id, viewer.person)
    if isinstance(found, PassedOn):
        return _passed_on(request, found, typed, refused)
    read = await opened(console, found, viewer.person)
    problem = None if refused is None else (refused.code, refused.detail)
    answered = () if typed is None else tuple(n.removeprefix("fact:") for n in typed.values if n.startswith("fact:"))
    status = 200 if refused is None else refused.status
    view = partial(review_view, console, read, typed or FormInput(), problem, (*extra, *answered))
    return await page_of_lines(request, _SCREEN, view, status=status)


def _passed_on(
    request: Request, found: PassedOn, typed: FormInput | None = None, refused: Problem | None = None
) -> HTMLResponse:
    """Show that a case is decided or belongs to others, with the input for copying."""
    view = {"found": found, "typed": typed, "refused": refused}
    return page(request, "review/passed_on.html", view, status=200 if refused is None else refused.status)
