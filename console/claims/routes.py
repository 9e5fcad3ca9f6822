"""Claims by any of their ids, and everything about one on a page. Member data are hidden until opened, which is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from adjudication.letters.letter import Audience
from adjudication.model.vocabulary import ClaimId
from adjudication.people import StaffMember
from console.access.roles import ISSUING, OVERSIGHT, RAISING, acting_role, roles_to_read
from console.access.session import Services, SignedIn
from console.claims.lines import LineRendering, open_questions
from console.claims.view import Stored, claim_view, named_workflows
from console.documents.view import documents_view
from console.letters.service import ISSUED, Digest, Language, Large, issuer, print_of, refuse_other
from console.letters.view import LettersView
from console.ports import Console
from console.review.api import facts_shown
from console.review.policy_view import review_shown, rule_shown
from console.sign_in.break_glass import ClaimAccess, known, may_see, opened
from console.sign_in.session import Viewer
from console.web.page import page, page_of_lines
from console.web.problems import Problem
from console.web.toasts import redirect
from console.web.zones import zone_of
from console.worklist.models import ResponseModel
from contracts.records.claim_file import FoundClaim
from contracts.records.review_queries import WaitingClaim
from contracts.scalars import Whole
from letters.print_forms import Print
from letters.written import Acted

router = APIRouter(include_in_schema=False)

api = APIRouter(tags=["claims"])

LONGEST_KEY: Final = 200


class FoundClaimResponse(ResponseModel):
    """A claim that an id names, and which kind of id it is."""

    claim_id: str
    payer_claim_number: str
    matched: str


@router.get("/claims")
async def find_claims(
    request: Request, console: Services, viewer: Viewer, q: Annotated[str, Query(max_length=LONGEST_KEY)] = ""
) -> Response:
    """Find claims by an id: one leads to its page, several are listed, none explains which ids can be searched."""
    key = q.strip()
    found = await console.claims.files.find(key) if key else ()
    if len(found) == 1:
        return redirect(request, f"/claims/{found[0].claim_id}")
    shown = await _theirs(console, viewer.person, found)
    view = {"key": key, "claims": shown, "closed": len(found) - len(shown), "now": console.now()}
    return page(request, "claims/found.html", view)


@api.get("/api/claims")
async def claims_by_id(
    console: Services, person: SignedIn, q: Annotated[str, Query(min_length=1, max_length=LONGEST_KEY)]
) -> tuple[FoundClaimResponse, ...]:
    """Find the claims that an id names, among those you may see: any id, in capitals or not, with or without dashes."""
    shown = await _theirs(console, person, await console.claims.files.find(q.strip()))
    return tuple(
        FoundClaimResponse(claim_id=each.claim_id, payer_claim_number=each.payer_claim_number, matched=each.matched)
        for each in shown
    )


@router.get("/claims/{claim_id}")
async def show_claim(claim_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Show a claim with its member data hidden."""
    waiting = await known(console, ClaimId(str(claim_id)))
    access = await may_see(console, viewer.person, waiting)
    return await _page(request, console, waiting, access, open_member=False)


