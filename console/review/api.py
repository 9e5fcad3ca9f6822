"""The HTTP API of one claim in review: open its case, act on it, read the answer to an action."""

from __future__ import annotations

from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import ClaimId
from adjudication.people import Role, StaffMember
from console.access.roles import OVERSIGHT, acting_role, refused_view, roles_to_read
from console.access.session import Services, SignedIn
from console.actions.service import KEY, ActionKey, ActionResponse, action_id_of, raise_refused
from console.ports import Console, Words
from console.review.hold_view import held_shown
from console.review.models import CaseResponse, DoneResponse, FactResponse, MemberResponse, StatedResponse
from console.review.policy_reviews import PolicyReview
from console.review.policy_view import review_shown
from console.review.service import act_on_claim, answer_of, no_such_claim
from console.web.problems import Problem, problem_of, read_body
from console.worklist.task_view import task_shown
from contracts.actions.review import REVIEW_ACTION
from contracts.events.determinations import FindingV1
from contracts.records.decision_json import finding_json
from contracts.records.review_queries import Recorded, WaitingClaim

router = APIRouter()


@router.get("/api/tasks/{claim_id}", tags=["tasks"])
async def open_case(claim_id: UUID, console: Services, person: SignedIn) -> CaseResponse:
    """Open a case: everything needed to decide it, member data included. That you opened it is recorded."""
    waiting, roles = await seen(console, ClaimId(str(claim_id)), person)
    await console.staff.viewed(waiting.claim.claim_id, person.person_id, acting_role(roles), console.now())
    return await case_shown(console, waiting, roles)


@router.post(
    "/api/tasks/{claim_id}/actions",
    tags=["actions"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReviewActionV1"}}},
        }
    },
)
async def act(
    claim_id: UUID,
    request: Request,
    response: Response,
    console: Services,
    person: SignedIn,
    key: ActionKey = None,
) -> ActionResponse:
    """Act on a pended claim. A refusal is a problem with the words for the reviewer."""
    action_id = action_id_of(key)
    response.headers[KEY] = action_id
    sent = await read_body(request, REVIEW_ACTION)
    kept = await act_on_claim(console, action_id, ClaimId(str(claim_id)), person, sent)
    raise_refused(kept)
    return answer_of(kept)


@router.get("/api/actions/{action_id}", tags=["actions"])
async def read_action(action_id: UUID, console: Services, person: SignedIn) -> ActionResponse:
    """Return the answer to one of your actions; a refusal is an answer here, not a problem."""
    found = await console.reads.action(str(action_id))
    if found is None or (found.person_id != person.person_id and not person.roles & OVERSIGHT):
        raise Problem(404, "no-such-action", "you submitted no action with this id")
    return answer_of(found)


async def seen(console: Console, claim_id: ClaimId, person: StaffMember) -> tuple[WaitingClaim, frozenset[Role]]:
    """Return a claim and the roles a person may read it in; refuses other people."""
    waiting = await console.reads.case(claim_id)
    if waiting is None:
        raise no_such_claim()
    roles = roles_to_read(waiting, person, console.rules)
    if not roles:
        raise problem_of(refused_view(waiting, person))
    return waiting, roles


async def case_shown(
    console: Console, waiting: WaitingClaim, roles: frozenset[Role], *, brief: bool = False
) -> CaseResponse:
    """Show everything of a case, in brief without the rules that do not decide; the opening is recorded already."""
    claim, case = waiting.claim, waiting.case
    found = await console.reads.findings(claim.claim_id)
    reviews = await console.policies.reviews(claim.claim_id)
    return CaseResponse(
        task=task_shown(console, waiting, roles, console.now()),
        closed=waiting.determined,
        member=_member(claim),
        diagnoses=claim.diagnoses,
        providers=claim.npis_by_role,
        round=None if found is None else found.round,
        policy_bundle=None if found is None else found.policy_bundle,
        findings=() if found is None else tuple(_finding(each) for each in found.findings),
        reviews=tuple(review_shown(review, console.words, brief=brief) for review in reviews),
        facts=facts_shown(reviews, console.words),
        history=tuple(_done(recorded) for recorded in waiting.history),
        recommended_by=tuple(sorted({person for person, _, _ in case.recommended_by})),
        opinion_wanted=case.opinion_wanted,
        held=() if found is None else tuple(held_shown(case.pends, found.findings, console.reference)),
        also_stated=tuple(StatedResponse(name=s.name, value=s.value, line=s.line) for s in claim.also_stated),
    )


def _member(claim: Claim) -> MemberResponse:
    member = claim.member
    return MemberResponse(
        member_id=member.member_id,
        birth_date=member.birth_date,
        family_name=member.family_name,
        given_name=member.given_name,
        suffix=member.suffix,
        relationship=None if member.relationship is None else member.relationship.value,
    )


def facts_shown(reviews: tuple[PolicyReview, ...], words: Words) -> tuple[FactResponse, ...]:
    """Show the facts the lines were reviewed on; they are the claim's, so each is shown once."""
    facts = {fact: None for review in reviews for every in review.evidence.stated.values() for fact in every}
    return tuple(_fact(fact, words) for fact in facts)


def _fact(fact: SupportingFact, words: Words) -> FactResponse:
    return FactResponse(
        fact=fact.fact,
        asks=words.questions.get(fact.fact, fact.fact),
        value=fact.value,
        source=fact.source,
        recorded_on=fact.recorded_on,
        author=fact.author,
        document=fact.document,
        settles=fact.settles,
        legible=fact.legible,
    )


def _done(recorded: Recorded) -> DoneResponse:
    content = orjson.loads(recorded.content)
    return DoneResponse(
        action_id=recorded.action_id,
        action=content.pop("action"),
        person_id=recorded.done.person_id,
        role=recorded.done.role.value,
        at=recorded.done.at,
        content=content,
    )


def _finding(finding: Finding) -> FindingV1:
    return FindingV1.model_validate_json(orjson.dumps(finding_json(finding)))
