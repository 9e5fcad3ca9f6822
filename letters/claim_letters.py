"""Writes and issues the letters due on claims. A letter is a draft until it is issued, and never changes afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.letters.letter import Audience, Letter, LetterError, LetterKind, NotDueError
from adjudication.model.errors import AdjudicationError
from adjudication.model.vocabulary import ClaimId, PlanId
from contracts.records.claim_file import ClaimFile
from contracts.records.issued_letters import IssuedLetter
from contracts.time_source import TimeSource
from letters.envelope import Envelope
from letters.layout import (
    LetterFrame,
    due,
    former_step,
    headed,
    laid_out_letter,
    legal_day,
    render,
    title_of,
    title_of_letter,
    traces_of,
)
from letters.nearest_plan import nearest_plans
from letters.print_forms import layout_of
from letters.spanish import LANGUAGE, in_spanish
from letters.written import Acted, Checked, LetterPart, WrittenLetter
from rulebook.library import PolicyLibrary
from storage.claims.claim_file import read_claim_file
from storage.decisions.policy_traces import latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review
from storage.feeds.coverage import PostgresCoverage
from storage.letters.addresses import addresses_of, language_of
from storage.letters.issued import IssuedLetters


@dataclass(frozen=True, slots=True)
class LetterBasis:
    """The input of the letters of a stored claim. `language`: of the letters to the member."""

    file: ClaimFile
    reviews: tuple[Review, ...]
    frame: LetterFrame
    addresses: Mapping[Audience, tuple[str, ...]]
    language: str = "en"

    def written(
        self,
        letter: Letter | AdjudicationError,
        step: str,
        audience: Audience,
        plan: PlanId | None = None,
        day: date | None = None,
        kind: str = "",
    ) -> WrittenLetter:
        """Return a letter with the head of its plan's payer, or why there is none.

        `plan` and `day`: the plan and date of the letter; None for those of the first line of the claim. `kind`: the kind
        that is due, where it is known without the letter.
        """
        if not isinstance(letter, Letter):
            return no_letter(audience, str(letter), step, kind, due=not isinstance(letter, NotDueError))
        plan_id = plan or self.frame.plans[min(self.frame.plans)].plan_id
        head = self.frame.library.letters.letterheads.get(plan_id)
        if head is None:
            words = f"the payer of {plan_id} has no letterhead; add letterhead.yaml to the folder of the payer"
            return no_letter(audience, words, step, kind)
        waiting = self.file.waiting
        taglines = self.frame.library.letters.taglines
        day = day or self.frame.notice_date
        envelope = Envelope(head, waiting.claim, waiting.payer_claim_number, day, taglines, self.addresses)
        by_mail_house = audience is Audience.MEMBER and head.mail_house_addresses
        unaddressed = audience not in self.addresses and not by_mail_house
        written = replace(shown(letter, step, envelope), unaddressed=unaddressed, by_mail_house=by_mail_house)
        if audience is not Audience.MEMBER or self.language != LANGUAGE:
            return written
        try:
            return in_spanish(written, self.frame.library.letters.in_spanish())
        except LetterError as error:
            return no_letter(audience, str(error), step, kind)


class ClaimLetters:
    """Writes and issues the letters of claims."""

    def __init__(self, engine: AsyncEngine, library: PolicyLibrary, clock: TimeSource) -> None:
        """`clock`: dates the letters."""
        self._engine, self._library, self._now = engine, library, clock
        self._issued = IssuedLetters(engine)

    async def basis(self, claim_id: ClaimId) -> LetterBasis:
        """Read the input of a claim's letters."""
        library, now = self._library, self._now()
        trace = await latest_trace(self._engine, claim_id)
        lines = await recorded_lines(self._engine, library.reference, [claim_id])
        file = await read_claim_file(self._engine, claim_id)
        plans = {one.number: one.plan for one in lines if one.plan is not None}
        enrolled = True
        if len(plans) < len(lines):
            member = file.waiting.claim.member.member_id
            spans = (await PostgresCoverage(self._engine).spans([member])).get(member, ())
            enrolled = any(span.birth_date == file.waiting.claim.member.birth_date for span in spans)
            plans |= nearest_plans(file.waiting.claim, plans, spans, library.reference, library.letters.for_strangers)
        today = legal_day(library.reference, plans, now)
        reviews = tuple(review(line, trace, library.medical.catalog, today) for line in lines)
        addresses = await addresses_of(self._engine, file.waiting.claim, today)
        language = await language_of(self._engine, file.waiting.claim, today) or "en"
        return LetterBasis(file, reviews, LetterFrame(library, plans, today, enrolled), addresses, language)

    async def due(
        self, claim_id: ClaimId, audience: Audience, language: str | None = None
    ) -> tuple[WrittenLetter, ...]:
        """Return the letters due on a claim. One that cannot be complete states what it lacks.

        `language`: the language requested by the reader; None: that of enrollment. A letter that was issued in another
        language is drafted again in this one, as a separate letter of the same step.
        """
        basis = await self.basis(claim_id)
        return await self._due(basis if language is None else replace(basis, language=language), audience, language)

    async def due_to_all(self, claim_id: ClaimId) -> tuple[WrittenLetter, ...]:
        """Return the letters due on a claim to each reader."""
        basis = await self.basis(claim_id)
        return tuple([each for audience in Audience for each in await self._due(basis, audience)])

    async def keep(self, claim_id: ClaimId, appeal_id: str | None, letter: WrittenLetter, by: Acted) -> bool:
        """Issue a draft as it is; False if it was issued before."""
        kept = issued_by(by, claim_id, appeal_id, letter, self._library, self._now())
        return await self._issued.issue(kept, mailing_day(self._library, kept.issued_at))

    async def _due(
        self, basis: LetterBasis, audience: Audience, asked_for: str | None = None
    ) -> tuple[WrittenLetter, ...]:
        claim_id = basis.file.waiting.claim.claim_id

        def draw() -> tuple[WrittenLetter, ...]:
            letters = due(basis.file, traces_of(basis.reviews), audience, basis.frame)
            return tuple(basis.written(each, step, audience) for step, each in letters)

        # In a thread: for a claim of hundreds of lines this would delay other requests too long.
        drawn = await asyncio.to_thread(draw)
        issued = await self._issued.of(claim_id, None, audience.value)
        return with_issued(in_language(drawn, issued, asked_for), issued, audience)

    async def issue(self, claim_id: ClaimId, audience: Audience, digest: str, by: Acted) -> bool:
        """Issue the due letter whose text has this digest; False if no due letter has this digest now."""
        found = drafted(await self.due(claim_id, audience), digest)
        found = found or drafted(await self.due(claim_id, audience, LANGUAGE), digest)
        return found is not None and await self.keep(claim_id, None, found, by)


