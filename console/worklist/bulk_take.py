"""Takes several claims at once: each is its own action with its own id and its own answer, in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from adjudication.model.vocabulary import ClaimId
from adjudication.people import StaffMember
from console.ports import Console
from console.review.forms import Sent
from console.review.service import act_on_lines
from console.web.problems import Problem
from contracts.actions.review import TakeV1
from contracts.ids import is_action_id


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of taking one claim."""

    claim_id: str
    taken: bool
    words: str


async def take_all(console: Console, chosen: Iterable[str], person: StaffMember) -> tuple[Taken, ...]:
    """Take each claim chosen, at most a page of them; `chosen` are `claim action` as the page wrote them."""
    pairs = [_read(each) for each in chosen]
    return tuple(await asyncio.gather(*(_take(console, claim, action, person) for claim, action in pairs)))


def _read(sent: str) -> tuple[ClaimId, str]:
    claim, _, action = sent.partition(" ")
    try:
        claim_id = ClaimId(str(UUID(claim)))
    except ValueError:
        claim_id = ClaimId("")
    if not claim_id or not is_action_id(action):
        raise Problem(422, "invalid", "this is not a claim of the worklist; load it again and select there")
    return claim_id, action


async def _take(console: Console, claim_id: ClaimId, action_id: str, person: StaffMember) -> Taken:
    """Take one claim. A refusal concerns this claim only."""
    answer = await act_on_lines(console, claim_id, person, [Sent(action_id, TakeV1())])
    if isinstance(answer, Problem):
        return Taken(claim_id, taken=False, words=answer.detail)
    return Taken(claim_id, taken=True, words=answer)
