"""The pages of appeals: the list, one appeal, and its actions as forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Role
from console.access.roles import OVERSIGHT, acting_role
from console.access.session import Services
from console.actions.service import action_id_of
from console.appeals import forms, service
from console.appeals.access import no_such_appeal, seen_in
from console.appeals.detail_view import case_shown
from console.appeals.forms import FieldView, FormView
from console.appeals.list import AppealListRequest, list_page
from console.appeals.models import AppealCaseResponse, AppealPage
from console.documents.view import DocumentsView, documents_view
from console.ports import Console
from console.reopenings.titles import TITLES
from console.review.api import facts_shown
from console.review.models import FactResponse, ReviewResponse
from console.review.policy_view import review_shown
from console.review.view import facts_by_name
from console.sign_in.break_glass import known
from console.sign_in.session import Viewer, ViewerSession
from console.web.page import page
from console.web.problems import Problem, problem_of
from console.web.toasts import Toast, redirect
from contracts.actions.appeal_messages import DecideAppealV1
from contracts.actions.appeals import APPEAL_ACTIONS
from contracts.events.reopenings import Reason
from contracts.records.appeal_queries import OpenedAppeal
from contracts.records.readjudications import ProposalRecord
from contracts.scalars import read_whole
from letters.written import WrittenLetter

router = APIRouter(include_in_schema=False)

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ListView:
    """The list, with its filters as they are in the address."""

    page: AppealPage
    wanted: AppealListRequest
    now: datetime
    roles: tuple[Choice, ...]
    levels: tuple[Choice, ...]
    plans: tuple[Choice, ...]
    filtered: bool
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One opened appeal, and the actions open to this person."""

    case: AppealCaseResponse
    now: datetime
    forms: tuple[FormView, ...]
    closed_to_you: tuple[Choice, ...]
    reviews: tuple[ReviewResponse, ...]
    facts: Mapping[str, tuple[FactResponse, ...]]
    rules_at: str = ""
    proposals: tuple[ProposalRecord, ...] = ()
    documents: DocumentsView | None = None

    def open(self, _action: str) -> bool:
        """Always false: facts cannot be recorded on this page."""
        return False

    @property
    def titles(self) -> dict[Reason, str]:
        """Return the reasons of reopenings in short."""
        return TITLES

    @property
    def zone(self) -> str | None:
        """Return the plan's legal zone."""
        return self.case.time_zone


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A decision before it is made: the input, and the letters it would send."""

    case: AppealCaseResponse
    now: datetime
    action_id: str
    fields: tuple[FieldView, ...]
    typed: tuple[Choice, ...]
    letters: tuple[WrittenLetter, ...]

    @property
    def zone(self) -> str | None:
        """Return the plan's legal zone."""
        return self.case.time_zone

    @property
    def said(self) -> tuple[Choice, ...]:
        """Return the input, each field with its label, choices in their words."""
        labels = {each.name: (each.label, dict(each.options)) for each in self.fields}
        return tuple((labels[name][0], labels[name][1].get(value, value)) for name, value in self.typed)


