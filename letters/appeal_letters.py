"""Writes and issues the letters due on appeals, and previews the letters of a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.appeals.deadlines import Deadline
from adjudication.appeals.state import AppealState
from adjudication.letters.appeal_facts import (
    AppealedLine,
    AppealLetterFacts,
    kinds_due,
    level_of,
    notice_deadline,
    route_of,
    step_name,
)
from adjudication.letters.appeal_letters import appeal_letter
from adjudication.letters.assembly import DecidedLine, LetterContext
from adjudication.letters.letter import Audience, Letter, LetterError
from adjudication.letters.line_trace import LineTrace
from adjudication.model.claim import ClaimLine
from adjudication.model.determination import LineDetermination
from adjudication.model.errors import AdjudicationError
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import LineNumber
from adjudication.people import StaffMember
from contracts.actions.appeal_messages import DecideAppealV1
from contracts.records.appeal_queries import OpenedAppeal, Version
from contracts.time_source import TimeSource
from letters.appeal_preview import decided
from letters.claim_letters import (
    ClaimLetters,
    LetterBasis,
    drafted,
    in_language,
    issued_by,
    mailing_day,
    no_letter,
    with_issued,
)
from letters.layout import named_service, traces_of
from letters.spanish import LANGUAGE
from letters.written import Acted, WrittenLetter
from rulebook.library import PolicyLibrary
from storage.appeals.queries import AppealQueries
from storage.letters.issued import IssuedLetters

Traces = Mapping[LineNumber, tuple[LineTrace, ...]]

_FORWARDED: Final = "forwarded"
_NONE_DUE: Final = "no letter is due: another forum sends its own decision, or the time to decide is over"


class AppealLetters:
    """Writes and issues the letters of appeals."""

    def __init__(self, engine: AsyncEngine, library: PolicyLibrary, clock: TimeSource) -> None:
        """`clock`: dates the letters."""
        self._library, self._now = library, clock
        self._reads = AppealQueries(engine, library.reference)
        self._claims = ClaimLetters(engine, library, clock)
        self._issued = IssuedLetters(engine)

    async def due(
        self, appeal_id: str, audience: Audience, why_longer: str = "", language: str | None = None
    ) -> tuple[WrittenLetter, ...]:
        """Return the letters due on an appeal. One that cannot be complete states the missing part.

        `language`: the language requested by the reader; None: that of enrollment.
        """
        opened = await self._reads.opened(appeal_id)
        if opened is None:
            words = f"no appeal has the id {appeal_id}; `claimwright appeals list` shows them"
            return (no_letter(audience, words, due=False),)
        drawn = await self._drawn(opened, audience, why_longer, language)
        kept = await self._issued.of(opened.held.claim.claim_id, appeal_id, audience.value)
        if kept and all(each.why_none == _NONE_DUE for each in drawn):
            drawn = ()
        return with_issued(in_language(drawn, kept, language), kept, audience)

    async def foreseen(
        self, appeal_id: str, person: StaffMember, sent: DecideAppealV1
    ) -> tuple[WrittenLetter, ...] | str:
        """Draft the letters that a decision would send, without deciding; a text if the decision would be refused."""
        opened = await self._reads.opened(appeal_id)
        state = None if opened is None else opened.held.state
        if opened is None or state is None:
            return "no rule is loaded for this appeal, so it cannot be decided"
        after = decided(opened, state, person, sent, self._now(), self._library.reference)
        if isinstance(after, str):
            return after
        basis = await self._claims.basis(opened.held.claim.claim_id)
        facts = self._facts(after.opened, after.state, traces_of(basis.reviews), "")
        facts = replace(facts, forwarded_at=after.forwarded_at)
        return tuple(letter for to in Audience for letter in self._shown(after.opened, facts, to, basis))

    async def due_to_all(self, appeal_id: str) -> tuple[WrittenLetter, ...]:
        """Return the letters due on an appeal to each reader, and those issued before."""
        return tuple([each for audience in Audience for each in await self.due(appeal_id, audience)])

    async def notice_due(self, appeal_id: str, at: datetime) -> tuple[datetime, str] | None:
        """Return the deadline for the notice of the newest step of an appeal, taken `at`, and its rule."""
        held = await self._reads.held(appeal_id)
        if held is None or held.state is None:
            return None
        deadline = notice_deadline(held.state, at)
        return (deadline.due_at, deadline.citation.source) if isinstance(deadline, Deadline) else None

    async def issue(self, appeal_id: str, audience: Audience, digest: str, by: Acted, why_longer: str = "") -> bool:
        """Issue the due letter whose text has this digest; False if no due letter has this digest now."""
        opened = await self._reads.opened(appeal_id)
        found = drafted(await self.due(appeal_id, audience, why_longer), digest)
        found = found or drafted(await self.due(appeal_id, audience, why_longer, LANGUAGE), digest)
        if opened is None or found is None:
            return False
        claim_id = opened.held.claim.claim_id
        letter = issued_by(by, claim_id, appeal_id, found, self._library, self._now())
        return await self._issued.issue(letter, mailing_day(self._library, letter.issued_at))

    async def _drawn(
        self, opened: OpenedAppeal, audience: Audience, why_longer: str, language: str | None
    ) -> tuple[WrittenLetter, ...]:
        """Draft each letter due on an appeal, or state why there is none."""
        state = opened.held.state
        if state is None:
            words = "no rule is loaded for this appeal, so no law says what its letters must contain"
            return (no_letter(audience, words),)
        basis = await self._claims.basis(opened.held.claim.claim_id)
        basis = basis if language is None else replace(basis, language=language)
        facts = self._facts(opened, state, traces_of(basis.reviews), why_longer)
        return self._shown(opened, facts, audience, basis) or (no_letter(audience, _NONE_DUE, due=False),)

    def _shown(
        self, opened: OpenedAppeal, facts: AppealLetterFacts, audience: Audience, basis: LetterBasis
    ) -> tuple[WrittenLetter, ...]:
        plan = _governing(opened)
        day = self._library.reference.deadlines.legal_day(None if plan is None else plan.plan_id, self._now())
        return tuple(
            basis.written(
                each,
                step,
                audience,
                None if plan is None else plan.plan_id,
                day,
                kind,
            )
            for kind, step, each in self._letters(facts, audience, plan, day)
        )

    def _letters(
        self, facts: AppealLetterFacts, audience: Audience, plan: Plan | None, day: date
    ) -> Iterator[tuple[str, str, Letter | AdjudicationError]]:
        """Yield the kind of each letter due, the step it is about, and the letter or why it cannot be written."""
        if plan is None:
            words = "the plan of the appealed lines is not known, so no law says what the letters must contain"
            yield "", "", LetterError(words)
            return
        route = route_of(facts.state)
        context = LetterContext(self._library.letters, plan.product_line, plan.plan_id, day, route)
        for kind in kinds_due(facts):
            step = step_name(kind, facts)
            try:
                yield kind.value, step, appeal_letter(kind, facts, audience, context)
            except AdjudicationError as error:
                yield kind.value, step, error

    def _facts(self, opened: OpenedAppeal, state: AppealState, traces: Traces, why_longer: str) -> AppealLetterFacts:
        level = level_of(state)
        first = level.name == state.case.path.levels[0].name
        left = [entry.at for entry in opened.trail if _FORWARDED in entry.happened]
        lines = [line for line in opened.held.claim.lines if line.number in state.case.lines]
        return AppealLetterFacts(
            state=state,
            lines=tuple(self._line(opened, line, traces) for line in lines),
            rationale=opened.rationales.get(level.name, ""),
            why_longer=why_longer or _why_longer(opened),
            forwarded_at=left[-1] if left else None,
            received_at=opened.held.filed.received_at if first else None,
        )

    def _line(self, opened: OpenedAppeal, line: ClaimLine, traces: Traces) -> AppealedLine:
        service = named_service(line.number, line.code, line.service_date, self._library)
        first, newest = _of(opened.first, line.number), _of(opened.newest, line.number)
        later = opened.first is not None and opened.newest is not None and opened.newest.version > opened.first.version
        denied = None if first is None else DecidedLine(service, first, traces.get(line.number, ()))
        return AppealedLine(service, denied, newest if later else None)


def _why_longer(opened: OpenedAppeal) -> str:
    """Return the reason with which the last extension was taken; empty if it was taken without one."""
    return next((entry.why_longer for entry in reversed(opened.trail) if entry.why_longer), "")


def _of(version: Version | None, number: LineNumber) -> LineDetermination | None:
    return None if version is None else next((line for line in version.lines if line.line == number), None)


def _governing(opened: OpenedAppeal) -> Plan | None:
    """Return the plan of the first appealed line; None if the plan of no line is known."""
    plans, state = {} if opened.before is None else opened.before.plans, opened.held.state
    appealed = () if state is None else state.case.lines
    governing = sorted(plans.items(), key=lambda each: (each[0] not in appealed, each[0]))
    return governing[0][1] if governing else None
