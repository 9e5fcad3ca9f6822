"""Values that pass between the storage of appeals and the activities and streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from adjudication.appeals.events import Event
from adjudication.appeals.state import AppealState
from adjudication.appeals.superseding import Before
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.determination import Determination, ReviewerSignature
from adjudication.people import Refusal, StaffMember
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.settlements import Settlement
from contracts.events.appeals import AppealFiledV1
from contracts.events.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class AppealFile:
    """Everything that an action on an appeal is judged by, read under lock. `number`: how many entries its trail has.

    `actor`, `sent`: the person and the action as submitted; None when a deadline or a feed acts. `newer`: filings not
    applied yet, oldest first. `before`: the newest determination of the claim, None without one. `collides`: PostgreSQL
    refused the new determination because another claim has the component now. `pends`: what keeps overturned lines
    from being determined; `settlements`: the reviewers' decisions on them. `published_levels`: the levels whose ruling
    has been published in a determination. `times`: the events of the claim until it was first determined.
    """

    state: AppealState
    number: int
    before: Before | None
    reports_to: Mapping[str, str | None]
    people: Mapping[str, StaffMember]
    actor: StaffMember | None = None
    sent: bytes | None = None
    newer: tuple[AppealFiledV1, ...] = ()
    collides: bool = False
    settlements: tuple[Settlement, ...] = ()
    pends: tuple[WaitingLine, ...] = ()
    published_levels: frozenset[str] = frozenset()
    times: CaseTimes | None = None


@dataclass(frozen=True, slots=True)
class AppealJudged:
    """The answer to an action on an appeal: a refusal, or events with their effects. Both empty: no change.

    `published_levels`: the levels whose rulings the new determination publishes. `pends`: what overturned lines are
    pended for from now on; None if unchanged. `role`: the role that permitted the action. `signature`: signs the denial
    of an overturned line.
    """

    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None
    state: AppealState | None = None
    rationale: str = ""
    determination: Determination | None = None
    version: int = 0
    published_levels: tuple[str, ...] = ()
    pends: tuple[WaitingLine, ...] | None = None
    role: str = ""
    signature: ReviewerSignature | None = None
    messages: tuple[OutgoingMessage, ...] = ()


AppealJudge = Callable[[AppealFile], AppealJudged]
"""Decides on an action; called again with newer data if the transaction is retried, so it must be pure."""


@dataclass(frozen=True, slots=True)
class AppealTaken:
    """The result of a filing. `held`: a workflow runs for the appeal. `also`: another appeal that the filing continues.

    `conflict`: its version was received before with other content, so nothing was recorded.
    """

    appeal_id: str
    held: bool
    also: str | None = None
    conflict: bool = False


class AppealStarter(Protocol):
    """Starts the workflow of an appeal, or signals a running one that the appeal changed."""

    async def hold(self, appeal_id: str) -> None:
        """Start the workflow, or signal it if it runs; repeating this is harmless."""
        ...
