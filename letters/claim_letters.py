"""The letters due on stored claims, for the command line and for the claim page: drafts until issued, then as issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.letters.elements import Audience
from adjudication.letters.letter import Letter
from adjudication.model.vocabulary import ClaimId
from contracts.records.claim_file import ClaimFile
from contracts.records.issued_letters import IssuedLetter, LetterPlace
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
    """Writes letters from the ledger."""

    def __init__(self, engine: AsyncEngine, library: PolicyLibrary, clock: TimeSource) -> None:
        """Use a pool and the loaded policies; the clock dates the letters."""
        self._engine, self._library, self._now = engine, library, clock
        self._issued = IssuedLetters(engine)

    async def basis(self, claim_id: ClaimId) -> LetterBasis:
        """Read what the letters of a claim are drawn from."""
        library, now = self._library, self._now()
        trace = await latest_trace(self._engine, claim_id)
        lines = await recorded_lines(self._engine, library.reference, [claim_id])
        today = legal_day(library.reference, {one.number: one.plan for one in lines if one.plan is not None}, now)
        reviews = tuple(review(line, trace, library.medical.shelf, today) for line in lines)
        plans = {one.line.number: one.line.plan for one in reviews if one.line.plan is not None}
        frame = LetterFrame(library, plans, today)
        return LetterBasis(await read_claim_file(self._engine, claim_id), reviews, frame)

    async def due(self, claim_id: ClaimId, audience: Audience) -> tuple[WrittenLetter, ...]:
        """Write the letters due on a claim; one that cannot be complete says what it lacks."""
        basis = await self.basis(claim_id)
        drawn = tuple(
            shown(each, step) if isinstance(each, Letter) else no_letter(audience, str(each))
            for step, each in due(basis.file, traces_of(basis.reviews), audience, basis.frame)
        )
        return with_issued(drawn, await self._issued.of(claim_id, None, audience.value), audience)

    async def issue(self, claim_id: ClaimId, audience: Audience, digest: str, by: Acted) -> bool:
        """Issue the letter due that prints as a digest says, by somebody in a role; False when none does any more."""
        found = drafted(await self.due(claim_id, audience), digest)
        if found is None:
            return False
        place = LetterPlace(claim_id, None, found.kind, audience.value, found.step)
        return await self._issued.issue(issued_by(by, place, found, self._library, self._now()))


def shown(notice: Letter, step: str = "") -> WrittenLetter:
    """Show a notice with what the law demands of it; `step`: which decision or step it tells."""
    return WrittenLetter(
        audience=notice.audience,
        title=title_of(notice),
        parts=tuple(LetterPart(heading, texts) for heading, texts in headed(notice)),
        checklist=_checklist(notice),
        forms=notice.checklist.forms,
        kind=notice.kind.value,
        step=step,
        text=render(notice),
    )


def with_issued(
    drawn: Sequence[WrittenLetter], issued: Sequence[IssuedLetter], audience: Audience
) -> tuple[WrittenLetter, ...]:
    """Put what was issued in the place of what was drawn of the same step, and what tells earlier steps behind."""
    kept = {(each.place.kind, each.place.step): _kept(each, audience) for each in issued}
    now = [kept.pop((each.kind, each.step), each) for each in drawn]
    return (*now, *kept.values())


def drafted(letters: Sequence[WrittenLetter], digest: str) -> WrittenLetter | None:
    """Return the letter that is a draft still and prints as the digest says."""
    return next((e for e in letters if e.issued is None and not e.why_none and e.digest == digest), None)


def issued_by(
    by: Acted, place: LetterPlace, letter: WrittenLetter, library: PolicyLibrary, at: datetime
) -> IssuedLetter:
    """Return a letter as it is kept."""
    bundle = library.reference.content_hash
    return IssuedLetter(place, letter.text.encode(), bundle, by.person_id, by.role, at)


def _kept(issued: IssuedLetter, audience: Audience) -> WrittenLetter:
    place, text = issued.place, issued.body.decode()
    title = text.split("\n", 1)[0]
    return WrittenLetter(audience, title, (), (), (), kind=place.kind, step=place.step, text=text, issued=issued)


def no_letter(audience: Audience, why: str) -> WrittenLetter:
    """Say why there is no letter."""
    return WrittenLetter(audience, "", (), (), (), why)


def _checklist(notice: Letter) -> tuple[Checked, ...]:
    present = {element.name for element in notice.elements}
    return tuple(
        Checked(
            element=demand.element.value.replace("-", " "),
            regime=demand.regime,
            source=demand.citation.source,
            locator=demand.citation.locator,
            present=demand.element in present,
        )
        for demand in notice.checklist.demands
    )
