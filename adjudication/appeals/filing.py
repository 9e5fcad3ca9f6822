"""Decides what a received filing leads to: an open appeal, a request for proof, or a person's decision to dismiss.

No machine refuses an appeal. A late one is recorded and waits for a person to weigh its cause, even where the rule
names no good cause; one without standing waits for a person to dismiss it with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from adjudication.appeals.filing_window import FilingDates, WindowAnswer, filing_window
from adjudication.appeals.follow_on_filings import Continued, EarlierAppeal, FilingRequest, going_on, ruled_on
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

_SAYS: Final = {Appellant.CONTRACT_PROVIDER: True, Appellant.NON_CONTRACT_PROVIDER: False}


class Disposal(StrEnum):
    """The first result of a received filing."""

    ACCEPTED = "accepted"
    NEEDS_PROOF = "needs-proof"
    LATE = "late"
    DISMISSIBLE = "dismissible"
    NO_RULE = "no-rule"


class Ground(StrEnum):
    """Why a person may dismiss an appeal."""

    NO_STANDING = "no-standing"
    NOT_APPEALABLE = "not-appealable"
    LEVEL_NOT_OPEN = "level-not-open"
    ALREADY_OPEN = "already-open"
    NO_PROOF = "no-proof"
    LATE = "late-without-good-cause"
    TAKEN_BACK = "claim-taken-back"


@dataclass(frozen=True, slots=True)
class Filing:
    """A received filing with what is stored about its claim.

    `good_cause`: the appellant says why it is late; the words stay with the documents, for people.
    `appealable`: lines with a final decision that may be appealed; `under_appeal`: lines with an appeal open now.
    `taken_back_by`: the number of the claim that replaced or voided this one. `level`: the one asked for, if named.
    `earlier`: the appeals of the claim there are. `contracted`: what the roster says of who billed, on the dates of
    service; None where it does not say.
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
    physician_asked: bool = False
    good_cause: bool = False
    taken_back_by: str | None = None
    level: str | None = None
    earlier: tuple[EarlierAppeal, ...] = ()
    contracted: bool | None = None


@dataclass(frozen=True, slots=True)
class FilingAnswer:
    """The result of a filing. `urgency_open`: a person must still decide whether it is expedited; until then it is.

    `continues`: the appeal that it continues; it opens no other.
    """

    disposal: Disposal
    words: str
    path: AppealPath | None = None
    ground: Ground | None = None
    window: WindowAnswer | None = None
    missing: frozenset[Proof] = frozenset()
    urgency: Urgency = Urgency.STANDARD
    urgency_open: bool = False
    lines: frozenset[LineNumber] = frozenset()
    continues: Continued | None = None


def assess(filing: Filing, rules: AppealRules, calendar: LegalCalendar = NO_CALENDAR) -> FilingAnswer:
    """Return the result of a filing; the rules in force on the day of the notice govern.

    Whether it is in time cannot be said without the holidays it asks for: that is a gap like a rule not loaded. What an
    appeal says of a contract chooses its path, so that no appellant loses a right to a wrong roster. Where the
    roster says otherwise, the answer names it.
    """
    answer = _assessed(filing, rules, calendar)
    return replace(answer, words=answer.words + _contradiction(filing))


def _contradiction(filing: Filing) -> str:
    says = _SAYS.get(filing.appellant)
    if says is None or filing.contracted in (None, says):
        return ""
    stated, known = ("has a contract", "none") if says else ("has no contract", "one")
    return (
        f" The appeal says that the provider {stated}; the roster of {filing.plan_id} says that who billed had {known} on "
        f"the dates of service. It is taken as it says; settle which is right before it is decided."
    )


def _assessed(filing: Filing, rules: AppealRules, calendar: LegalCalendar) -> FilingAnswer:
    on = filing.dates.notice_on or calendar.day_of(filing.dates.received_at)
    paths = rules.paths_of(filing.product_line, filing.plan_id, filing.matter, on)
    path = next((path for path in paths if _opens(path, filing)), None)
    standing = None if path is None else path.standing_of(filing.appellant)
    if path is None or standing is None:
        return _without_path(filing, rules, paths, on)
    if filing.taken_back_by is not None:
        words = (
            f"The claim was replaced or voided by claim {filing.taken_back_by}; what is decided there can be appealed."
        )
        return _dismissible(path, Ground.TAKEN_BACK, words)
    return _on_path(filing, path, standing, calendar)