@router.post("/claims/{claim_id}/open")
async def open_claim(claim_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Show a claim with its member data. The view is recorded first."""
    waiting, access = await opened(console, viewer.person, ClaimId(str(claim_id)))
    return await _page(request, console, waiting, access, open_member=True)


@router.get("/claims/{claim_id}/workflows")
async def show_workflows(claim_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Show the workflows that carry a claim, as Temporal reports them now."""
    waiting = await known(console, ClaimId(str(claim_id)))
    await may_see(console, viewer.person, waiting)
    file = await console.claims.files.file(waiting)
    runs = await console.claims.workflows.runs(named_workflows(waiting.claim.claim_id, file))
    view = {"claim_id": str(claim_id), "control_number": waiting.claim.control_number, "runs": runs}
    return page(request, "claims/workflows.html", view, fragment="runs")


@router.get("/claims/{claim_id}/policy")
async def show_policy(claim_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Show the policy result of each line, the criteria of the deciding rule, and the facts that would change it.

    A criterion's answer may be a fact about the member's health, so the view is recorded first.
    """
    waiting, _ = await opened(console, viewer.person, ClaimId(str(claim_id)))
    found = await console.policies.reviews(waiting.claim.claim_id)

    def view() -> Mapping[str, object]:
        reviews = [review_shown(each, console.words, brief=True) for each in found]
        lines = [(review, open_questions(review)) for review in reviews if review.legs or review.note]
        return {"claim_id": str(claim_id), "control_number": waiting.claim.control_number, "lines": lines}

    return await page_of_lines(request, "claims/policy.html", view, fragment="policy")


@router.get("/claims/{claim_id}/letters/{audience}")
async def show_letters(  # noqa: PLR0913, PLR0917 - one parameter a part of the address
    claim_id: UUID,
    audience: Audience,
    request: Request,
    console: Services,
    viewer: Viewer,
    large: Large = "",
    language: Language = None,
) -> Response:
    """Show the letters due on a claim, to print. The view is recorded first."""
    waiting, _ = await opened(console, viewer.person, ClaimId(str(claim_id)))
    letters = await console.claims.letters.due(waiting.claim.claim_id, audience, language)
    issuing = bool(viewer.roles & ISSUING)
    subject, address = f"Claim {waiting.claim.control_number}", f"/claims/{claim_id}"
    view = LettersView(subject, address, audience, letters, issuing, large=bool(large), language=language)
    return page(request, "web/letters.html", view)


@router.get("/claims/{claim_id}/letters/{letter_id}/{form}")
async def download_letter(claim_id: UUID, letter_id: UUID, form: Print, console: Services, viewer: Viewer) -> Response:
    """Download an issued letter of a claim as PDF. The view is recorded first."""
    waiting, _ = await opened(console, viewer.person, ClaimId(str(claim_id)))
    letter = await console.mail.queue.content(str(letter_id))
    mine = letter if letter is not None and letter.claim_id == str(waiting.claim.claim_id) else None
    return await print_of(console, mine, form, Acted(viewer.person.person_id, acting_role(viewer.roles)))


@router.post("/claims/{claim_id}/letters/{audience}/issue")
async def issue_letter(
    claim_id: UUID, audience: Audience, request: Request, console: Services, viewer: Viewer, digest: Digest = ""
) -> Response:
    """Issue the letter as shown on the page. Its text is kept, and the issuer is recorded."""
    await issue_of_claim(console, viewer.person, ClaimId(str(claim_id)), audience, digest)
    return redirect(request, f"/claims/{claim_id}/letters/{audience.value}", ISSUED)


@router.get("/claims/{claim_id}/rule")
async def show_criteria(  # noqa: PLR0913, PLR0917 - a rule is named by three things
    request: Request,
    console: Services,
    viewer: Viewer,
    claim_id: UUID,
    line: Whole,
    leg: Annotated[str, Query(max_length=60)],
    rule: Annotated[str, Query(max_length=60)],
) -> Response:
    """Show the criteria of one rule that did not decide. The view is recorded first."""
    waiting, _ = await opened(console, viewer.person, ClaimId(str(claim_id)))
    shown = rule_shown(await console.policies.reviews(waiting.claim.claim_id, what_if=False), line, leg, rule)
    if shown is None:
        raise Problem(404, "no-such-rule", "no policy was asked this on that line; load the claim's page again")
    view = {"claim_id": str(claim_id), "control_number": waiting.claim.control_number, "rule": shown}
    return page(request, "claims/rule.html", view, fragment="rule")


async def issue_of_claim(
    console: Console, person: StaffMember, claim_id: ClaimId, audience: Audience, digest: str
) -> None:
    """Issue a letter due on a claim by the hash of what they saw; the same for the page and the API."""
    by = issuer(person)
    waiting, _ = await opened(console, person, claim_id)
    refuse_other(issued=await console.claims.letters.issue(waiting.claim.claim_id, audience, digest, by))


async def _theirs(console: Console, person: StaffMember, found: tuple[FoundClaim, ...]) -> list[FoundClaim]:
    """Return the claims that a person may see. Oversight sees all, without a check per claim."""
    if not found or (person.roles & OVERSIGHT and not person.conflicts):
        return list(found)
    claims = await console.claims.files.waiting([ClaimId(each.claim_id) for each in found])
    theirs = {str(each.claim.claim_id) for each in claims if roles_to_read(each, person, console.rules)}
    return [each for each in found if each.claim_id in theirs]


async def _page(
    request: Request, console: Console, waiting: WaitingClaim, access: ClaimAccess, *, open_member: bool
) -> Response:
    claim_id = waiting.claim.claim_id
    # Only if the member data are opened, because evaluating the policies is the slowest part.
    reviews = await console.policies.reviews(claim_id, what_if=False) if open_member else ()
    stored = Stored(
        waiting=waiting,
        file=await console.claims.files.file(waiting),
        letters=await console.dead_letters.queries.of_claim(claim_id),
        facts=facts_shown(reviews, console.words),
    )
    documents = await documents_view(console, waiting) if open_member else None
    rendering = LineRendering(console.reference, console.claims.words, open_member)

    def view() -> Mapping[str, object]:
        return {
            "claim": claim_view(stored, rendering, console.words.documents, console.now()),
            "documents": documents,
            "until": access.until,
            "overseer": bool(access.roles & OVERSIGHT),
            "works": not waiting.determined and access.works,
            "reopens": waiting.determined and bool(access.roles & RAISING),
            "now": console.now(),
            "zone": zone_of(console.reference, waiting.plans, waiting.claim.received_at),
            "address": f"/claims/{quote(claim_id)}",
        }

    return await page_of_lines(request, "claims/page.html", view)
