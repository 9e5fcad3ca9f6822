"""The letters due on an appeal as pages to print, and the notice of an extension drawn with the reason typed for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from adjudication.appeals.deadlines import decision_rule
from adjudication.letters.letter import Audience
from adjudication.people import StaffMember
from console.access.roles import ISSUING, acting_role
from console.access.session import Services
from console.appeals.access import no_such_appeal, seen_in
from console.letters.service import ISSUED, Digest, Language, Large, issuer, print_of, refuse_other
from console.letters.view import LettersView
from console.ports import Console
from console.sign_in.session import Viewer, ViewerSession
from console.web.page import page
from console.web.toasts import redirect
from contracts.records.appeal_queries import HeldAppeal
from letters.print_forms import Print
from letters.written import Acted

router = APIRouter(include_in_schema=False)

LONGEST_REASON: Final = 1_000


@router.get("/appeals/{appeal_id}/letters/{audience}")
async def show_letters(  # noqa: PLR0913, PLR0917 - one parameter a part of the address
    appeal_id: UUID,
    audience: Audience,
    request: Request,
    console: Services,
    viewer: Viewer,
    large: Large = "",
    language: Language = None,
) -> Response:
    """Show the letters due on an appeal, to print; the audit trail records first who opened them."""
    held = await _seen(console, str(appeal_id), viewer.person)
    view = await _view(console, viewer, held, audience, language=language)
    return page(request, "web/letters.html", replace(view, large=bool(large)))


@router.get("/appeals/{appeal_id}/letters/{letter_id}/{form}")
async def download_letter(appeal_id: UUID, letter_id: UUID, form: Print, console: Services, viewer: Viewer) -> Response:
    """Download an issued letter of an appeal as PDF; the audit trail records first who opened it."""
    held = await _seen(console, str(appeal_id), viewer.person)
    letter = await console.mail.queue.content(str(letter_id))
    mine = letter if letter is not None and letter.appeal_id == held.appeal_id else None
    return await print_of(console, mine, form, Acted(viewer.person.person_id, acting_role(viewer.roles)))


@router.post("/appeals/{appeal_id}/letters/{audience}/extension")
async def draw_extension(
    appeal_id: UUID,
    audience: Audience,
    request: Request,
    console: Services,
    viewer: Viewer,
    why: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    """Draw the notice of an extension with the reason typed; nothing is taken or sent."""
    held = await _seen(console, str(appeal_id), viewer.person)
    view = await _view(console, viewer, held, audience, why.strip())
    return page(request, "web/letters.html", view, status=200 if why.strip() else 422)


@router.post("/appeals/{appeal_id}/letters/{audience}/issue")
async def issue_letter(  # noqa: PLR0913, PLR0917 - one parameter a part of the request
    appeal_id: UUID,
    audience: Audience,
    request: Request,
    console: Services,
    viewer: Viewer,
    digest: Digest = "",
    why: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    """Issue the letter on the page; it is kept as it is, with the person who issued it."""
    await issue_of_appeal(console, viewer.person, str(appeal_id), audience, digest, why)
    return redirect(request, f"/appeals/{appeal_id}/letters/{audience.value}", ISSUED)


async def issue_of_appeal(
    console: Console, person: StaffMember, appeal_id: str, audience: Audience, digest: str, why_longer: str
) -> None:
    """Issue a letter due on an appeal by the hash of what they saw; the same for the page and the API."""
    by = issuer(person)
    held = await _seen(console, appeal_id, person)
    issued = await console.appeals.letters.issue(held.appeal_id, audience, digest, by, why_longer.strip())
    refuse_other(issued=issued)


async def _seen(console: Console, appeal_id: str, person: StaffMember) -> HeldAppeal:
    """Find an appeal for a person who may see it; the audit trail records the opening before anything is shown."""
    held = await console.appeals.reads.held(appeal_id)
    if held is None:
        raise no_such_appeal()
    roles = seen_in(held, person, console)
    await console.staff.viewed(held.claim.claim_id, person.person_id, acting_role(roles), console.now())
    return held


async def _view(
    console: Console,
    viewer: ViewerSession,
    held: HeldAppeal,
    audience: Audience,
    why: str | None = None,
    language: str | None = None,
) -> LettersView:
    rule = None if held.state is None else decision_rule(held.state)
    undecided = held.state is not None and held.state.undecided and not held.state.outside
    return LettersView(
        subject=f"Appeal {held.filed.appeal_reference}",
        address=f"/appeals/{held.appeal_id}",
        audience=audience,
        letters=await console.appeals.letters.due(held.appeal_id, audience, why or "", language),
        language=language,
        issuing=bool(viewer.roles & ISSUING),
        extendable=undecided and rule is not None and rule.extension is not None,
        why=why or "",
        error="" if why is None or why else "say why, in a sentence or more",
    )
