"""A decision that was sent back instead of released: what stands of what people settled, and what is asked anew.

What people settled before falls, so that each waits for whoever it waited for. Where nobody had settled anything, the
machine had decided: its denials become a question for those who settle what waits at that step, and a line on which
nothing waits is looked at by somebody (P-BACK).
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
"""Steps whose denials a person may then settle, as those of the step settle what waits there. Who is not covered, or
corrects what cannot be, nobody approves.
"""


class ErrorClass(StrEnum):
    """What was wrong with a decision that was sent back."""

    FINANCIAL = "financial"
    PROCEDURAL = "procedural"
    CLINICAL_RATIONALE = "clinical-rationale"
    LETTER = "letter"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class SentBack:
    """One decision sent back, about one line or (None) all of it; `outcome` says by which of the looks before release."""

    line: LineNumber | None
    outcome: OutcomeCode
    error: ErrorClass
    person_id: str
    at: datetime

    def undoes(self, settlement: Settlement) -> bool:
        """Say whether a settlement falls with it. An approval of the whole claim falls with any of its lines."""
        about = self.line is None or settlement.line in (None, self.line)
        return about and settlement.settled_at <= self.at


def standing(settlements: Iterable[Settlement], returns: Sequence[SentBack]) -> tuple[Settlement, ...]:
    """Return the settlements that were not sent back."""
    return tuple(each for each in settlements if not any(back.undoes(each) for back in returns))


def asked_anew(
    findings: Sequence[Finding], stands: Sequence[Settlement], returns: Sequence[SentBack], claim: Claim
) -> tuple[Finding, ...]:
    """Return the findings with the machine's denials of lines sent back opened for a person to settle."""
    if not returns:
        return tuple(findings)
    back = dict(_sent_back(claim, returns))
    answered = {each.line for each in stands if each.outcome == outcomes.SENT_BACK}
    opened = (_opened(finding) if finding.line in back else finding for finding in findings)
    return (*opened, *(question(line, why) for line, why in back.items() if line in answered))


def unanswered(claim: Claim, stands: Sequence[Settlement], returns: Sequence[SentBack]) -> tuple[Finding, ...]:
    """Return a question for each line sent back of which nobody has settled anything since.

    Asked only when nothing else waits: what people settled before waits for them again by itself.
    """
    since = {each.line for each in stands if each.outcome not in outcomes.HOLDS}
    back = () if None in since else _sent_back(claim, returns)
    return tuple(question(line, why) for line, why in back if line not in since)


def question(line: LineNumber, back: SentBack) -> Finding:
    """Return what a line sent back waits for."""
    evidence = (Evidence("error", back.error.value), Evidence("sent_back_by", back.person_id))
    return Finding(Step.PRICING, outcomes.SENT_BACK, Verdict.PENDS, _CITATION, line, evidence, SENT_BACK_PEND)


def _sent_back(claim: Claim, returns: Sequence[SentBack]) -> Iterator[tuple[LineNumber, SentBack]]:
    """Yield the lines sent back, each with the newest reason."""
    for line in claim.lines:
        about = [back for back in returns if back.line in (None, line.number)]
        if about:
            yield line.number, max(about, key=lambda back: back.at)


def _opened(finding: Finding) -> Finding:
    pend = _OPENED.get(finding.step)
    if finding.verdict is not Verdict.DENIES or pend is None:
        return finding
    return replace(finding, verdict=Verdict.PENDS, pend=pend)
