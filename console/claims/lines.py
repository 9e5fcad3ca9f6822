"""The reason of each line's state, in plain words: the finding that decides, its citation, its codes, and what would change it."""

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
    "OA": "no liability assigned",
    "PI": "our decision; the provider may bill it only after asking us",
    "PR": "the provider may bill the member",
}
"""The party that bears an unpaid amount, by adjustment group; our own words."""

_DISPOSITIONS: Final = {
    "approved": "ok",
    "denied": "bad",
    "reversed": "plain",
    "withdrawn": "plain",
    "not-adjudicated": "plain",
}


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding. `title` is the name of the cited source."""

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
    """One adjustment as a remittance states it."""

    group: CodeView
    carc: CodeView
    amount: Decimal
    rarcs: tuple[CodeView, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One line with its state and the reason."""

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
    note: str
    because: FindingView | None
    adjustments: tuple[AdjustmentView, ...]
    would_also_fail: tuple[str, ...]
    changes: tuple[str, ...]
    findings: tuple[FindingView, ...]
    signed: ReviewerSignature | None


@dataclass(frozen=True, slots=True)
class LineRendering:
    """The inputs for drawing line views: reference data, our texts, and whether the member data are open."""

    reference: ReferenceData
    words: LetterLibrary
    opened: bool

    def label(self, outcome: str) -> str:
        """Return the name of an outcome."""
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
        """Return what could change an outcome, if we have a text for it."""
        reason = self.words.reasons.get(OutcomeCode(outcome))
        return () if reason is None or not reason.remedy else (reason.remedy,)


def decided_line(
    line: ClaimLine, decided: LineDeterminationV1, signed: ReviewerSignature | None, rendering: LineRendering
) -> LineView:
    """Return the view of a line of the newest determination."""
    reason = rendering.words.reasons.get(OutcomeCode(decided.reason))
    denied = decided.disposition == "denied"
    because = next((f for f in decided.findings if f.outcome == decided.reason), None)
    return LineView(
        number=line.number,
        code=line.code,
        label=_label(line, rendering.reference),
        modifiers=line.modifiers,
        units=line.units,
        charge=decided.charge,
        paid=decided.payable,
        service_date=line.service_date,
        state=decided.disposition,
        kind=_DISPOSITIONS[decided.disposition],
        reason=decided.reason_label,
        note=f"The member's letter says: {reason.member}" if denied and reason is not None else "",
        because=None if because is None else rendering.finding(because),
        adjustments=tuple(_adjustment(each, rendering.words) for each in decided.adjustments),
        would_also_fail=tuple(rendering.label(outcome) for outcome in decided.would_also_fail),
        changes=rendering.remedy(decided.reason) if denied else (),
        findings=tuple(rendering.finding(each) for each in decided.findings),
        signed=signed,
    )


def open_line(
    line: ClaimLine, pends: Sequence[Pend], findings: Sequence[Finding], rendering: LineRendering
) -> LineView:
    """Return the view of an undecided line: its first pend, or that it is in process."""
    own = [finding for finding in findings if finding.line == line.number]
    waits = next((pend for pend in pends if pend.line in (line.number, None)), None)
    because = None if waits is None else next((f for f in findings if f.outcome == waits.outcome), None)
    return LineView(
        number=line.number,
        code=line.code,
        label=_label(line, rendering.reference),
        modifiers=line.modifiers,
        units=line.units,
        charge=line.charge,
        paid=None,
        service_date=line.service_date,
        state="in process" if not findings else "waits" if waits is not None else "waits for other lines",
        kind="info" if not findings else "warn" if waits is not None else "plain",
        reason=_waiting(waits, rendering),
        note=_released(waits, rendering),
        because=None if because is None else rendering.finding(because),
        adjustments=(),
        would_also_fail=(),
        changes=() if waits is None else rendering.remedy(waits.outcome),
        findings=tuple(rendering.finding(each) for each in own),
        signed=None,
    )


def whole_claim(findings: Iterable[Finding], rendering: LineRendering) -> tuple[FindingView, ...]:
    """Return the views of findings that concern the whole claim."""
    return tuple(rendering.finding(each) for each in findings if each.line is None)


def _label(line: ClaimLine, reference: ReferenceData) -> str:
    procedure = reference.procedure(line.code, line.service_date)
    return "" if procedure is None else procedure.label


def _waiting(pend: Pend | None, rendering: LineRendering) -> str:
    if pend is None:
        return "No pend concerns this line. The claim is decided as a whole."
    return rendering.label(pend.outcome)


def _released(pend: Pend | None, rendering: LineRendering) -> str:
    if pend is None:
        return ""
    rule = rendering.reference.pends.get(pend.code)
    if rule is None:
        return f"{pend.code}, with {pend.owner}"
    after = " or ".join(event.replace("-", " ") for event in rule.releases_on)
    return f"{rule.label} ({pend.code}), with {pend.owner}. It is tried again after: {after}."


def open_questions(review: ReviewResponse) -> tuple[str, ...]:
    """Return the open questions that could change the policy's answer, each with its source."""
    found = []
    for change in review.would_change:
        source = change.document_label or ("a reviewer's judgment" if change.judgement else "a person who knows")
        results = (f"{answer}: {' and '.join(dict.fromkeys(by.values()))}" for answer, by in change.results.items())
        answers = "; ".join(results)
        found.append(f"{change.text} (answered by: {source})" + (f". If {answers}" if answers else ""))
    return tuple(found)


def _adjustment(decided: AdjustmentV1, words: LetterLibrary) -> AdjustmentView:
    return AdjustmentView(
        group=CodeView(decided.group, _GROUPS.get(decided.group, "")),
        carc=CodeView(decided.carc, words.carcs.get(decided.carc, "")),
        amount=decided.amount,
        rarcs=tuple(CodeView(rarc, words.rarcs.get(rarc, "")) for rarc in decided.rarcs),
    )
