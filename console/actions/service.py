"""Takes an action on a claim or an appeal: store it, have its workflow judge it, return the recorded answer.

The API and the pages use the same functions. The core decides what is allowed. An action sent again
with the same id has one effect and gets the same answer, whether or not the first answer reached the browser.
"""

from __future__ import annotations

from typing import Annotated, Final, Protocol
from uuid import uuid4

from fastapi import Header
from pydantic import BaseModel, ConfigDict

from adjudication.people import Refusal, StaffMember
from console.ports import NotWaitingError, UnansweredError
from console.web.problems import Problem, problem_of
from contracts.actions.submitted import SubmittedAction
from contracts.ids import is_action_id

KEY: Final = "Idempotency-Key"
ActionKey = Annotated[
    str | None, Header(alias=KEY, description="The action's id, a UUID; sent again it has one effect.")
]
"""The header with the action's id. Without it the action gets a new id."""


class ActionResponse(BaseModel):
    """The answer to an action on a claim or an appeal. `accepted` is null until a workflow has judged it."""

    model_config = ConfigDict(frozen=True)

    action_id: str
    action: str
    accepted: bool | None
    code: str
    words: str
    claim_id: str | None = None
    appeal_id: str | None = None


class ActionDoor(Protocol):
    """The store and the judge of actions on one kind of subject: claims in review and appeals have one each."""

    async def find(self, action_id: str) -> SubmittedAction | None:
        """Return a kept action with its answer."""

    async def check(self, subject_id: str, person: StaffMember) -> None:
        """Raise a Problem where the person may not act on the subject at all; nothing is kept then."""

    async def submit(self, action_id: str, subject_id: str, person: StaffMember, content: bytes) -> None:
        """Store an action before it is judged."""

    async def judge(self, subject_id: str, action_id: str) -> None:
        """Have the subject's workflow judge it; raises NotWaitingError or UnansweredError."""

    async def refuse_ended(self, subject_id: str) -> None:
        """Raise a Problem where no workflow will ever judge it, because the subject is decided."""


def action_id_of(key: str | None) -> str:
    """Return the id under which to store an action: the one sent, else a new one."""
    if key is None:
        return str(uuid4())
    if not is_action_id(key):
        raise Problem(422, "idempotency-key", f"{KEY} is the action's id: a UUID in lower case with hyphens")
    return key


async def carry_out(
    door: ActionDoor, action_id: str, subject_id: str, person: StaffMember, content: bytes
) -> SubmittedAction:
    """Store an action and have the workflow judge it. A refusal is an answer here, not a problem."""
    kept = await _keep(door, action_id, subject_id, person, content)
    return kept if kept.accepted is not None else await _judge(door, kept)


def raise_refused(kept: SubmittedAction) -> None:
    """Raise the refusal of a judged action as a problem with its HTTP status."""
    if kept.refusal is not None:
        raise problem_of(kept.refusal, headers={KEY: kept.action_id})


def answer_words(kept: SubmittedAction, done: str) -> tuple[str, str]:
    """Return code and words of an answer; `done` describes the accepted action."""
    if kept.accepted is None:
        return "not-answered-yet", "no worker has judged it yet"
    if kept.accepted:
        return "accepted", done
    refusal = kept.refusal or Refusal("refused", "this is not allowed")
    return refusal.code, refusal.words


async def _keep(
    door: ActionDoor, action_id: str, subject_id: str, person: StaffMember, content: bytes
) -> SubmittedAction:
    """Store the action, unless the same action is kept under this id already."""
    found = await door.find(action_id)
    if found is None:
        await door.check(subject_id, person)
        await door.submit(action_id, subject_id, person, content)
        found = await door.find(action_id)
    kept = None if found is None else (found.subject_id, found.person_id, found.content)
    if found is None or kept != (subject_id, person.person_id, content.decode()):
        raise Problem(422, "idempotency-key-reused", f"this {KEY} was used for another action; send a new one")
    return found


async def _judge(door: ActionDoor, kept: SubmittedAction) -> SubmittedAction:
    """Have the workflow judge it. Return the stored answer, even if the workflow's own answer got lost."""
    ended = False
    try:
        await door.judge(kept.subject_id, kept.action_id)
    except NotWaitingError:
        ended = True
    except UnansweredError:
        pass
    found = await door.find(kept.action_id)
    if found is not None and found.accepted is not None:
        return found
    if ended:
        await door.refuse_ended(kept.subject_id)
    words = f"no worker has judged this yet, and nothing is lost; send it again with {KEY} {kept.action_id}"
    raise Problem(503, "not-answered-yet", words, headers={"Retry-After": "5", KEY: kept.action_id})
