"""Writes and issues the letters due on claims. A letter is a draft until it is issued, and never changes afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.letters.letter import Audience, Letter
from adjudication.model.vocabulary import ClaimId
from contracts.records.claim_file import ClaimFile
from contracts.records.issued_letters import IssuedLetter
from contracts.time_source import TimeSource
from letters.layout import LetterFrame, due, headed, legal_day, render, title_of, traces_of
from letters.written import Acted, Checked, LetterPart, WrittenLetter
from rulebook.library import PolicyLibrary
from storage.claims.claim_file import read_claim_file
from storage.decisions.policy_traces import latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review
from storage.letters.issued import IssuedLetters


@dataclass(frozen=True, slots=True)
class LetterBasis:
    """What the letters of a stored claim are written from."""

    file: ClaimFile
    reviews: tuple[Review, ...]
    frame: LetterFrame


class ClaimLetters:
    """Writes and issues the letters of claims."""

    def __init__(self, engine: AsyncEngine, library: PolicyLibrary, clock: TimeSource) -> None:
        """`clock`: dates the letters."""
        self._engine, self._library, self._now = engine, library, clock
        self._issued = IssuedLetters(engine)

    async def basis(self, claim_id: ClaimId) -> LetterBasis:
        """Read what the letters of a claim are written from."""
        library, now = self._library, self._now()
        trace = await latest_trace(self._engine, claim_id)
        lines = await recorded_lines(self._engine, library.reference, [claim_id])
        today = legal_day(library.reference, {one.number: one.plan for one in lines if one.plan is not None}, now)
        reviews = tuple(review(line, trace, library.medical.shelf, today) for line in lines)
        plans = {one.line.number: one.line.plan for one in reviews if one.line.plan is not None}
        frame = LetterFrame(library, plans, today)
        return LetterBasis(await read_claim_file(self._engine, claim_id), reviews, frame)

    async def due(self, claim_id: ClaimId, audience: Audience) -> tuple[WrittenLetter, ...]:
        """Return the letters due on a claim. One that cannot be complete states what it lacks."""
        basis = await self.basis(claim_id)

        def draw() -> tuple[WrittenLetter, ...]:
            return tuple(
                shown(each, step) if isinstance(each, Letter) else no_letter(audience, str(each))
                for step, each in due(basis.file, traces_of(basis.reviews), audience, basis.frame)
            )

        # Of a claim of hundreds of lines this takes longer than other requests may wait.
        drawn = await asyncio.to_thread(draw)
        return with_issued(drawn, await self._issued.of(claim_id, None, audience.value), audience)

    async def issue(self, claim_id: ClaimId, audience: Audience, digest: str, by: Acted) -> bool:
        """Issue the due letter whose text has this digest; False if no due letter has it any more."""
        found = drafted(await self.due(claim_id, audience), digest)
        if found is None:
            return False
        return await self._issued.issue(issued_by(by, claim_id, None, found, self._library, self._now()))


def shown(letter: Letter, step: str = "") -> WrittenLetter:
    """Return a letter as people read it, with its checklist. `step`: the decision or step that it is about."""
    return WrittenLetter(
        audience=letter.audience,
        title=title_of(letter),
        parts=tuple(LetterPart(heading, texts) for heading, texts in headed(letter)),
        checklist=_checklist(letter),
        forms=letter.checklist.forms,
        kind=letter.kind.value,
        step=step,
        text=render(letter),
    )


def with_issued(
    drawn: Sequence[WrittenLetter], issued: Sequence[IssuedLetter], audience: Audience
) -> tuple[WrittenLetter, ...]:
    """Replace each draft by the issued letter of the same step, and add the issued letters of earlier steps."""
    kept = {(each.kind, each.step): _kept(each, audience) for each in issued}
    now = [kept.pop((each.kind, each.step), each) for each in drawn]
    return (*now, *kept.values())


def drafted(letters: Sequence[WrittenLetter], digest: str) -> WrittenLetter | None:
    """Return the draft whose text has this digest."""
    return next((e for e in letters if e.issued is None and not e.why_none and e.digest == digest), None)


def issued_by(
    by: Acted, claim_id: str, appeal_id: str | None, letter: WrittenLetter, library: PolicyLibrary, at: datetime
) -> IssuedLetter:
    """Return a letter as storage keeps it."""
    bundle = library.reference.content_hash
    names = (claim_id, appeal_id, letter.kind, letter.audience.value, letter.step)
    return IssuedLetter(*names, letter.text.encode(), bundle, by.person_id, by.role, at)


def _kept(issued: IssuedLetter, audience: Audience) -> WrittenLetter:
    text = issued.body.decode()
    title = text.split("\n", 1)[0]
    return WrittenLetter(audience, title, (), (), (), kind=issued.kind, step=issued.step, text=text, issued=issued)


def no_letter(audience: Audience, why: str) -> WrittenLetter:
    """Return an entry that explains why there is no letter."""
    return WrittenLetter(audience, "", (), (), (), why)


def _checklist(letter: Letter) -> tuple[Checked, ...]:
    present = {element.name for element in letter.elements}
    return tuple(
        Checked(
            element=demand.element.value.replace("-", " "),
            regime=demand.regime,
            source=demand.citation.source,
            locator=demand.citation.locator,
            present=demand.element in present,
        )
        for demand in letter.checklist.demands
    )
