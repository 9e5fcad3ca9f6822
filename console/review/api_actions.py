"""Takes people's actions: kept first, then judged by the claim's workflow. What is allowed is not decided here."""

from __future__ import annotations

from typing import Annotated, Any, Final, Protocol
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Person
from console.access.roles import OVERSIGHT
from console.access.session import Services, SignedIn
from console.ports import Console, NotWaitingError, UnansweredError
from console.web.problems import Problem, read_body
from contracts.actions.review import REVIEW_ACTION, ReviewActionV1
from contracts.ids import is_action_id
from contracts.records.review_queries import SubmittedAction

router = APIRouter(tags=["actions"])

KEY: Final = "Idempotency-Key"
ActionKey = Annotated[
    str | None, Header(alias=KEY, description="The action's id, a UUID; sent again it has one effect.")
]
"""The header under which an action's id comes; without one the action gets a new id."""

FORBIDDEN: Final = frozenset(
    {
        "unknown-person", "conflict-of-interest", "not-your-queue", "role-may-not", "role-may-not-deny", "no-license",
        "license-expired", "license-restricted", "license-state", "license-expertise", "license-profession", "clinical-only",
        "own-recommendation", "second-opinion", "four-eyes",
    }
)  # fmt: skip
"""Refusals because of who asks (403); every other is about the case or what was sent (409)."""

_DONE: Final = {
    "take": "you have the claim for half an hour; taking it again renews that",
    "release": "the claim is back in its queue",
    "hand-over": "the claim was handed over",
    "request-documents": "the documents were asked for; the claim comes back when they arrive",
    "record-facts": "the facts are recorded; the claim is adjudicated again with them",
    "record-adjudication": "what the other payer did is recorded; the claim is adjudicated again with it",
    "recommend": "your recommendation is recorded; a physician decides",
    "decide": "your decision is recorded; the claim is adjudicated again with it",
    "send-back": "the decision was sent back; it is decided anew",
    "second-opinion": "another clinician was asked; the claim is back in the queue",
    "withdraw-second-opinion": "your request for a second opinion is taken back; you may decide this again",
    "schedule-peer-to-peer": "the call is scheduled; the clock keeps running",
    "record-peer-to-peer": "the call is recorded",
    "correct": "the correction is recorded; the claim is adjudicated again with it",
}


class ActionResponse(BaseModel):
    """What came of an action. `accepted` is absent while nobody judged it."""

    model_config = ConfigDict(frozen=True)

    action_id: str
    claim_id: str
    action: str
    accepted: bool | None
    code: str
    words: str


@router.post(
    "/api/tasks/{claim_id}/actions",
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
    """Do something with a waiting claim. A refusal comes as a problem with the words for people."""
    action_id = action_id_of(key)
    response.headers[KEY] = action_id
    sent = await read_body(request, REVIEW_ACTION)
    return _accepted(await carry_out(console, action_id, ClaimId(str(claim_id)), person, sent))


@router.get("/api/actions/{action_id}")
async def read_action(action_id: UUID, console: Services, person: SignedIn) -> ActionResponse:
    """Return what came of an action of yours; a refusal is an answer here, not a problem."""
    found = await console.reads.action(str(action_id))
    if found is None or (found.person_id != person.person_id and not person.roles & OVERSIGHT):
        raise Problem(404, "no-such-action", "you submitted no action with this id")
    return answer_of(found)


async def carry_out(
    console: Console, action_id: str, claim_id: ClaimId, person: Person, sent: ReviewActionV1
) -> ActionResponse:
    """Keep an action and have it judged; a refusal is an answer here. Sent again, the answer is as before."""
    submitted = await _submitted(console, action_id, claim_id, person, sent)
    if submitted.accepted is None:
        submitted = await _judged(console, submitted)
    return answer_of(submitted)


def action_id_of(key: str | None) -> str:
    """Return the id under which something is kept: the one sent, else a new one."""
    if key is None:
        return str(uuid4())
    if not is_action_id(key):
        raise Problem(422, "idempotency-key", f"{KEY} is the action's id: a UUID in lower case with hyphens")
    return key


async def _submitted(
    console: Console, action_id: str, claim_id: ClaimId, person: Person, sent: ReviewActionV1
) -> SubmittedAction:
    """Keep the action, unless its id was used before for the same: then it is what was kept."""
    content = REVIEW_ACTION.dump_json(sent)
    found = await console.reads.action(action_id)
    if found is None:
        if await console.reads.case(claim_id) is None:
            raise Problem(404, "no-such-claim", "no accepted claim has this id; the worklist shows those that wait")
        await console.submissions.submit(action_id, claim_id, person, content)
        found = await console.reads.action(action_id)
    kept = None if found is None else (found.claim_id, found.person_id, found.content)
    if found is None or kept != (claim_id, person.person_id, content.decode()):
        raise Problem(422, "idempotency-key-reused", f"this {KEY} was used for another action; send a new one")
    return found


async def _judged(console: Console, submitted: SubmittedAction) -> SubmittedAction:
    """Have the claim's workflow judge it; what the store kept is the answer, also when the workflow's got lost."""
    failure: Exception | None = None
    try:
        await console.reviews.act(ClaimId(submitted.claim_id), submitted.action_id)
    except (NotWaitingError, UnansweredError) as error:
        failure = error
    found = await console.reads.action(submitted.action_id)
    if found is not None and found.accepted is not None:
        return found
    waiting = await console.reads.case(ClaimId(submitted.claim_id))
    if isinstance(failure, NotWaitingError) and waiting is not None and waiting.determined:
        raise Problem(409, "closed", "this claim is decided; an appeal or a reopening can change it, a review cannot")
    words = f"nobody could judge this yet; nothing is lost: send it again with {KEY} {submitted.action_id}"
    raise Problem(503, "not-answered-yet", words, headers={"Retry-After": "5", KEY: submitted.action_id})


def _accepted(answer: ActionResponse) -> ActionResponse:
    if not answer.accepted:
        status = 403 if answer.code in FORBIDDEN else 409
        raise Problem(status, answer.code, answer.words, headers={KEY: answer.action_id})
    return answer


class Judged(Protocol):
    """A submitted action with its answer; `accepted` is None while nobody judged it."""

    @property
    def accepted(self) -> bool | None: ...
    @property
    def refusal_code(self) -> str | None: ...
    @property
    def refusal_words(self) -> str | None: ...


def told(submitted: Judged, done: str) -> tuple[str, str]:
    """Return code and words of an answer; `done` says what an accepted action did."""
    if submitted.accepted is None:
        return "not-answered-yet", "nobody judged it yet"
    if submitted.accepted:
        return "accepted", done
    return submitted.refusal_code or "refused", submitted.refusal_words or "this is not allowed"


def answer_of(submitted: SubmittedAction) -> ActionResponse:
    """Say in words what came of a submitted action."""
    name: Any = REVIEW_ACTION.validate_json(submitted.content).action
    code, words = told(submitted, _DONE[name])
    return ActionResponse(
        action_id=submitted.action_id,
        claim_id=submitted.claim_id,
        action=name,
        accepted=submitted.accepted,
        code=code,
        words=words,
    )
