"""Medical necessity: apply the governing medical policies to each line. A line that meets them passes; any other pends.

The plan's order of precedence selects the policies; the date of service and the decision date select the version. The
policy version names the reason of an unfavorable result (experimental, not medically necessary, ...), never this code.
This step never denies on clinical grounds: an unfavorable line pends for a nurse or a physician. It denies only a code
that the plan's contract excludes. An approved authorization protects its line (42 CFR 422.138(c)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from adjudication.model import outcomes
from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import (
    Citation,
    DocumentNeed,
    Evidence,
    Finding,
    PlanDetail,
    PolicyDetail,
)
from adjudication.model.history import HistoryLine
from adjudication.model.pends import DOCUMENT_PEND, EDIT_PEND, NURSE_PEND, PHYSICIAN_PEND, POLICY_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PendCode, Step, Verdict
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Evidence as Facts
from adjudication.policy.least import least_to_ask
from adjudication.policy.leaves import UNKNOWN
from adjudication.policy.program import Program
from adjudication.policy.record import leg_record
from adjudication.policy.tree import Label, Leaf, Rule, RuleKind
from adjudication.policy.verdict import Result, Ruling, decisive
from adjudication.steps.established_facts import established
from adjudication.steps.fact_subjects import LineFacts
from adjudication.steps.subjects import Subjects
from adjudication.steps.unread_records import records_of, usable, with_records

_LABELS: Final[Mapping[Label, OutcomeCode]] = {
    Label.EXPERIMENTAL: outcomes.EXPERIMENTAL,
    Label.NOT_MEDICALLY_NECESSARY: outcomes.NOT_MEDICALLY_NECESSARY,
    Label.NOT_REASONABLE_AND_NECESSARY: outcomes.NOT_REASONABLE_AND_NECESSARY,
    Label.NOT_SEPARATE: outcomes.NOT_SEPARATE,
    Label.CODING: outcomes.POLICY_CODING,
}
_WAITING: Final[Mapping[Result, tuple[OutcomeCode, PendCode]]] = {
    Result.DOCUMENTS: (outcomes.NECESSITY_FACTS_MISSING, DOCUMENT_PEND),
    Result.CONTRADICTION: (outcomes.FACTS_CONTRADICT, NURSE_PEND),
    Result.REFERRED: (outcomes.REFERENCED_POLICY_NOT_LOADED, POLICY_PEND),
    Result.JUDGEMENT: (outcomes.NECESSITY_JUDGMENT, NURSE_PEND),
}
"""The outcome and the pend of each open result. Facts that contradict each other go to a nurse, not back to the provider."""
_ASKING: Final = frozenset({Result.DOCUMENTS, Result.CONTRADICTION})
"""The results for which the decision also depends on the requested documents."""
_PHYSICIAN: Final = "physician"
_NO_FACTS: Final = Facts()


class PolicyInputs:
    """The data of a claim that policies read. Two versions of a policy are evaluated on the same inputs."""

    def __init__(self, claim: Claim, reference: ReferenceData, history: Sequence[HistoryLine]) -> None:
        """Collect the inputs once for all lines."""
        self._stated = LineFacts(claim, usable(claim.supporting, reference.facts), reference)
        self._established: dict[int, Facts] = {}
        self.claim, self._dictionary = claim, reference.facts
        self.records = records_of(claim, reference.facts)
        self.subjects = Subjects(claim, history, reference.reading.days)

    def facts_of(self, line: ClaimLine) -> Facts:
        """Return the facts of a line; lines whose facts are the same get the same object."""
        own = self._stated.of(line)
        found = self._established.get(id(own))
        if found is None:
            found = self._established[id(own)] = established(own, self.claim.documents, self._dictionary)
        return found


def review_medical_necessity(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    decided_on: date,
    reference: ReferenceData,
    history: Sequence[HistoryLine] = (),
) -> tuple[Finding, ...]:
    """Review each line that has a plan, under the versions in force on its date and visible on `decided_on`."""
    return review_inputs(PolicyInputs(claim, reference, history), plans, authorization, decided_on, reference)


class Ruled(NamedTuple):
    """One line with its plan and facts, and how the policies ruled on it; without legs an authorization protects it."""

    line: ClaimLine
    plan: Plan
    facts: Facts
    legs: tuple[LegRuling, ...]


def review_inputs(
    given: PolicyInputs,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    decided_on: date,
    reference: ReferenceData,
) -> tuple[Finding, ...]:
    """Review each line of a claim with collected inputs."""
    return findings_of(given, rule_lines(given, plans, authorization, decided_on, reference), decided_on)


def rule_lines(
    given: PolicyInputs,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    decided_on: date,
    reference: ReferenceData,
) -> Sequence[Ruled]:
    """Rule on each line that has a plan; `reference` may have other policy versions than those of the inputs."""
    subjects, catalog = given.subjects, reference.catalog
    known: dict[tuple[object, ...], tuple[LegRuling, ...]] = {}
    found = []
    for line in given.claim.lines:
        plan = plans.get(line.number)
        if plan is None or line.revenue_only:  # no policy has rules for a revenue code
            continue
        if line.number in authorization.protected and line.code not in plan.excluded_codes:
            found.append(Ruled(line, plan, _NO_FACTS, ()))
            continue
        facts = given.facts_of(line)
        # A claim may bill the same service on hundreds of lines: lines with the same inputs are ruled on once.
        alike = (plan.plan_id, plan.precedence, id(facts), *subjects.alike(line))
        legs = known.get(alike)
        if legs is None:
            subject = subjects.of(line, catalog.presumed(plan.plan_id, line.service_date))
            precedence = catalog.precedences[plan.precedence]
            legs = known[alike] = catalog.rule(precedence, subject, facts, decided_on, plan.excluded_codes)
        found.append(Ruled(line, plan, facts, legs))
    return found


def findings_of(given: PolicyInputs, lines: Iterable[Ruled], decided_on: date) -> tuple[Finding, ...]:
    """Build the finding of each line; lines that were ruled on together share one."""
    built: dict[int, Finding] = {}
    findings = []
    for ruled in lines:
        line = ruled.line
        if not ruled.legs:
            findings.append(_finding(line, outcomes.NECESSITY_PROTECTED, Verdict.PASSES, ruled.plan.binding))
            continue
        found = built.get(id(ruled.legs))
        if found is None:
            found = built[id(ruled.legs)] = with_records(_by_deciding_leg(ruled, decided_on), given.records)
        findings.append(found if found.line == line.number else replace(found, line=line.number))
    return tuple(findings)


def lead_alike(one: Ruled, other: Ruled) -> bool:
    """Return whether two rulings on a line certainly lead to the same decision; False if documents are requested, because these are not known yet."""
    if not one.legs or not other.legs:
        return not one.legs and not other.legs
    leg, twin = _deciding(one.legs), _deciding(other.legs)
    asks = any(each.ruling is not None and each.ruling.result in _ASKING for each in (leg, twin))
    return not asks and _standing(leg) == _standing(twin)


def _standing(leg: LegRuling) -> tuple[OutcomeCode, Verdict, PendCode | None]:
    """Return the outcome of the deciding leg. An exclusion by the contract comes first: then no policy is applied (S3-P1)."""
    if leg.excluded:
        return outcomes.BENEFIT_EXCLUDED, Verdict.DENIES, None
    if leg.ruling is not None:
        return _of_ruling(leg.ruling)
    outcome, pend = outcomes.NECESSITY_JUDGMENT, NURSE_PEND
    if leg.missing is not None:
        outcome, pend = outcomes.NO_POLICY_IN_FORCE, POLICY_PEND
    elif leg.unsearched:
        outcome, pend = outcomes.AUTHORITY_NOT_SEARCHED, POLICY_PEND
    return outcome, Verdict.PENDS, pend


def _of_ruling(ruling: Ruling) -> tuple[OutcomeCode, Verdict, PendCode | None]:
    """Pend an excluded service for a physician, and unmet criteria for the first reviewer that the policy names."""
    match ruling.result:
        case Result.MEETS:
            return outcomes.NECESSITY_MET, Verdict.PASSES, None
        case Result.ADMINISTRATIVE:
            return _outcome(ruling), Verdict.PENDS, EDIT_PEND
        case Result.ADVERSE if _to_physician(ruling):
            return _outcome(ruling), Verdict.PENDS, PHYSICIAN_PEND
        case Result.ADVERSE:
            return outcomes.NECESSITY_CRITERIA_NOT_MET, Verdict.PENDS, NURSE_PEND
        case Result.DOCUMENTS | Result.CONTRADICTION | Result.REFERRED | Result.JUDGEMENT:
            outcome, pend = _WAITING[ruling.result]
            return outcome, Verdict.PENDS, pend


def _by_deciding_leg(ruled: Ruled, decided_on: date) -> Finding:
    """Build the finding of the line from its deciding leg; the results of all legs become evidence and stay on record."""
    line, plan, facts, legs = ruled
    leg = _deciding(legs)
    outcome, verdict, pend = _standing(leg)
    kept = tuple(leg_record(each, line.code, decided_on) for each in legs)
    by_leg = tuple(Evidence(f"leg {each.leg}", each.name) for each in legs if len(legs) > 1)
    citation = plan.citation
    detail: PlanDetail | PolicyDetail | None = None
    if leg.excluded:
        evidence, detail = (Evidence("plan", plan.plan_id), *by_leg), PlanDetail(plan.plan_id)
    elif leg.missing is not None:
        evidence = (Evidence("policy", leg.missing.policy), Evidence("why", leg.missing.why), *by_leg)
        detail = PolicyDetail(leg.missing.policy, None)
    elif leg.unsearched:
        evidence = (Evidence("authority", leg.authority), Evidence("code", line.code), *by_leg)
    elif leg.ruling is None or leg.program is None:
        evidence = (Evidence("precedence", plan.precedence), *by_leg)
    else:
        version, ruling = leg.program.version, leg.ruling
        would_be = _would_be(ruling) if outcome == outcomes.NECESSITY_CRITERIA_NOT_MET else ()
        decisive_facts = _decisive(leg.program, leg.answers, ruling, facts)
        evidence = (*_version(leg.program, decided_on), *decisive_facts, *by_leg, *would_be)
        citation = _citation(ruling.rule, plan)
        detail = PolicyDetail(version.policy, version.version, _documents(leg, facts))
    return Finding(
        Step.NECESSITY, outcome, verdict, citation, line.number, evidence, pend=pend, detail=detail, legs=kept
    )


def _deciding(legs: tuple[LegRuling, ...]) -> LegRuling:
    """Return the last leg. If it is unfavorable: the first leg that the contract does not exclude, else the last."""
    last = legs[-1]
    if not last.unfavorable:
        return last
    return next((leg for leg in legs if not leg.excluded), last)


def _to_physician(ruling: Ruling) -> bool:
    rule = ruling.rule
    return rule is not None and (rule.kind is RuleKind.EXCLUDED or rule.first_reviewer == _PHYSICIAN)


def _would_be(ruling: Ruling) -> tuple[Evidence, ...]:
    return () if ruling.label is None else (Evidence("would_be", ruling.label.value),)


def _outcome(ruling: Ruling) -> OutcomeCode:
    return outcomes.NECESSITY_JUDGMENT if ruling.label is None else _LABELS[ruling.label]


def _version(program: Program, decided_on: date) -> tuple[Evidence, ...]:
    version = program.version
    applied = Evidence("policy", f"{version.policy} {version.version}")
    if version.stale(decided_on):
        return (applied, Evidence("review_overdue_since", str(version.next_review)))
    return (applied,)


def _decisive(program: Program, answers: bytes, ruling: Ruling, facts: Facts) -> tuple[Evidence, ...]:
    """Name the rule and the criteria that decided the ruling: the open ones with the reason, or those not met."""
    rule = () if ruling.rule is None else (Evidence("rule", ruling.rule.rule_id),)
    if ruling.result in (Result.MEETS, Result.REFERRED):
        return rule
    named: dict[tuple[str, str], None] = {}
    for index in ruling.open_leaves or decisive(program, answers, ruling):
        leaf, answer = program.nodes[index], answers[index]
        if not isinstance(leaf, Leaf):
            continue
        if answer != UNKNOWN:
            named[leaf.node_id, "met" if answer else "not met"] = None
            continue
        for fact in _unusable(leaf, facts):
            named[fact, facts.why_unknown(fact).value] = None
        if leaf.document is not None:
            named["document", leaf.document] = None
    return (*rule, *[Evidence(name, value) for name, value in named])


def _documents(leg: LegRuling, facts: Facts) -> tuple[DocumentNeed, ...]:
    """Return the kinds of documents that could show the likeliest way to be covered, each with the facts it would state."""
    if leg.ruling is None or leg.program is None or leg.ruling.result not in _ASKING:
        return ()
    needs: dict[str, dict[str, None]] = {}
    for index in sorted(least_to_ask(leg.program, leg.answers)) or leg.ruling.open_leaves:
        leaf = leg.program.nodes[index]
        if isinstance(leaf, Leaf) and leaf.document is not None:
            needs.setdefault(leaf.document, {}).update(dict.fromkeys(_unusable(leaf, facts)))
    return tuple(DocumentNeed(kind, tuple(names)) for kind, names in needs.items())


def _unusable(leaf: Leaf, facts: Facts) -> Sequence[str]:
    """Return the facts that keep a criterion open: those without a usable value, or else all of its facts."""
    return [fact for fact in leaf.test.facts if fact not in facts.known] or leaf.test.facts


def _citation(rule: Rule | None, plan: Plan) -> Citation:
    if rule is None or not rule.citations:
        return plan.citation
    cited = rule.citations[0]
    return Citation(cited.source, f"{rule.rule_id}, {cited.locator}")


def _finding(line: ClaimLine, outcome: OutcomeCode, verdict: Verdict, citation: Citation) -> Finding:
    return Finding(Step.NECESSITY, outcome, verdict, citation, line.number)
