"""Issues the letters that are due without a person's command, each once, and keeps why one cannot be issued.

A letter is issued when its decision, request or step of an appeal is committed. A letter without an address or a text is stuck:
it is listed with the remedy, and issued automatically after the remedy (docs/decisions/0074-letters-issue-themselves.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.letters.letter import Audience
from adjudication.letters.mailing import decision_step
from adjudication.model.vocabulary import ClaimId
from contracts.ids import letter_id
from contracts.time_source import TimeSource
from letters.appeal_letters import AppealLetters
from letters.claim_letters import ClaimLetters
from letters.layout import REQUEST_STEP
from letters.written import Acted, WrittenLetter
from rulebook.library import PolicyLibrary
from storage.letters.issue_queue import IssueQueue, NoticeToIssue

SYSTEM: Final = Acted("claimwright", "system")
"""The name under which letters are issued without a person."""

AT_ONCE: Final = 200
_NO_ADDRESS: Final = {
    Audience.MEMBER: "no address from enrollment; send the member's address on coverage.changed",
    Audience.PROVIDER: "no address on the roster or the claim; send the provider's address on providers.changed",
}
log = structlog.get_logger(__name__)


class LetterIssuer:
    """Issues due letters. Several may run: the ledger stores each letter once."""

    def __init__(self, engine: AsyncEngine, library: PolicyLibrary, clock: TimeSource) -> None:
        """`clock`: dates the letters."""
        self._queue, self._now = IssueQueue(engine, library.reference), clock
        self._claims = ClaimLetters(engine, library, clock)
        self._appeals = AppealLetters(engine, library, clock)

    async def look(self) -> int:
        """Record new notices and issue the letters of some; return how many notices were processed."""
        await self._queue.note(self._now())
        due = await self._queue.due(AT_ONCE, self._now())
        for notice in due:
            try:
                await self._issue(notice)
            except SQLAlchemyError:
                raise
            except Exception as error:
                log.exception("letters were not issued", step=notice.about, error=type(error).__name__)
                why = f"its letters could not be drawn ({type(error).__name__}); see the log of the reconciler"
                await self._queue.stuck(notice, why, self._now())
        return len(due)

    async def _issue(self, notice: NoticeToIssue) -> None:
        """Issue the letters of a notice as far as possible; the notice is done when none is left."""
        letters = await self._letters(notice)
        wrong = [words for letter in letters if (words := _hindrance(letter))]
        for letter in letters:
            if letter.issued is None and letter.due and not _hindrance(letter):
                await self._claims.keep(ClaimId(notice.claim_id), notice.appeal_id, letter, SYSTEM)
        if wrong:
            await self._queue.stuck(notice, "; ".join(dict.fromkeys(wrong)), self._now())
            return
        names = [(each.kind, each.audience.value, each.step) for each in letters if each.due]
        ids = [letter_id(notice.claim_id, notice.appeal_id, *each) for each in names]
        due = None if notice.appeal_id is None else await self._appeals.notice_due(notice.appeal_id, notice.decided_at)
        await self._queue.issued(notice, ids, self._now(), due)

    async def _letters(self, notice: NoticeToIssue) -> Sequence[WrittenLetter]:
        """Return the letters of a notice: due, issued, or why there is none."""
        if notice.appeal_id is not None:
            found: Iterable[WrittenLetter] = await self._appeals.due_to_all(notice.appeal_id)
            return [each for each in found if each.issued is None or each.issued.issued_at >= notice.decided_at]
        found = await self._claims.due_to_all(ClaimId(notice.claim_id))
        if notice.about == "request":
            # Only the open request: an earlier one that it repeats has the same letter.
            current = {each.step for each in found if each.current and each.step.startswith(REQUEST_STEP)}
            return [each for each in found if each.step in current]
        step = decision_step(notice.version)
        return [each for each in found if each.step == step or each.step.startswith(f"{step}, ")]


def _hindrance(letter: WrittenLetter) -> str:
    """Return why a letter cannot be issued; empty if it can be, was already, or is not due."""
    if letter.issued is not None or not letter.due:
        return ""
    if letter.why_none:
        return f"to the {letter.audience.value}: {letter.why_none}"
    return f"to the {letter.audience.value}: {_NO_ADDRESS[letter.audience]}" if letter.unaddressed else ""