def _on_path(filing: Filing, path: AppealPath, standing: Standing, calendar: LegalCalendar) -> FilingAnswer:
    """A further level continues the existing appeal; lines without a decided level begin with the first."""
    lines = filing.lines & filing.appealable
    asked, ruled = _asked(filing, path, standing, lines)
    if asked.level is not None or (ruled and lines <= ruled | filing.under_appeal):
        return _gone_on(asked, filing, path)
    if not lines:
        return _dismissible(
            path, Ground.NOT_APPEALABLE, "None of these lines has a final decision that may be appealed."
        )
    if not lines - filing.under_appeal:
        return _dismissible(
            path, Ground.ALREADY_OPEN, "These lines are under appeal already; link this filing to that appeal."
        )
    try:
        heard = _heard(filing, path, standing, lines - filing.under_appeal - ruled, calendar)
    except CalendarGapError as gap:
        return FilingAnswer(Disposal.NO_RULE, f"It is not known whether it was filed in time: {gap}. A person decides.")
    left_out = ", ".join(str(line) for line in sorted(ruled))
    words = f" Line {left_out} is left out: an appeal ruled on it; ask whether its further level is meant."
    return replace(heard, words=heard.words + words) if ruled else heard


def _asked(
    filing: Filing, path: AppealPath, standing: Standing, lines: frozenset[LineNumber]
) -> tuple[FilingRequest, frozenset[LineNumber]]:
    """Return the levels requested beyond the first, and the lines that have had them."""
    beyond = None if filing.level == path.levels[0].name else filing.level
    asked = FilingRequest(lines, beyond, path.names, filing.appellant, proven=not standing.proofs - filing.proofs)
    return asked, ruled_on(asked, filing.earlier)


def _gone_on(asked: FilingRequest, filing: Filing, path: AppealPath) -> FilingAnswer:
    """A filing that names the first level is not read as a request for a further one: the appellant may not know it was decided."""
    if asked.level is None and filing.level is not None:
        words = f"{filing.level} of these lines is decided, and a level is decided once; ask what is meant."
        return _dismissible(path, Ground.LEVEL_NOT_OPEN, words)
    found = going_on(asked, filing.earlier)
    if isinstance(found, str):
        return _dismissible(path, Ground.LEVEL_NOT_OPEN, found)
    words = "It continues the existing appeal of these lines."
    return FilingAnswer(Disposal.ACCEPTED, words, path=path, continues=found)


def own_appeal(answer: FilingAnswer) -> FilingAnswer:
    """Answer for a filing stored as a separate appeal before it was known which appeal it continues."""
    if answer.continues is None or answer.path is None:
        return answer
    words = f"It continues appeal {answer.continues.reference} of these lines and was added to it; dismiss this one."
    return _dismissible(answer.path, Ground.ALREADY_OPEN, words)


def _opens(path: AppealPath, filing: Filing) -> bool:
    """Return whether a path is open to the appellant for the request: one that gives no time would never end."""
    known = path.levels[0].decision(filing.subject, Urgency.STANDARD) is not None
    return known and path.standing_of(filing.appellant) is not None


def _without_path(filing: Filing, rules: AppealRules, paths: tuple[AppealPath, ...], on: date) -> FilingAnswer:
    """A gap in the loaded rules does not deny standing: an appellant has none only if no path of any day names them."""
    ever = rules.paths_ever(filing.product_line, filing.plan_id, filing.matter)
    if not paths or any(path.standing_of(filing.appellant) is not None for path in ever):
        words = f"No rule is loaded for such an appeal by a {filing.appellant.value} on {on}; a person decides."
        return FilingAnswer(Disposal.NO_RULE, words)
    return _dismissible(
        paths[0], Ground.NO_STANDING, f"A {filing.appellant.value} has no appeal under {paths[0].title}."
    )


def _dismissible(path: AppealPath, ground: Ground, words: str) -> FilingAnswer:
    return FilingAnswer(Disposal.DISMISSIBLE, words, path=path, ground=ground)


def _heard(
    filing: Filing, path: AppealPath, standing: Standing, lines: frozenset[LineNumber], calendar: LegalCalendar
) -> FilingAnswer:
    window = path.levels[0].window(filing.appellant)
    counted = None if window is None else filing_window(window, filing.dates, calendar)
    missing = standing.proofs - filing.proofs
    disposal, words = _disposal(filing, counted, missing)
    urgency, still_open = urgency_at_filing(path, filing)
    return FilingAnswer(
        disposal,
        words,
        path=path,
        window=counted,
        missing=missing,
        urgency=urgency,
        urgency_open=still_open,
        lines=lines,
    )


def _disposal(filing: Filing, counted: WindowAnswer | None, missing: frozenset[Proof]) -> tuple[Disposal, str]:
    if counted is not None and counted.timely is False:
        stated = "states a cause" if filing.good_cause else "states no cause yet; ask for one"
        return (
            Disposal.LATE,
            f"It was received after {counted.last_day} and {stated}. A person decides whether to accept it.",
        )
    if missing:
        named = ", ".join(sorted(proof.value for proof in missing))
        return Disposal.NEEDS_PROOF, f"It can be accepted once this is received: {named}."
    return Disposal.ACCEPTED, "It is accepted."


def urgency_at_filing(path: AppealPath, filing: Filing) -> tuple[Urgency, bool]:
    """Return how urgent it is, and whether a person must still decide that (not after a physician's request)."""
    if not filing.expedited or path.levels[0].decision(filing.subject, Urgency.EXPEDITED) is None:
        return Urgency.STANDARD, False
    return Urgency.EXPEDITED, not filing.physician_asked
