"""Applies `letters.sent`: stores proofs of mailing, and wakes the reviews with deadlines that these stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.events.letters import LetterSent
from contracts.events.status import StatusReasonV1
from streams.ports import DeadlineWaker, MailingProofs


@dataclass(frozen=True, slots=True)
class MailedLetters:
    """Writes proofs of mailing. The letters of a request stop deadlines of a pended claim, so its review checks them again."""

    proofs: MailingProofs
    reviews: DeadlineWaker

    async def apply(self, events: Sequence[LetterSent]) -> Mapping[int, StatusReasonV1 | None]:
        """Write a run of proofs; return those refused."""
        refused = await self.proofs.apply([event.data for event in events])
        letters = [event.data.letter_id for place, event in enumerate(events) if place not in refused]
        await self.reviews.check_deadlines(await self.proofs.requests_of(letters))
        return refused
