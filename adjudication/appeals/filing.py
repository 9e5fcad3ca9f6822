"""Decides what a received filing leads to: an open appeal, a request for proof, or a person's decision to dismiss.

Only a person may dismiss an appeal. A late appeal is pended until a person decides on good cause, even if the rule has no
exception for good cause. An appeal without standing is pended until a person dismisses it with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from adjudication.appeals.filing_window import FilingDates, WindowResult, filing_window
from adjudication.appeals.follow_on_filings import (
    Continued,
    EarlierAppeal,
    FilingRequest,
    find_appeal_to_continue,
    lines_already_ruled_on,
)
from adjudication.appeals.rules import (
    AppealPath,
    AppealRules,
    Appellant,
    Matter,
    Proof,
    Standing,
    Subject,
    Urgency,
)
from adjudication.deadlines.calendar import NO_CALENDAR, CalendarGapError, LegalCalendar
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine

_CLAIMS_CONTRACT: Final = {Appellant.CONTRACT_PROVIDER: True, Appellant.NON_CONTRACT_PROVIDER: False}


class FilingOutcome(StrEnum):
    """The first result of a received filing."""

    ACCEPTED = "accepted"
    NEEDS_PROOF = "needs-proof"
    LATE = "late"
    DISMISSIBLE = "dismissible"
    NO_RULE = "no-rule"


class DismissalGround(StrEnum):
    """A reason for which a person may dismiss an appeal."""

    NO_STANDING = "no-standing"
    NOT_APPEALABLE = "not-appealable"
    LEVEL_NOT_OPEN = "level-not-open"
    ALREADY_OPEN = "already-open"
    NO_PROOF = "no-proof"
    LATE = "late-without-good-cause"
    TAKEN_BACK = "claim-taken-back"


@dataclass(frozen=True, slots=True)
class Filing:
    """A received filing with the stored facts about its claim.

    `good_cause`: the appellant gives a reason for filing late; the text stays with the documents.
    `appealable`: lines with a final decision that may be appealed; `under_appeal`: lines with an open appeal.
    `superseded_by`: the number of the claim that replaced or voided this one. `level`: the requested level, if named.
    `contracted`: whether the roster shows a contract for the billing provider on the dates of service; None if unknown.
    """

    appellant: Appellant
    product_line: ProductLine
    plan_id: PlanId
    matter: Matter
    subject: Subject
    dates: FilingDates
    lines: frozenset[LineNumber]
    appealable: frozenset[LineNumber]
    under_appeal: frozenset[LineNumber] = frozenset()
    proofs: frozenset[Proof] = frozenset()
    expedited: bool = False
    physician_requested_expedited: bool = False
    good_cause: bool = False
    superseded_by: str | None = None
    level: str | None = None
    existing_appeals: tuple[EarlierAppeal, ...] = ()
    contracted: bool | None = None


@dataclass(frozen=True, slots=True)
class FilingResult:
    """The result of a filing.

    `urgency_open`: a person must still decide whether the appeal is expedited; until then it is treated as expedited.
    `continues`: the existing appeal that the filing continues; then no new appeal is opened.
    """

    outcome: FilingOutcome
    words: str
    path: AppealPath | None = None
    ground: DismissalGround | None = None
    window: WindowResult | None = None
    missing: frozenset[Proof] = frozenset()
    urgency: Urgency = Urgency.STANDARD
    urgency_open: bool = False
    lines: frozenset[LineNumber] = frozenset()
    continues: Continued | None = None


def assess(filing: Filing, rules: AppealRules, calendar: LegalCalendar = NO_CALENDAR) -> FilingResult:
    """Return the result of a filing, by the rules in force on the day of the notice.

    If a needed holiday calendar is not loaded, timeliness is unknown and a person decides. The path follows the
    appellant's own statement about a contract, so that a wrong roster costs no appellant a right; the result names the
    contradiction.
    """
    answer = _assessed(filing, rules, calendar)
    return replace(answer, words=answer.words + _contradiction(filing))


def _contradiction(filing: Filing) -> str:
    says = _CLAIMS_CONTRACT.get(filing.appellant)
    if says is None or filing.contracted in (None, says):
        return ""
    stated, on_roster = ("has a contract", "no contract") if says else ("has no contract", "a contract")
    return (
        f" The appeal says that the provider {stated}; the roster of {filing.plan_id} shows {on_roster} for the billing "
        f"provider on the dates of service. The appeal is handled as it states; find out which is right before deciding it."
    )


def _assessed(filing: Filing, rules: AppealRules, calendar: LegalCalendar) -> FilingResult:
    on = filing.dates.notice_on or calendar.day_of(filing.dates.received_at)
    paths = rules.paths_of(filing.product_line, filing.plan_id, filing.matter, on)
    path = next((path for path in paths if _opens(path, filing)), None)
    standing = None if path is None else path.standing_of(filing.appellant)
    if path is None or standing is None:
        return _without_path(filing, rules, paths, on)
    if filing.superseded_by is not None:
        words = (
            f"The claim was replaced or voided by claim {filing.superseded_by}; what is decided there can be appealed."
        )
        return _dismissible(path, DismissalGround.TAKEN_BACK, words)
    return _on_path(filing, path, standing, calendar)


def _on_path(filing: Filing, path: AppealPath, standing: Standing, calendar: LegalCalendar) -> FilingResult:
    """A request for a further level continues the existing appeal; lines without a ruling start at the first level."""
    lines = filing.lines & filing.appealable
    request, ruled = _request(filing, path, standing, lines)
    if request.level is not None or (ruled and lines <= ruled | filing.under_appeal):
        return _continue_existing(request, filing, path)
    if not lines:
        return _dismissible(
            path, DismissalGround.NOT_APPEALABLE, "None of these lines has a final decision that may be appealed."
        )
    if not lines - filing.under_appeal:
        return _dismissible(
            path, DismissalGround.ALREADY_OPEN, "These lines are under appeal already; link this filing to that appeal."
        )
    try:
        result = _open_new(filing, path, standing, lines - filing.under_appeal - ruled, calendar)
    except CalendarGapError as gap:
        return FilingResult(
            FilingOutcome.NO_RULE, f"It is not known whether it was filed in time: {gap}. A person decides."
        )
    left_out = ", ".join(str(line) for line in sorted(ruled))
    words = f" Line {left_out} is left out: an appeal ruled on it; ask whether its further level is meant."
    return replace(result, words=result.words + words) if ruled else result


def _request(
    filing: Filing, path: AppealPath, standing: Standing, lines: frozenset[LineNumber]
) -> tuple[FilingRequest, frozenset[LineNumber]]:
    """Return the request with its further level, if it names one, and the lines on which the appeal has ruled already."""
    beyond = None if filing.level == path.levels[0].name else filing.level
    request = FilingRequest(lines, beyond, path.names, filing.appellant, proven=not standing.proofs - filing.proofs)
    return request, lines_already_ruled_on(request, filing.existing_appeals)


def _continue_existing(request: FilingRequest, filing: Filing, path: AppealPath) -> FilingResult:
    """Continue an existing appeal.

    A filing that names the first level is no request for a further one: the appellant may not know of the decision.
    """
    if request.level is None and filing.level is not None:
        words = f"{filing.level} of these lines is decided, and a level is decided once; ask what is meant."
        return _dismissible(path, DismissalGround.LEVEL_NOT_OPEN, words)
    found = find_appeal_to_continue(request, filing.existing_appeals)
    if isinstance(found, str):
        return _dismissible(path, DismissalGround.LEVEL_NOT_OPEN, found)
    words = "It continues the existing appeal of these lines."
    return FilingResult(FilingOutcome.ACCEPTED, words, path=path, continues=found)


def result_for_stored_duplicate(answer: FilingResult) -> FilingResult:
    """Return the result for a filing that was stored as a separate appeal although it continues an existing one."""
    if answer.continues is None or answer.path is None:
        return answer
    words = f"It continues appeal {answer.continues.reference} of these lines and was added to it; dismiss this one."
    return _dismissible(answer.path, DismissalGround.ALREADY_OPEN, words)


def _opens(path: AppealPath, filing: Filing) -> bool:
    """Return whether a path is open to the appellant. A path without a decision deadline for this subject is not open."""
    known = path.levels[0].decision(filing.subject, Urgency.STANDARD) is not None
    return known and path.standing_of(filing.appellant) is not None


def _without_path(filing: Filing, rules: AppealRules, paths: tuple[AppealPath, ...], on: date) -> FilingResult:
    """An appellant lacks standing only if no path, past or present, names them; otherwise a rule is missing."""
    ever = rules.paths_ever(filing.product_line, filing.plan_id, filing.matter)
    if not paths or any(path.standing_of(filing.appellant) is not None for path in ever):
        words = f"No rule is loaded for such an appeal by a {filing.appellant.value} on {on}; a person decides."
        return FilingResult(FilingOutcome.NO_RULE, words)
    return _dismissible(
        paths[0], DismissalGround.NO_STANDING, f"A {filing.appellant.value} has no appeal under {paths[0].title}."
    )


def _dismissible(path: AppealPath, ground: DismissalGround, words: str) -> FilingResult:
    return FilingResult(FilingOutcome.DISMISSIBLE, words, path=path, ground=ground)


def _open_new(
    filing: Filing, path: AppealPath, standing: Standing, lines: frozenset[LineNumber], calendar: LegalCalendar
) -> FilingResult:
    window = path.levels[0].window(filing.appellant)
    window_result = None if window is None else filing_window(window, filing.dates, calendar)
    missing = standing.proofs - filing.proofs
    disposal, words = _outcome(filing, window_result, missing)
    urgency, still_open = urgency_at_filing(path, filing)
    return FilingResult(
        disposal,
        words,
        path=path,
        window=window_result,
        missing=missing,
        urgency=urgency,
        urgency_open=still_open,
        lines=lines,
    )


def _outcome(
    filing: Filing, window_result: WindowResult | None, missing: frozenset[Proof]
) -> tuple[FilingOutcome, str]:
    if window_result is not None and window_result.timely is False:
        stated = "states a cause" if filing.good_cause else "states no cause yet; ask for one"
        return (
            FilingOutcome.LATE,
            f"It was received after {window_result.last_day} and {stated}. A person decides whether to accept it.",
        )
    if missing:
        named = ", ".join(sorted(proof.value for proof in missing))
        return FilingOutcome.NEEDS_PROOF, f"It can be accepted once this is received: {named}."
    return FilingOutcome.ACCEPTED, "It is accepted."


def urgency_at_filing(path: AppealPath, filing: Filing) -> tuple[Urgency, bool]:
    """Return the urgency of the appeal, and whether a person must still decide it (not after a physician's request)."""
    if not filing.expedited or path.levels[0].decision(filing.subject, Urgency.EXPEDITED) is None:
        return Urgency.STANDARD, False
    return Urgency.EXPEDITED, not filing.physician_requested_expedited
