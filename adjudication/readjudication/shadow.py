"""Folds the present findings of a decided claim, line by line: ready lines are decided, lines that would pend keep their decision.

Unknown is never no and never yes, so a line that would pend today is not changed automatically.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, LineDetermination
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.prerelease_holds.returns import SentBack, reopen_sent_back, standing
from adjudication.review.settlements import Settlement
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import EligibilityResult


@dataclass(frozen=True, slots=True)
class Shadow:
    """The present result for a claim. `waits`: the pend codes of the lines that a person would decide.

    `uses`: the authorization units that the lines would take; `findings` name the contract of who bills.
    """

    lines: Mapping[LineNumber, LineDetermination]
    waits: Mapping[LineNumber, tuple[str, ...]]
    plans: Mapping[LineNumber, Plan]
    uses: tuple[AuthorizationUse, ...] = ()
    findings: tuple[Finding, ...] = ()


def fold(
    claim: Claim,
    eligibility: EligibilityResult,
    findings: Sequence[Finding],
    people: tuple[tuple[Settlement, ...], tuple[SentBack, ...]],
    now: datetime,
    reference: ReferenceData,
) -> Shadow:
    """Decide each line that is ready, with reviewers' resolutions; `people` holds their decisions and returns.

    A settlement replaces the finding that it settled, so it is dropped if the steps no longer make that finding.
    A hold before release does not apply: a person approves the correction. Raises what `determine` raises.
    """
    settlements, returns = people
    stands = standing(settlements, returns) if returns else settlements
    found = reopen_sent_back(findings, stands, returns, claim)
    waits: dict[LineNumber, tuple[str, ...]] = {}
    rest = claim
    while rest.lines:
        numbers = {line.number for line in rest.lines}
        of_rest = [finding for finding in found if finding.line is None or finding.line in numbers]
        decision = determine(rest, eligibility, of_rest, now, reference, Earlier(stands))
        if isinstance(decision, Determination):
            decided = {line.line: line for line in decision.lines}
            return Shadow(decided, waits, eligibility.plans, findings=tuple(found))
        for pend in decision.pends:
            for number in numbers if pend.line is None else {pend.line}:
                waits[number] = tuple(sorted({*waits.get(number, ()), pend.code}))
        rest = replace(rest, lines=tuple(line for line in rest.lines if line.number not in waits))
    return Shadow({}, waits, eligibility.plans, findings=tuple(found))
