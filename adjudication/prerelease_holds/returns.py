"""Decisions that a supervisor or quality sent back instead of releasing: which lines are decided again, and by which role.

Sending back cancels the reviewers' settlements made before it, so that each finding pends for its reviewer again. Denials
that the adjudication steps made without a reviewer pend for the reviewers of that step. If nothing else pends on a line
that was sent back, it pends as P-BACK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import AUTHORIZATION_PEND, EDIT_PEND, NURSE_PEND, SENT_BACK_PEND
from adjudication.model.vocabulary import LineNumber, OutcomeCode, Step, Verdict
from adjudication.review.settlements import Settlement

_CITATION: Final = Citation("claims-practice", "F6: quality sends back what it does not pass")
_OPENED: Final = {
    Step.AUTHORIZATION: AUTHORIZATION_PEND,
    Step.EDITS: EDIT_PEND,
    Step.NECESSITY: NURSE_PEND,
}
"""The steps whose denials the reviewers of the step may settle after a return, with the pend code that they work on.

Denials of other steps stay: no reviewer can approve a line without coverage, or a correction of a claim that has none.
"""


class ErrorClass(StrEnum):
    """The error that made a person send a decision back."""

    FINANCIAL = "financial"
    PROCEDURAL = "procedural"
    CLINICAL_RATIONALE = "clinical-rationale"
    LETTER = "letter"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class SentBack:
    """One decision sent back: one line, or the whole claim (None). `outcome` names the pre-release hold that sent it back.

    It cancels the settlements made before it, of its line; a return of any line also cancels an approval of the whole claim.
    """

    line: LineNumber | None
    outcome: OutcomeCode
    error: ErrorClass
    person_id: str
    at: datetime


def standing(settlements: Iterable[Settlement], returns: Sequence[SentBack]) -> tuple[Settlement, ...]:
    """Return the settlements that no return cancelled."""
    undone: dict[LineNumber | None, datetime] = {}
    for back in returns:
        undone[back.line] = max(back.at, undone.get(back.line, back.at))
    last, whole = max(undone.values(), default=None), undone.get(None)
    kept = []
    for each in settlements:
        # A return of any line also cancels an approval of the whole claim.
        until = last if each.line is None else max(filter(None, (whole, undone.get(each.line))), default=None)
        if until is None or each.settled_at > until:
            kept.append(each)
    return tuple(kept)


def reopen_sent_back(
    findings: Sequence[Finding], stands: Sequence[Settlement], returns: Sequence[SentBack], claim: Claim
) -> tuple[Finding, ...]:
    """Return the findings, with denials of returned lines turned into pends so that a reviewer can settle them."""
    if not returns:
        return tuple(findings)
    back = dict(_sent_back(claim, returns))
    answered = {each.line for each in stands if each.outcome == outcomes.SENT_BACK}
    opened = (_opened(finding) if finding.line in back else finding for finding in findings)
    return (*opened, *(question(line, why) for line, why in back.items() if line in answered))


def unanswered(claim: Claim, stands: Sequence[Settlement], returns: Sequence[SentBack]) -> tuple[Finding, ...]:
    """Return a P-BACK finding for each returned line that no reviewer has settled since.

    Called only if nothing else pends: findings whose settlement was cancelled pend again without it.
    """
    since = {each.line for each in stands if each.outcome not in outcomes.HOLDS}
    back = () if None in since else _sent_back(claim, returns)
    return tuple(question(line, why) for line, why in back if line not in since)


def question(line: LineNumber, back: SentBack) -> Finding:
    """Return the P-BACK finding that pends a returned line."""
    evidence = (Evidence("error", back.error.value), Evidence("sent_back_by", back.person_id))
    return Finding(Step.PRICING, outcomes.SENT_BACK, Verdict.PENDS, _CITATION, line, evidence, SENT_BACK_PEND)


def _sent_back(claim: Claim, returns: Sequence[SentBack]) -> Iterator[tuple[LineNumber, SentBack]]:
    """Yield the returned lines, each with its newest return."""
    newest: dict[LineNumber | None, tuple[int, SentBack]] = {}
    for order, back in enumerate(returns):
        if back.line not in newest or newest[back.line][1].at < back.at:
            newest[back.line] = (order, back)
    for line in claim.lines:
        about = [newest[each] for each in (None, line.number) if each in newest]
        if about:
            yield line.number, min(about, key=lambda each: (-each[1].at.timestamp(), each[0]))[1]


def _opened(finding: Finding) -> Finding:
    pend = _OPENED.get(finding.step)
    if finding.verdict is not Verdict.DENIES or pend is None:
        return finding
    return replace(finding, verdict=Verdict.PENDS, pend=pend)