def shown(letter: Letter, step: str = "", envelope: Envelope | None = None) -> WrittenLetter:
    """Return a letter as people read it, with its checklist. `step`: the decision or step that it is about.

    `envelope`: the head and the contacts; None for a preview of its content.
    """
    opening: tuple[str, ...] = ()
    parts = tuple(
        LetterPart(heading, texts) for heading, texts in headed(letter, *([envelope.head.name] if envelope else []))
    )
    text = render(letter)
    if envelope is not None:
        rights = {element.name for element in letter.elements}
        opening = envelope.opening(letter.audience)
        closing = envelope.closing(letter.audience, letter.kind, rights)
        parts = (*parts, *closing)
        text = laid_out_letter(opening, title_of_letter(letter), letter.checklist.forms, parts)
    return WrittenLetter(
        audience=letter.audience,
        title=title_of_letter(letter),
        parts=parts,
        checklist=_checklist(letter),
        forms=letter.checklist.forms,
        kind=letter.kind.value,
        step=step,
        text=text,
        opening=opening,
    )


def with_issued(
    drawn: Sequence[WrittenLetter], issued: Sequence[IssuedLetter], audience: Audience
) -> tuple[WrittenLetter, ...]:
    """Replace each draft by the issued letter of the same step, and add the issued letters of earlier steps.

    Earlier versions of the product issued one letter per line: if the lines of a step have such letters, none is due again.
    """
    by_line = {each.step.rpartition(", line ")[0] for each in issued}
    drawn = [each for each in drawn if each.why_none or each.step not in by_line]
    steps = {former: each.step for each in drawn if (former := former_step(each.step)) is not None}
    kept = {(each.kind, _step_now(each, steps)): _kept(each, audience) for each in issued}
    now = [kept.pop((each.kind, each.step), each) for each in drawn]
    return (*now, *(replace(each, current=False) for each in kept.values()))


def in_language(
    drawn: Sequence[WrittenLetter], issued: Sequence[IssuedLetter], asked_for: str | None
) -> tuple[WrittenLetter, ...]:
    """Return drafts as letters of a step in the language asked for, where the step has an issued letter in another one."""
    if asked_for is None:
        return tuple(drawn)
    kept = {(each.kind, each.step) for each in issued if each.language != asked_for}
    name = {"es": "in Spanish", "en": "in English"}.get(asked_for, asked_for)
    again = {(each.kind, each.step) for each in drawn if each.language == asked_for} & kept
    return tuple(replace(e, step=f"{e.step} {name}") if (e.kind, e.step) in again else e for e in drawn)


def _step_now(issued: IssuedLetter, steps: Mapping[tuple[str, datetime], str]) -> str:
    """Return the present name of an issued letter's step: an earlier version named a request by its last day only."""
    named = (step for (former, made), step in steps.items() if issued.step == former and issued.issued_at >= made)
    return next(named, issued.step)


def drafted(letters: Sequence[WrittenLetter], digest: str) -> WrittenLetter | None:
    """Return the draft whose text has this digest."""
    return next((e for e in letters if e.issued is None and not e.why_none and e.digest == digest), None)


def issued_by(
    by: Acted, claim_id: str, appeal_id: str | None, letter: WrittenLetter, library: PolicyLibrary, at: datetime
) -> IssuedLetter:
    """Return a letter as storage keeps it."""
    bundle = library.reference.content_hash
    names = (claim_id, appeal_id, letter.kind, letter.audience.value, letter.step)
    addressed_by = "mail-house" if letter.by_mail_house else "plan"
    return IssuedLetter(
        *names, letter.text.encode(), bundle, by.person_id, by.role, at, addressed_by, layout_of(letter)
    )


def mailing_day(library: PolicyLibrary, at: datetime) -> str:
    """Return the day that names the batch of a letter handed over at an instant."""
    return library.reference.deadlines.legal_day(None, at).isoformat()


def _kept(issued: IssuedLetter, audience: Audience) -> WrittenLetter:
    text, title = issued.body.decode(), title_of(LetterKind(issued.kind))
    return WrittenLetter(audience, title, (), (), (), kind=issued.kind, step=issued.step, text=text, issued=issued)


def no_letter(audience: Audience, why: str, step: str = "", kind: str = "", *, due: bool = True) -> WrittenLetter:
    """Return an entry that explains why there is no letter; `due`: whether there should be one."""
    return WrittenLetter(audience, "", (), (), (), why, step=step, kind=kind, due=due)


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
