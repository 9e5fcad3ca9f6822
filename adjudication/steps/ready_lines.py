"""Finds the lines of a pended claim that can be decided now: they have no open question and depend on none.

New York requires a payer to pay the undisputed part of a claim while the rest is in question (Ins. Law 3224-a(b)); the 835 guide
reports it as a claim that was split. Only approvals are decided first: denials follow with the whole claim, so that one notice lists everything
that was not paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from adjudication.model.claim import Claim
from adjudication.model.determination import DecidedLines, Determination, Disposition, LineDetermination
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import Frequency, HoldsBack, LineNumber


def ready(
    claim: Claim,
    results: Sequence[LineDetermination | Finding],
    plans: Mapping[LineNumber, Plan],
    before: DecidedLines,
    decided_at: datetime,
    reference: ReferenceData,
) -> Determination | None:
    """Return the next version of the claim's determination, or None where no line became ready.

    `results`: the decision on each line (that of version `before`, if it decides the line), or the finding
    that pends it. A new version is made only if it pays an additional line.
    """
    lines = [result for result in results if isinstance(result, LineDetermination)]
    waiting = [result for result in results if isinstance(result, Finding)]
    free = _free(claim, lines, waiting, plans, reference)
    stand = before.by_line()
    decided = tuple(line for line in lines if line.line in stand or line.line in free)
    if not any(line.paid > 0 and line.line not in stand for line in decided):
        return None
    known = {line.line for line in decided}
    return Determination(
        claim.claim_id,
        decided_at,
        decided,
        reference.content_hash,
        version=before.version + 1,
        pending=tuple(line.number for line in claim.lines if line.number not in known),
        repeated=tuple(line.line for line in before.lines),
        follows_open=before.version > 0,
    )


def _free(
    claim: Claim,
    lines: Sequence[LineDetermination],
    waiting: Sequence[Finding],
    plans: Mapping[LineNumber, Plan],
    reference: ReferenceData,
) -> set[LineNumber]:
    """Return the lines that may go first. A correction is decided as a whole, because it reverses its original as a whole."""
    holds = {finding.line: _held_back(finding, reference) for finding in waiting}
    if claim.frequency is not Frequency.ORIGINAL or None in holds or HoldsBack.CLAIM in holds.values():
        return set()
    billed = {line.number: line for line in claim.lines}
    held = [billed[number] for number in holds if number is not None]
    days: set[date] = {line.service_date for line in held if holds[line.number] is HoldsBack.DAY}
    alike = {(line.code, line.service_date) for line in held}
    return {
        line.line
        for line in lines
        if line.line in plans
        and plans[line.line].lines_when_ready is not None
        and line.disposition in (Disposition.APPROVED, Disposition.NOT_ADJUDICATED)
        and line.code not in reference.family.codes
        and billed[line.line].service_date not in days
        and (line.code, billed[line.line].service_date) not in alike
    }


def _held_back(finding: Finding, reference: ReferenceData) -> HoldsBack:
    return HoldsBack.CLAIM if finding.pend is None else reference.pends[finding.pend].holds_back
