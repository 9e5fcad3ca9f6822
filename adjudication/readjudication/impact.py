"""The changes that another version of a policy would make in recorded decisions, line by line: direction, money, reason, confidence. Pure.

Both versions judge the same claim as a dry run, with the same facts, so that only the version causes a difference. A line that
would pend for a person is never counted as denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding, PolicyDetail
from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, Step, Verdict
from adjudication.readjudication.attribution import Again, Cause, Source, attributed, attributes, sources_of
from adjudication.readjudication.campaigns import Kind
from adjudication.readjudication.proposal import Case, Kept, LineChange, Proposal, same
from adjudication.readjudication.shadow import Shadow
from adjudication.steps.necessity import PolicyInputs, findings_of, lead_alike, rule_lines

WAITS: Final = "waits"
"""The disposition of a line that a person would decide."""
_ZERO: Final = Decimal(0)


class Direction(StrEnum):
    """The direction in which the decision on a line changes."""

    PAYS_MORE = "pays-more"
    PAYS_LESS = "pays-less"
    TO_REVIEW = "to-review"
    FROM_REVIEW = "from-review"
    OTHER_REASON = "other-reason"


class Confidence(StrEnum):
    """The certainty of the result. Data changed: the result differs from the record even with the version of the decision."""

    CERTAIN = "certain"
    FACTS_MISSING = "facts-missing"
    DATA_CHANGED = "data-changed"


def findings_that_differ(
    inputs: PolicyInputs,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    decided_on: date,
    versions: tuple[ReferenceData, ReferenceData],
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]] | None:
    """Return the medical necessity findings of both versions; None if both lead to the same decision on every line.

    For most claims the rulings show this. Findings are built and compared only for the others.
    """
    one, other = (rule_lines(inputs, plans, authorization, decided_on, each) for each in versions)
    if all(map(lead_alike, one, other)):
        return None
    before, after = findings_of(inputs, one, decided_on), findings_of(inputs, other, decided_on)
    return None if list(map(leads_to, before)) == list(map(leads_to, after)) else (before, after)


def leads_to(finding: Finding) -> tuple[object, ...]:
    """Return the parts of a policy's finding that can affect a decision: all but its citation and evidence."""
    detail = finding.detail
    documents = detail.documents if isinstance(detail, PolicyDetail) else detail
    return finding.line, finding.outcome, finding.verdict, finding.pend, documents


@dataclass(frozen=True, slots=True)
class LineResult:
    """One line as decided, or as pended: its disposition, the amount paid in US dollars, and the outcome with the reason."""

    disposition: str
    paid: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class LineImpact:
    """One line with a different result. `recorded`: as the ledger has it, None while it waits.

    `amount`, in US dollars: the difference if both versions decide; the present payment of a line that would pend; the
    new payment of a line that is pended now. `own_amount`: the part of it that the change under campaign causes.
    `sources`: the other data that matter, where the change alone does not explain the line.
    """

    claim_id: str
    line: int
    code: str
    plan: str
    served_on: date
    recorded: LineResult | None
    before: LineResult
    after: LineResult
    direction: Direction
    amount: Decimal
    confidence: Confidence
    cause: Cause = Cause.THIS_CHANGE
    own_amount: Decimal = _ZERO
    sources: tuple[Source, ...] = ()


def line_impacts(
    claim: Claim, recorded: Mapping[LineNumber, LineResult], before: Shadow, after: Shadow
) -> tuple[LineImpact, ...]:
    """Compare two dry-run results of one claim; return the lines that differ."""
    found = []
    for line in claim.lines:
        was, now = result_of(line.number, before), result_of(line.number, after)
        direction = _direction(line.number, before, after, was, now)
        if direction is None:
            continue
        plan = after.plans.get(line.number)
        kept = recorded.get(line.number)
        found.append(
            LineImpact(
                claim.claim_id,
                line.number,
                line.code,
                "-" if plan is None else plan.plan_id,
                line.service_date,
                kept,
                was,
                now,
                direction,
                amount := _amount(direction, was, now),
                _confidence(kept, was, after.waits.get(line.number, ())),
                own_amount=amount,
            )
        )
    return tuple(found)


