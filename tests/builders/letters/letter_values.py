"""Decided and waiting lines with real traces of small policies, and the shipped words to state them with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from adjudication.appeals.rules import Appellant, Matter
from adjudication.letters.assembly import DecidedLine, LetterContext, ServiceLine
from adjudication.letters.decisions import administrative_denial, approval, clinical_denial
from adjudication.letters.documents import OpenLine, document_request
from adjudication.letters.letter import OF_APPEALS, Audience, Letter, LetterKind
from adjudication.letters.line_trace import LineTrace, line_trace
from adjudication.letters.remittance import remittance
from adjudication.letters.wording import AppealRoute, LetterLibrary
from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact, Value
from adjudication.model.determination import Adjustment, Disposition, LineDetermination, ReviewerSignature
from adjudication.model.findings import Citation, Finding
from adjudication.model.vocabulary import (
    GroupCode,
    LineNumber,
    OutcomeCode,
    PendCode,
    PlanId,
    ProductLine,
    Step,
    Verdict,
)
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Subject, collect
from adjudication.policy.leaves import Choice, Dated, DatedValue, Flag, Judgment, Measure
from adjudication.policy.program import Program
from adjudication.policy.tree import Branch, Fold, Label, Leaf, Node, PolicyVersion, Rule, RuleKind
from adjudication.policy.verdict import rule_line
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from tests.builders.policy.policies import SERVED, a_version

CODE = "72148"
NOTICE_DATE = date(2025, 7, 1)
PLANS = {
    ProductLine.COMMERCIAL: PlanId("HUDSON-COMM"),
    ProductLine.ESSENTIAL_PLAN: PlanId("HUDSON-EP"),
    ProductLine.CHILD_HEALTH_PLUS: PlanId("HUDSON-CHP"),
    ProductLine.MEDICAID: PlanId("BUCKEYE-MCD"),
    ProductLine.MEDICARE_ADVANTAGE: PlanId("CASCADE-MA"),
    ProductLine.DUAL_SNP: PlanId("HUDSON-DSNP"),
}
RATIONALE = "The notes of May 2 describe less pain after two weeks of exercise, and no weakness was found."
SIGNED = ReviewerSignature("SYN-REV-1", "physician", "SYN-LIC-1", "NY", datetime(2025, 6, 30, tzinfo=UTC), RATIONALE)


@cache
def shipped() -> PolicyLibrary:
    return load_library(default_policies_dir())


def words() -> LetterLibrary:
    return shipped().letters


def context(product_line: ProductLine = ProductLine.COMMERCIAL, plan: str | None = None) -> LetterContext:
    """The context of a letter. A commercial one has the federal path, whose levels are for every kind of denial."""
    about = LetterContext(words(), product_line, PLANS[product_line] if plan is None else PlanId(plan), NOTICE_DATE)
    if plan is not None or product_line is not ProductLine.COMMERCIAL:
        return on_path(about, Matter.ADMINISTRATIVE)
    federal = on_path(replace(about, plan_id=PlanId("SYN-NO-STATE")), Matter.ADMINISTRATIVE)
    return replace(federal, plan_id=about.plan_id)


def on_path(about: LetterContext, matter: Matter) -> LetterContext:
    """The context with the path that the member's appeal of such a denial takes."""
    paths = shipped().reference.appeals.paths_of(about.product_line, about.plan_id, matter, about.notice_date)
    path = next((path for path in paths if path.standing_of(Appellant.MEMBER) is not None), None)
    return about if path is None else replace(about, route=AppealRoute(path, frozenset()))


# ---- a small policy: stenosis is covered after a failed trial and an X-ray


def cited(place: str) -> tuple[Citation, ...]:
    return (Citation("spine-imaging-guideline", place),)


WEEKS = Leaf(
    "trial.weeks",
    "How many weeks did the treatment last?",
    Measure("tx.weeks", DatedValue("", ((date.min, Decimal(6)),))),
    cited("L29"),
    "treatment-record",
)
OUTCOME = Leaf(
    "trial.outcome",
    "Did the treatment help?",
    Choice("tx.outcome", frozenset({"failed"}), frozenset({"failed", "improved"})),
    cited("L71"),
    "treatment-record",
)
XRAY = Leaf("xray", "When was the plain X-ray taken?", Dated("xray.date"), cited("L87"), "xray-report")
TRIAL = Branch("trial", "A trial of treatment.", Fold.AT_LEAST, (WEEKS, OUTCOME), 2)
GATES = Branch("gates", "Every gate.", Fold.AT_LEAST, (TRIAL, XRAY), 2)
HAS_STENOSIS = Leaf("stenosis", "Was stenosis found?", Flag("stenosis"), cited("L125"), "clinical-note")
IN_TRIAL = Leaf("in-trial", "Is the person in an approved study?", Flag("in_study"), cited("L9"), "clinical-note")
HARDWARE = Leaf("hardware", "Is there metal in the spine?", Flag("hardware"), cited("L40"), "operative-report")
GESTALT = Leaf("gestalt", "Do the findings fit together?", Judgment("fits"), cited("L50"), None, judgement=True)


def a_rule(name: str, kind: RuleKind, title: str, **parts: Node | Label | bool | None) -> Rule:
    rule = Rule(name, kind, title, frozenset({CODE}), cited("L1"))
    return replace(rule, **parts)  # type: ignore[arg-type]


