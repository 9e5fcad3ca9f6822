"""What working on appeals needs of the world: what screens read, where actions are kept, the workflows that hold appeals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from adjudication.letters.elements import Audience
from adjudication.people import Person
from console.letters.models import Acted, WrittenLetter
from contracts.actions.appeals import DecideAppealV1
from contracts.records.appeal_queries import AppealQuery, HeldAppeal, OpenedAppeal, SubmittedAppealAction
from contracts.workflow_messages.appeals import AppealAnswer


class AppealReads(Protocol):
    """Reads of appeals and of actions on them."""

    async def candidates(self, query: AppealQuery) -> tuple[HeldAppeal, ...]:
        """Return appeals by clock that a query may mean."""

    async def held(self, appeal_id: str) -> HeldAppeal | None:
        """Return one appeal as it is now."""

    async def opened(self, appeal_id: str) -> OpenedAppeal | None:
        """Return one appeal with everything needed to work on it."""

    async def action(self, action_id: str) -> SubmittedAppealAction | None:
        """Return an action and its answer."""


class AppealSubmissions(Protocol):
    """Where an action's content is kept before anybody judges it."""

    async def submit(self, action_id: str, appeal_id: str, acting: Person, content: bytes) -> None:
        """Keep an action with the roles it is done in; the same id again changes nothing."""


class AppealHolders(Protocol):
    """The workflows that hold appeals."""

    async def act(self, appeal_id: str, action_id: str) -> AppealAnswer:
        """Have a submitted action judged and applied; raises UnansweredError of console/ports.py."""


class AppealLetters(Protocol):
    """The notice letters of appeals."""

    async def due(self, appeal_id: str, audience: Audience, why_longer: str = "") -> tuple[WrittenLetter, ...]:
        """Write the letters due on an appeal, with the notice of an extension when a reason for it is given."""

    async def foreseen(self, appeal_id: str, person: Person, sent: DecideAppealV1) -> tuple[WrittenLetter, ...] | str:
        """Draft the letters that a decision would send, to everybody; one that would be refused says so in words."""

    async def issue(self, appeal_id: str, audience: Audience, digest: str, by: Acted, why_longer: str = "") -> bool:
        """Issue the letter due that prints as a digest says; False when none does any more."""


@dataclass(frozen=True, slots=True)
class Appeals:
    """What the routes of appeals use."""

    reads: AppealReads
    submissions: AppealSubmissions
    holders: AppealHolders
    letters: AppealLetters
