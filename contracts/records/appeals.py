"""Values that pass between the store of appeals and the activities and streams that use it through ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from adjudication.appeals.events import Event
from adjudication.appeals.state import AppealState
from adjudication.appeals.superseding import Before
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.determination import Determination, ReviewerSignature
from adjudication.people import Person, Refusal
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.settlements import Settlement
from contracts.events.appeals import AppealFiledV1
from contracts.events.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class AppealFile:
    """Everything an action on an appeal is judged by, read under lock. `number` counts the entries of its trail.

    `actor` and `sent` None: a clock or a feed acts. `newer`: filings that nobody has looked at, the oldest first.
    `before` is the claim as last determined, None when it is not. `collides`: the database would not take what follows
    from the ruling, because another claim has the component by now. `pends` keep overturned lines from being determined,
    `settlements` are what people answered them. `told`: the levels whose ruling a determination tells. `times` is what
    happened to the claim until it was first decided.
    """

    state: AppealState
    number: int
    before: Before | None
    reports_to: Mapping[str, str | None]
    people: Mapping[str, Person]
    actor: Person | None = None
    sent: bytes | None = None
    newer: tuple[AppealFiledV1, ...] = ()
    collides: bool = False
    settlements: tuple[Settlement, ...] = ()
    pends: tuple[WaitingLine, ...] = ()
    told: frozenset[str] = frozenset()
    times: CaseTimes | None = None


@dataclass(frozen=True, slots=True)
class AppealJudged:
    """What an action came to: a refusal, or events and what they do to the claim. Both empty: nothing happened.

    `told`: the levels whose rulings the determination tells. `pends`: what overturned lines wait for from now on; None
    leaves that as it was. `role`: in which a person was permitted to do it. `signature`: what a denial of an overturned line was signed with just now.
    """

    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None
    state: AppealState | None = None
    rationale: str = ""
    determination: Determination | None = None
    version: int = 0
    told: tuple[str, ...] = ()
    pends: tuple[WaitingLine, ...] | None = None
    role: str = ""
    signature: ReviewerSignature | None = None
    messages: tuple[OutgoingMessage, ...] = ()


AppealJudge = Callable[[AppealFile], AppealJudged]
"""Pure decision; may be called again with fresher data if the transaction is retried."""


@dataclass(frozen=True, slots=True)
class AppealTaken:
    """What became of a filing: the appeal's id, and whether a workflow holds it. `also`: another appeal it goes on with."""

    appeal_id: str
    held: bool
    also: str | None = None


class AppealStarter(Protocol):
    """Starts the workflow of an appeal, or tells the one there is that something changed."""

    async def hold(self, appeal_id: str) -> None:
        """Start it or tell it; done twice, it counts once."""
        ...