STENOSIS = a_rule("R-1", RuleKind.COVERED, "Lumbar stenosis", applies=HAS_STENOSIS, criteria=GATES)
DEFAULT = a_rule("R-9", RuleKind.OTHERWISE, "Not medically necessary", label=Label.NOT_MEDICALLY_NECESSARY)
EXPERIMENTAL = a_rule(
    "R-2", RuleKind.EXCLUDED, "The technique is experimental", label=Label.EXPERIMENTAL, unless=IN_TRIAL
)
NOT_SEPARATE = a_rule(
    "R-3", RuleKind.ADMINISTRATIVE, "Never paid apart from its study", label=Label.NOT_SEPARATE, criteria=HARDWARE
)
REVIEWED = a_rule("R-4", RuleKind.COVERED, "Fits together", criteria=GESTALT)

MET: Mapping[str, Value] = {
    "stenosis": True,
    "tx.weeks": Decimal(8),
    "tx.outcome": "failed",
    "xray.date": date(2025, 5, 1),
}
TOO_SHORT: Mapping[str, Value] = {**MET, "tx.weeks": Decimal(2)}
UNDOCUMENTED: Mapping[str, Value] = {"stenosis": True}


def ruled(rules: Iterable[Rule], facts: Mapping[str, Value], *more: SupportingFact) -> tuple[LegRuling, LineTrace]:
    version: PolicyVersion = a_version(rules)
    program = Program(version, CODE)
    evidence = collect(
        (*(SupportingFact(name, value, "document", date(2025, 6, 3)) for name, value in facts.items()), *more)
    )
    answers = program.answer(evidence, Subject(CODE, SERVED, SERVED))
    leg = LegRuling("commercial", "plan-policy", rule_line(program, answers), program, answers)
    return leg, line_trace(leg, evidence)


def traced(rules: Iterable[Rule], facts: Mapping[str, Value], *more: SupportingFact) -> LineTrace:
    return ruled(rules, facts, *more)[1]


# ---- lines


def a_service(number: int = 1, code: str = CODE, label: str = "MRI lumbar spine without contrast") -> ServiceLine:
    return ServiceLine(LineNumber(number), code, label, SERVED)


def approved(traces: tuple[LineTrace, ...] = (), paid: str = "412.50") -> DecidedLine:
    charge, allowed = Decimal("500.00"), Decimal(paid)
    above = (Adjustment(GroupCode.CONTRACTUAL, "45", charge - allowed, ("N381",)),) if allowed < charge else ()
    findings = (_finding(Step.PRICING, outcomes.RATED, Verdict.PASSES),)
    return _line(Disposition.APPROVED, allowed, above, outcomes.RATED, findings, traces)


def denied(
    outcome: OutcomeCode,
    traces: tuple[LineTrace, ...] = (),
    signature: ReviewerSignature | None = None,
    step: Step = Step.NECESSITY,
) -> DecidedLine:
    shown = shipped().reference.outcomes[outcome]
    assert shown.carc is not None
    adjustments = (Adjustment(shown.group, shown.carc, Decimal("500.00"), shown.rarcs),)
    verdict = Verdict.PENDS if shown.clinical else Verdict.DENIES
    line = _line(
        Disposition.DENIED, Decimal(0), adjustments, outcome, (_finding(step, outcome, verdict),), traces, signature
    )
    return line if not shown.clinical else replace(line, determination=replace(line.determination, clinical=True))


def _finding(step: Step, outcome: OutcomeCode, verdict: Verdict) -> Finding:
    pend = PendCode("P-CLIN-MD") if verdict is Verdict.PENDS else None
    return Finding(step, outcome, verdict, Citation("synthetic-payers", "plan"), LineNumber(1), pend=pend)


def _line(  # noqa: PLR0917 - one value a field
    disposition: Disposition,
    paid: Decimal,
    adjustments: tuple[Adjustment, ...],
    reason: OutcomeCode,
    findings: tuple[Finding, ...],
    traces: tuple[LineTrace, ...],
    signature: ReviewerSignature | None = None,
) -> DecidedLine:
    determination = LineDetermination(
        line=LineNumber(1),
        code=CODE,
        disposition=disposition,
        charge=Decimal("500.00"),
        paid=paid,
        adjustments=adjustments,
        reason=reason,
        would_also_fail=(),
        findings=findings,
        signature=signature,
    )
    return DecidedLine(a_service(), determination, traces)


# ---- one notice of each kind


def a_notice(kind: LetterKind, audience: Audience, about: LetterContext) -> Letter:
    if kind is LetterKind.APPROVAL:
        return approval(approved((traced([STENOSIS], MET),)), audience, about)
    if kind is LetterKind.ADMINISTRATIVE_DENIAL:
        return administrative_denial(denied(outcomes.AUTHORIZATION_MISSING, step=Step.AUTHORIZATION), audience, about)
    if kind is LetterKind.CLINICAL_DENIAL:
        short = traced([STENOSIS, DEFAULT], TOO_SHORT)
        about = on_path(about, Matter.CLINICAL)
        return clinical_denial(denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (short,), SIGNED), SIGNED, audience, about)
    if kind is LetterKind.DOCUMENT_REQUEST:
        waiting = OpenLine(a_service(), (traced([STENOSIS], UNDOCUMENTED),))
        return document_request([waiting], date(2025, 8, 15), audience, about)
    return remittance(approved(), about, shipped().reference.combinations)


KINDS = tuple(
    (kind, audience)
    for kind in LetterKind
    for audience in Audience
    if kind not in OF_APPEALS and (kind is not LetterKind.REMITTANCE or audience is Audience.PROVIDER)
)