@router.get("/appeals")
async def appeals_page(  # noqa: PLR0913, PLR0917 - one parameter a filter
    request: Request,
    console: Services,
    viewer: Viewer,
    role: Annotated[str, Query(max_length=40)] = "",
    level: Annotated[str, Query(max_length=61)] = "",
    plan: Annotated[str, Query(max_length=50)] = "",
    within: Annotated[str, Query(max_length=6)] = "",
    status: Literal["open", "closed", "all"] = "open",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """List the appeals that one's roles work on, the most urgent first."""
    wanted = AppealListRequest(
        role=Role(role) if role in set(Role) else None,
        level=level or None,
        plan=plan or None,
        within_hours=read_whole(within),
        status=status,
        cursor=cursor,
    )
    found = await list_page(console, viewer.person, wanted)
    return page(request, "appeals/list.html", _list_view(console, viewer, wanted, found), fragment="main")


@router.get("/appeals/{appeal_id}")
async def appeal_page(appeal_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Open an appeal, on record."""
    case = await _shown(console, await _found(console, str(appeal_id)), viewer)
    proposals = await console.corrections.reads.open_of(case.appeal.claim_id)
    waiting = await known(console, ClaimId(case.appeal.claim_id))
    documents = await documents_view(console, waiting, f"/appeals/{appeal_id}")
    view = replace(await _case_view(console, case), proposals=proposals, documents=documents)
    return page(request, "appeals/appeal.html", view)


@router.post("/appeals/{appeal_id}/actions/{action}")
async def act(appeal_id: UUID, action: str, request: Request, console: Services, viewer: Viewer) -> Response:
    """Submit an action on an appeal; a refused form is shown again with its input."""
    if action not in forms.FORMS:
        raise Problem(404, "no-such-action", "there is no such action on an appeal")
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    opened = await _found(console, str(appeal_id))
    case = await _shown(console, opened, viewer)
    action_id = action_id_of(typed.get("action_id"))
    asked = forms.form_of(action, case, action_id)
    sent = forms.read(action, case, typed)
    if isinstance(sent, dict):
        named = {name: words for name, words in sent.items() if name}
        error = sent.get("", "Something is missing; see the fields below.")
        return await _again(request, console, case, forms.refilled(asked, typed, error, named), 422)
    kept = await service.act_on_appeal(console, action_id, str(appeal_id), viewer.person, sent)
    if kept.refusal is not None:
        refused = forms.refilled(forms.form_of(action, case), typed, kept.refusal.words)
        return await _again(request, console, case, refused, problem_of(kept.refusal).status)
    words = service.answer_of(kept).words
    return redirect(request, f"/appeals/{appeal_id}", Toast(f"{words[:1].upper()}{words[1:]}."))


@router.post("/appeals/{appeal_id}/preview")
async def preview(appeal_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Show the letters that a decision would send, before it is made; `change` returns to the form with its input."""
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    case = await _shown(console, await _found(console, str(appeal_id)), viewer)
    asked, sent = forms.form_of("decide", case, typed.get("action_id")), forms.read("decide", case, typed)
    if "change" in typed:
        return await _again(request, console, case, forms.refilled(asked, typed, ""), 200)
    if isinstance(sent, dict):
        named = {name: words for name, words in sent.items() if name}
        error = sent.get("", "Something is missing; see the fields below.")
        return await _again(request, console, case, forms.refilled(asked, typed, error, named), 422)
    if not isinstance(sent, DecideAppealV1):
        raise Problem(404, "no-such-action", "only a decision is previewed")
    letters = await console.appeals.letters.foreseen(str(appeal_id), viewer.person, sent)
    if isinstance(letters, str):
        return await _again(request, console, case, forms.refilled(asked, typed, letters), 409)
    kept = tuple((each.name, typed[each.name]) for each in asked.fields if typed.get(each.name))
    view = PreviewView(case, console.now(), asked.action_id, asked.fields, kept, letters)
    return page(request, "appeals/preview.html", view)


async def _found(console: Console, appeal_id: str) -> OpenedAppeal:
    opened = await console.appeals.reads.opened(appeal_id)
    if opened is None:
        raise no_such_appeal()
    return opened


async def _shown(console: Console, opened: OpenedAppeal, viewer: ViewerSession) -> AppealCaseResponse:
    """Open an appeal for a person who may see it; the audit trail records that before anything is shown."""
    roles = seen_in(opened.held, viewer.person, console)
    await console.staff.viewed(opened.held.claim.claim_id, viewer.person_id, acting_role(roles), console.now())
    return case_shown(console, opened, viewer.person, roles)


async def _again(
    request: Request, console: Console, case: AppealCaseResponse, failed: FormView, status: int
) -> Response:
    view = await _case_view(console, case, failed)
    return page(request, "appeals/appeal.html", view, status=status)


async def _case_view(console: Console, case: AppealCaseResponse, failed: FormView | None = None) -> CaseView:
    offered = [each for each in forms.forms_of(case) if failed is None or each.action != failed.action]
    closed = tuple((APPEAL_ACTIONS[o.action].title, o.why_not) for o in case.offers if o.why_not is not None)
    shown = offered if failed is None else [failed, *offered]
    found = await console.policies.reviews(ClaimId(case.appeal.claim_id), what_if=False)
    appealed = {line.line for line in case.lines if line.appealed}
    reviews = tuple(review_shown(each, console.words, brief=True) for each in found if each.line in appealed)
    facts = facts_by_name(facts_shown(found, console.words))
    return CaseView(case, console.now(), tuple(shown), closed, reviews, facts)


def _list_view(console: Console, viewer: ViewerSession, wanted: AppealListRequest, found: AppealPage) -> ListView:
    sees = set(Role) if viewer.roles & OVERSIGHT else viewer.roles
    paths = console.reference.appeals.paths
    levels = sorted({level.name for path in paths for level in path.levels})
    chosen = {
        "role": wanted.role or "",
        "level": wanted.level or "",
        "plan": wanted.plan or "",
        "within": "" if wanted.within_hours is None else str(wanted.within_hours),
        "status": "" if wanted.status == "open" else wanted.status,
    }
    asked = {name: value for name, value in chosen.items() if value}
    return ListView(
        page=found,
        wanted=wanted,
        now=console.now(),
        roles=(("", "All of mine"), *((role.value, role.value) for role in sorted(sees))),
        levels=(("", "Every level"), *((name, name) for name in levels)),
        plans=(("", "Every plan"), *((name, name) for name in sorted(console.reference.plans))),
        filtered=bool(asked),
        next_url=None if found.next is None else f"/appeals?{urlencode({**asked, 'cursor': found.next})}",
        first_url=None if wanted.cursor is None else f"/appeals?{urlencode(asked)}",
    )
