"""Why each line stands as it does, in plain words: the finding that decides, its citation, its codes, what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from adjudication.letters.wording import LetterLibrary
from adjudication.model.claim import ClaimLine
from adjudication.model.determination import Pend, ReviewerSignature
from adjudication.model.findings import Citation, Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode
from console.claims.masking import evidence_shown
from console.review.models import ReviewResponse
from contracts.events.determinations import AdjustmentV1, CitationV1, FindingV1, LineDeterminationV1

KINDS: Final = {"passes": "ok", "notes": "plain", "pends": "warn", "denies": "bad"}
_GROUPS: Final = {
    "CO": "the provider bears it",
    "OA": "nobody is said to owe it",
    "PI": "our decision; the provider may bill it only after asking us",
    "PR": "the provider may bill the member",
}
"""Who bears what is not paid, by adjustment group; our own words."""

_DISPOSITIONS: Final = {"approved": "ok", "denied": "bad", "reversed": "plain", "withdrawn": "plain"}


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding. `title` is what the cited source is called."""

    step: str
    verdict: str
    kind: str
    label: str
    outcome: str
    evidence: tuple[tuple[str, str], ...]
    citation: Citation | CitationV1
    title: str


@dataclass(frozen=True, slots=True)
class CodeView:
    """A reason code with our own short words for it."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """One adjustment as a remittance tells it."""

    group: CodeView
    carc: CodeView
    amount: Decimal
    rarcs: tuple[CodeView, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One line and why."""

    number: int
    code: str
    label: str
    modifiers: tuple[str, ...]
    units: Decimal
    charge: Decimal
    paid: Decimal | None
    service_date: date
    state: str
    kind: str
    reason: str
    told: str
    because: FindingView | None
    adjustments: tuple[AdjustmentView, ...]
    would_also_fail: tuple[str, ...]
    changes: tuple[str, ...]
    findings: tuple[FindingView, ...]
    signed: ReviewerSignature | None


@dataclass(frozen=True, slots=True)
class Telling:
    """What lines are told with: reference data, our words, and whether the member data are open."""

    reference: ReferenceData
    words: LetterLibrary
    opened: bool

    def label(self, outcome: str) -> str:
        """Return what an outcome is called."""
        rule = self.reference.outcomes.get(OutcomeCode(outcome))
        return outcome if rule is None else rule.label

    def finding(self, finding: Finding | FindingV1) -> FindingView:
        """Put a finding into words."""
        source = self.words.sources.get(finding.citation.source)
        return FindingView(
            step=finding.step,
            verdict=finding.verdict,
            kind=KINDS.get(finding.verdict, "plain"),
            label=self.label(finding.outcome),
            outcome=finding.outcome,
            evidence=evidence_shown(finding.evidence, opened=self.opened),
            citation=finding.citation,
            title=finding.citation.source if source is None else source.title,
        )

    def remedy(self, outcome: str) -> tuple[str, ...]:
        """Return what could change an outcome, where we have words for it."""
        reason = self.words.reasons.get(OutcomeCode(outcome))
        return () if reason is None or not reason.remedy else (reason.remedy,)


def decided_line(
    line: ClaimLine, told: LineDeterminationV1, signed: ReviewerSignature | None, telling: Telling
) -> LineView:
    """Tell a line of the newest determination."""
    reason = telling.words.reasons.get(OutcomeCode(told.reason))
    denied = told.disposition == "denied"
    because = next((f for f in told.findings if f.outcome == told.reason), None)
    return LineView(
        number=line.number,
        code=line.code,
        label=_label(line, telling.reference),
        modifiers=line.modifiers,
        units=line.units,
        charge=told.charge,
        paid=told.paid,
        service_date=line.service_date,
        state=told.disposition,
        kind=_DISPOSITIONS[told.disposition],
        reason=told.reason_label,
        told=f"The member is told: {reason.member}" if denied and reason is not None else "",
        because=None if because is None else telling.finding(because),
        adjustments=tuple(_adjustment(each, telling.words) for each in told.adjustments),
        would_also_fail=tuple(telling.label(outcome) for outcome in told.would_also_fail),
        changes=telling.remedy(told.reason) if denied else (),
        findings=tuple(telling.finding(each) for each in told.findings),
        signed=signed,
    )


def open_line(line: ClaimLine, pends: Sequence[Pend], findings: Sequence[Finding], telling: Telling) -> LineView:
    """Tell a line that is not decided: what it waits for first, or that nobody has come to it yet."""
    own = [finding for finding in findings if finding.line == line.number]
    waits = next((pend for pend in pends if pend.line in (line.number, None)), None)
    because = None if waits is None else next((f for f in findings if f.outcome == waits.outcome), None)
    return LineView(
        number=line.number,
        code=line.code,
        label=_label(line, telling.reference),
        modifiers=line.modifiers,
        units=line.units,
        charge=line.charge,
        paid=None,
        service_date=line.service_date,
        state="in process" if not findings else "waits" if waits is not None else "waits for other lines",
        kind="info" if not findings else "warn" if waits is not None else "plain",
        reason=_waiting(waits, telling),
        told=_released(waits, telling),
        because=None if because is None else telling.finding(because),
        adjustments=(),
        would_also_fail=(),
        changes=() if waits is None else telling.remedy(waits.outcome),
        findings=tuple(telling.finding(each) for each in own),
        signed=None,
    )


def whole_claim(findings: Iterable[Finding], telling: Telling) -> tuple[FindingView, ...]:
    """Tell the findings that concern no single line."""
    return tuple(telling.finding(each) for each in findings if each.line is None)


def _label(line: ClaimLine, reference: ReferenceData) -> str:
    procedure = reference.procedure(line.code, line.service_date)
    return "" if procedure is None else procedure.label


def _waiting(pend: Pend | None, telling: Telling) -> str:
    if pend is None:
        return "Nothing of its own is open; the claim is decided as a whole."
    return telling.label(pend.outcome)


def _released(pend: Pend | None, telling: Telling) -> str:
    if pend is None:
        return ""
    rule = telling.reference.pends.get(pend.code)
    if rule is None:
        return f"{pend.code}, with {pend.owner}"
    after = " or ".join(event.replace("-", " ") for event in rule.releases_on)
    return f"{rule.label} ({pend.code}), with {pend.owner}. It is tried again after: {after}."


def open_questions(review: ReviewResponse) -> tuple[str, ...]:
    """Say which open questions of the policy would still change its answer, and what tells them."""
    found = []
    for change in review.would_change:
        tells = change.document_label or ("a reviewer's judgement" if change.judgement else "whoever knows")
        results = (f"{told}: {' and '.join(dict.fromkeys(by.values()))}" for told, by in change.results.items())
        answers = "; ".join(results)
        found.append(f"{change.text} (told by {tells})" + (f". If {answers}" if answers else ""))
    return tuple(found)


def _adjustment(told: AdjustmentV1, words: LetterLibrary) -> AdjustmentView:
    return AdjustmentView(
        group=CodeView(told.group, _GROUPS.get(told.group, "")),
        carc=CodeView(told.carc, words.carcs.get(told.carc, "")),
        amount=told.amount,
        rarcs=tuple(CodeView(rarc, words.rarcs.get(rarc, "")) for rarc in told.rarcs),
    )
