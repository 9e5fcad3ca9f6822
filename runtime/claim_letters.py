"""The letters due on stored claims, for the command line and for the claim page. Written anew each time; none is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.determination import ReviewerSignature
from adjudication.notices.elements import Audience
from adjudication.notices.notice import Notice
from adjudication.vocabulary import ClaimId, LineNumber
from console.letter_words import Checked, LetterPart, WrittenLetter
from console.ports import Clock
from runtime.explanation import Record
from runtime.notices import LetterFrame, due, headed, title_of, traces_of
from runtime.policy_tools.recorded import Review, recorded_lines, review
from storage.policy_library import PolicyLibrary
from storage.policy_traces import latest_trace
from storage.read_models import claim_record

_SIGNATURES: Final = text("""
    SELECT l.line, s.reviewer_id, s.role, s.licence_number, s.licence_state, s.signed_at, s.rationale
    FROM determination_lines l JOIN reviewer_signatures s USING (claim_id, signature_id)
    WHERE l.claim_id = CAST(:claim AS uuid)
""")


@dataclass(frozen=True, slots=True)
class LetterBasis:
    """What the letters of a stored claim are drawn from."""

    record: Record
    reviews: tuple[Review, ...]
    frame: LetterFrame


class LedgerLetters:
    """Writes letters from the ledger."""

    def __init__(self, engine: AsyncEngine, library: PolicyLibrary, clock: Clock) -> None:
        """Use a pool and the loaded policies; the clock dates the letters."""
        self._engine, self._library, self._now = engine, library, clock

    async def basis(self, claim_id: ClaimId) -> LetterBasis:
        """Read what the letters of a claim are drawn from."""
        library, today = self._library, self._now().date()
        trace = await latest_trace(self._engine, claim_id)
        lines = await recorded_lines(self._engine, library.reference, [claim_id])
        reviews = tuple(review(line, trace, library.medical.shelf, today) for line in lines)
        plans = {one.line.number: one.line.plan for one in reviews if one.line.plan is not None}
        frame = LetterFrame(library, plans, today, await self._signatures(claim_id))
        return LetterBasis(await claim_record(self._engine, claim_id), reviews, frame)

    async def due(self, claim_id: ClaimId, audience: Audience) -> tuple[WrittenLetter, ...]:
        """Write the letters due on a claim; one that cannot be complete says what it lacks."""
        basis = await self.basis(claim_id)
        found = due(basis.record, traces_of(basis.reviews), audience, basis.frame)
        return tuple(shown(each) if isinstance(each, Notice) else no_letter(audience, str(each)) for each in found)

    async def _signatures(self, claim_id: ClaimId) -> Mapping[LineNumber, ReviewerSignature]:
        async with self._engine.connect() as connection:
            rows: list[Any] = list((await connection.execute(_SIGNATURES, {"claim": claim_id})).all())
        return {
            LineNumber(row.line): ReviewerSignature(
                row.reviewer_id, row.role, row.licence_number, row.licence_state, row.signed_at, row.rationale
            )
            for row in rows
        }


def shown(notice: Notice) -> WrittenLetter:
    """Show a notice with what the law demands of it."""
    parts = tuple(LetterPart(heading, texts) for heading, texts in headed(notice))
    return WrittenLetter(notice.audience, title_of(notice), parts, _checklist(notice), notice.checklist.forms)


def no_letter(audience: Audience, why: str) -> WrittenLetter:
    """Say why there is no letter."""
    return WrittenLetter(audience, "", (), (), (), why)


def _checklist(notice: Notice) -> tuple[Checked, ...]:
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
