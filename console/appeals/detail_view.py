"""Turns an opened appeal into everything needed to work on it: path, deadlines, people, lines before and after, permitted actions."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Final

from adjudication.appeals.assignments import barred, offers
from adjudication.appeals.deadlines import Deadline, DeadlineGap, deadlines, gaps
from adjudication.appeals.deciding import next_levels
from adjudication.appeals.filing_window import FilingDates, filing_window
from adjudication.appeals.independence import Involved
from adjudication.appeals.rules import AppealLevel, CountedFrom
from adjudication.appeals.state import AppealState
from adjudication.deadlines.calendar import CalendarGapError
from adjudication.deadlines.periods import ends
from adjudication.letters.appeal_facts import notice_deadline
from adjudication.model.findings import Citation
from adjudication.people import Role, StaffMember
from console.appeals.lines_view import lines_shown
from console.appeals.list_view import appeal_shown, hours_left, result_words
from console.appeals.models import (
    AppealCaseResponse,
    AppealDeadlineResponse,
    BarredResponse,
    DeciderResponse,
    EntryResponse,
    FilingResponse,
    LevelResponse,
    OfferResponse,
    ProofResponse,
    StandingResponse,
)
from console.ports import Console
from console.review.models import MemberResponse
from contracts.events.determinations import CitationV1
from contracts.records.appeal_queries import AppealEntry, FiledVersion, OpenedAppeal

_OF_OTHERS: Final = {
    "conflict": "has declared an interest in a provider of this claim",
    "involved": "took part before",
    "subordinate": "reports to a person who took part before",
    "reporting-line": "their reporting line is not on file",
    "role-may-not": "not of a role that may decide this",
    "no-license": "has no license on file",
    "license-expired": "has no license that is valid now",
    "license-state": "has no license of the state that is needed",
    "license-expertise": "has no license with the expertise that is needed",
    "license-restricted": "has a restricted license",
}
"""Why a person may not decide, in the third person; refusals address the person directly."""
_UNMAILED: Final = "It is met when the last letter about this step is mailed."


def case_shown(
    console: Console, opened: OpenedAppeal, person: StaffMember, roles: Iterable[Role]
) -> AppealCaseResponse:
    """Show one opened appeal."""
    now, held, state = console.now(), opened.held, opened.held.state
    member = held.claim.member
    return AppealCaseResponse(
        appeal=appeal_shown(console, held, person, roles, now),
        member=MemberResponse(
            member_id=member.member_id,
            birth_date=member.birth_date,
            family_name=member.family_name,
            given_name=member.given_name,
        ),
        diagnoses=held.claim.diagnoses,
        disposal=held.disposal.value,
        words=held.words,
        standing=None if state is None else _standing(state, opened),
        levels=() if state is None else tuple(_level(level, state, opened, now) for level in state.case.path.levels),
        deadlines=() if state is None else _deadlines(state, opened, now),
        barred=() if state is None else _took_part(state.involved),
        deciders=() if state is None else _deciders(state, opened, now),
        lines=lines_shown(console, opened),
        filings=tuple(_filing(each) for each in opened.filings),
        history=tuple(_entry(each) for each in opened.trail),
        documents=() if state is None else state.documents,
        next_levels=() if state is None else tuple(sorted(next_levels(state))),
        dismissal_ground=None if state is None or state.ground is None else state.ground.value,
        time_zone=None if state is None else state.case.calendar.time_zone,
        offers=() if state is None else _offers(console, state, opened, person),
    )


def citation_shown(citation: Citation) -> CitationV1:
    """Return a citation as the API writes it."""
    return CitationV1(source=citation.source, locator=citation.locator)


def _offers(
    console: Console, state: AppealState, opened: OpenedAppeal, person: StaffMember
) -> tuple[OfferResponse, ...]:
    found = offers(state, person, console.now(), opened.reports_to, opened.held.pends, console.reference)
    return tuple(
        OfferResponse(action=each.action, why_not=None if each.refusal is None else each.refusal.words)
        for each in found
    )


def _deadlines(state: AppealState, opened: OpenedAppeal, now: datetime) -> tuple[AppealDeadlineResponse, ...]:
    owed: list[tuple[Deadline | DeadlineGap, datetime, str]]
    owed = [(each, each.due_at, each.arithmetic) for each in deadlines(state)]
    owed += [(gap, gap.act_by, gap.words) for gap in gaps(state)]
    notice = notice_deadline(state, opened.trail[-1].at) if opened.unmailed else None
    if isinstance(notice, Deadline):
        owed.append((notice, notice.due_at, f"{notice.arithmetic} {_UNMAILED}"))
    return tuple(
        AppealDeadlineResponse(
            what="notice" if each is notice else each.duty.value,
            due_at=due_at,
            hours_left=hours_left(due_at, now),
            arithmetic=arithmetic,
            citation=citation_shown(each.citation),
            counted=isinstance(each, Deadline),
        )
        for each, due_at, arithmetic in sorted(owed, key=lambda one: one[1])
    )


def _took_part(involved: Iterable[Involved]) -> tuple[BarredResponse, ...]:
    parts: dict[str, list[str]] = {}
    for each in involved:
        parts.setdefault(each.person_id, []).append(each.part)
    return tuple(BarredResponse(person_id=who, parts=tuple(sorted(set(how)))) for who, how in sorted(parts.items()))


def _deciders(state: AppealState, opened: OpenedAppeal, now: datetime) -> tuple[DeciderResponse, ...]:
    found = barred(state, opened.staff, now, opened.reports_to)
    return tuple(
        DeciderResponse(
            person_id=person.person_id,
            roles=tuple(sorted(role.value for role in person.roles)),
            why_not=None if refusal is None else _OF_OTHERS.get(refusal.code, refusal.words),
        )
        for person, refusal in found
    )


def _standing(state: AppealState, opened: OpenedAppeal) -> StandingResponse:
    standing = state.case.path.standing_of(state.case.appellant)
    proofs = () if standing is None else tuple(sorted(standing.proofs))
    sent = {proof.proof: proof.document_id for each in opened.filings for proof in each.filed.proofs}
    until = None
    if standing is not None and standing.proof_within is not None and state.missing:
        with suppress(CalendarGapError):  # the missing data is listed among the appeal's pends
            calendar = state.case.calendar
            until = calendar.day_of(ends(state.received_at, standing.proof_within, calendar))
    return StandingResponse(
        appellant=state.case.appellant.value,
        proofs=tuple(
            ProofResponse(proof=proof.value, here=proof not in state.missing, document=sent.get(proof))
            for proof in proofs
        ),
        awaited_until=until,
        waits_for_proof=standing is not None and standing.waits_for_proof,
        citation=None if standing is None else citation_shown(standing.citation),
    )


def _level(level: AppealLevel, state: AppealState, opened: OpenedAppeal, now: datetime) -> LevelResponse:
    result = next((each for each in state.results if each.level == level.name), None)
    lines, last_day = _window(level, state, opened, now)
    decision = level.decision(state.case.subject, state.urgency)
    return LevelResponse(
        level=level.name,
        forum=level.forum.value,
        stage=_stage(level, state),
        window=lines,
        last_day=last_day,
        decision=None if decision is None else str(decision.period),
        judge=None if level.decider is None or not state.case.clinical else level.decider.judgment.value,
        missed=None if level.late_decision is None else level.late_decision.value,
        forwards_to=None if level.forward is None else level.forward.to,
        result=None if result is None else result_words(result),
        decided_at=None if result is None else result.at,
        decided_by=None if result is None else (result.by or "another forum, or the law"),
        rationale=opened.rationales.get(level.name),
        version=opened.published_in.get(level.name),
        citation=citation_shown(level.citation),
    )


def _stage(level: AppealLevel, state: AppealState) -> str:
    if level.name == state.level.name:
        return "now"
    if level.name in state.visited:
        return "past"
    return "next" if level.name in next_levels(state) else "later"


def _window(
    level: AppealLevel, state: AppealState, opened: OpenedAppeal, now: datetime
) -> tuple[tuple[str, ...], date | None]:
    """Compute the last day to request a level, if the day of its notice is known; else return its length."""
    window = level.window(state.case.appellant)
    if window is None:
        return (), None
    dates = _dates(level, state, opened, now)
    if dates is None:
        start = "receipt of the notice" if window.counted_from is CountedFrom.RECEIPT else "the date of the notice"
        return (f"{window.period} from {start}.",), None
    try:
        counted = filing_window(window, dates, state.case.calendar)
    except CalendarGapError as gap:
        return (f"{window.period}: {gap}.",), None
    # For a level that is not requested yet, only the last day is known.
    asked = level.name in state.visited
    return (counted.lines if asked else counted.lines[:-1]), counted.last_day


def _dates(level: AppealLevel, state: AppealState, opened: OpenedAppeal, now: datetime) -> FilingDates | None:
    held = opened.held
    if level.name == state.case.path.levels[0].name:
        filed = held.filed
        return FilingDates(filed.received_at, filed.postmarked_on, held.notice_on, filed.notice_received_on)
    last = state.results[-1] if state.results else None
    if last is None or level.name not in next_levels(state):
        return None
    return FilingDates(now, notice_on=state.case.calendar.day_of(last.at))


def _filing(each: FiledVersion) -> FilingResponse:
    filed = each.filed
    return FilingResponse(
        version=filed.version,
        received_at=filed.received_at,
        channel=filed.channel,
        postmarked_on=filed.postmarked_on,
        level=filed.level,
        documents=filed.documents,
        statement=filed.statement,
        good_cause=filed.good_cause,
        withdrawn=filed.withdrawn,
    )


def _entry(each: AppealEntry) -> EntryResponse:
    return EntryResponse(
        at=each.at, person_id=each.person_id, role=each.role, action=each.asked, happened=each.happened
    )