def proposal_impacts(claim_id: str, case: Case, proposal: Proposal) -> tuple[LineImpact, ...]:
    """Return the lines of a decided claim with a different result today, and those left as they are and why.

    All of it counts as the change's own; see `with_causes`.
    """
    days = {line.number: line.service_date for line in case.before.claim.lines}
    found = []
    for line in proposal.lines:
        if line.kept is Kept.SAME:
            continue
        number, was = line.before.line, LineResult(line.before.disposition.value, line.before.paid, line.before.reason)
        now, direction, amount = _proposed(line, was)
        plan = proposal.plans.get(number)
        sure = Confidence.FACTS_MISSING if DOCUMENT_PEND in line.waits else Confidence.CERTAIN
        where = (claim_id, number, line.before.code, "-" if plan is None else plan.plan_id, days[number])
        found.append(LineImpact(*where, was, was, now, direction, amount, sure, own_amount=amount))
    return tuple(found)


def with_causes(impacts: Iterable[LineImpact], again: Mapping[int, Again], kind: Kind) -> tuple[LineImpact, ...]:
    """Attribute each line with another result to causes, from adjudications with other data, as a campaign of this kind does.

    A query is about every line with another result, so each cause counts as its own; only the sources are determined.
    """
    found = []
    for each in impacts:
        if not attributes(kind):
            found.append(replace(each, sources=sources_of(again[each.line])))
            continue
        of_line = attributed(again[each.line])
        found.append(replace(each, cause=of_line.cause, own_amount=of_line.own, sources=of_line.sources))
    return tuple(found)


def _proposed(line: LineChange, was: LineResult) -> tuple[LineResult, Direction, Decimal]:
    if line.kept is Kept.WAITS:
        return LineResult(WAITS, _ZERO, " ".join(line.waits)), Direction.TO_REVIEW, was.paid
    if not line.changed:
        return LineResult(was.disposition, was.paid, line.kept.value), Direction.OTHER_REASON, _ZERO
    now = LineResult(line.after.disposition.value, line.after.paid, line.after.reason)
    if line.more == 0:
        return now, Direction.OTHER_REASON, _ZERO
    return now, Direction.PAYS_MORE if line.more > 0 else Direction.PAYS_LESS, line.more


def result_of(number: LineNumber, shadow: Shadow) -> LineResult:
    """Return the result of one line; if it would pend, the reason is the pended outcome."""
    decided = shadow.lines.get(number)
    if decided is not None:
        return LineResult(decided.disposition.value, decided.paid, decided.reason)
    return LineResult(WAITS, _ZERO, _why_it_waits(number, shadow.findings))


def _why_it_waits(number: LineNumber, findings: Iterable[Finding]) -> str:
    """Return the outcome of the finding that pends the line; a policy's finding takes precedence."""
    pending = [f for f in findings if f.verdict is Verdict.PENDS and f.line in (None, number)]
    first = min(pending, key=lambda finding: finding.step is not Step.NECESSITY, default=None)
    return "" if first is None else first.outcome


def _direction(number: LineNumber, before: Shadow, after: Shadow, was: LineResult, now: LineResult) -> Direction | None:
    one, other = before.lines.get(number), after.lines.get(number)
    if one is None and other is None:
        alike = (was.reason, before.waits.get(number)) == (now.reason, after.waits.get(number))
        return None if alike else Direction.OTHER_REASON
    if one is None:
        return Direction.FROM_REVIEW
    if other is None:
        return Direction.TO_REVIEW
    if other.paid != one.paid:
        return Direction.PAYS_MORE if other.paid > one.paid else Direction.PAYS_LESS
    return None if same(one, other) else Direction.OTHER_REASON


def _amount(direction: Direction, was: LineResult, now: LineResult) -> Decimal:
    return was.paid if direction is Direction.TO_REVIEW else now.paid - was.paid


def _confidence(recorded: LineResult | None, was: LineResult, waits: Iterable[str]) -> Confidence:
    if DOCUMENT_PEND in waits:
        return Confidence.FACTS_MISSING
    drifted = was.disposition != WAITS if recorded is None else recorded != was
    return Confidence.DATA_CHANGED if drifted else Confidence.CERTAIN


@dataclass(frozen=True, slots=True)
class Total:
    """The lines of one plan, direction, reason and confidence: how many lines and claims, and US dollars."""

    plan: str
    direction: Direction
    reason: str
    confidence: Confidence
    lines: int
    claims: int
    amount: Decimal


def totals(impacts: Iterable[LineImpact]) -> tuple[Total, ...]:
    """Sum impacts by plan, direction, reason and confidence, in this order."""
    groups: dict[tuple[str, Direction, str, Confidence], list[LineImpact]] = {}
    for each in impacts:
        groups.setdefault((each.plan, each.direction, each.after.reason, each.confidence), []).append(each)
    return tuple(
        Total(*key, len(group), len({each.claim_id for each in group}), sum((each.amount for each in group), _ZERO))
        for key, group in sorted(groups.items())
    )
