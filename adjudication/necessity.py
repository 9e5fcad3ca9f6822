"""Medical necessity, first cut: approve what is fully documented, pend the rest, deny nothing.

Which policy governs follows from the date of service, which versions count from the decision date. The label of
an adverse outcome (experimental, not necessary, not reasonable and necessary) comes from the policy version,
never from the code (X-17). An approved authorization protects its line (42 CFR 422.138(c)).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from adjudication import outcomes
from adjudication.authorizations import AuthorizationResult
from adjudication.claim import Claim, ClaimLine
from adjudication.facts import Answer, Facts
from adjudication.findings import Citation, Evidence, Finding
from adjudication.imaging_gates import Gate, imaging_gates
from adjudication.reference import NecessityPolicy, Plan, ReferenceData
from adjudication.vocabulary import LineNumber, OutcomeCode, PendCode, Step, Verdict

_CRITERIA: Final = "criteria"
_ROUTES: Final[Mapping[str, tuple[OutcomeCode, str]]] = {
    "experimental": (outcomes.EXPERIMENTAL, "P-CLIN-MD"),
    "not-necessary": (outcomes.NOT_MEDICALLY_NECESSARY, "P-CLIN-MD"),
    "not-reasonable": (outcomes.NOT_REASONABLE_AND_NECESSARY, "P-CLIN-MD"),
    "policy-not-loaded": (outcomes.REFERENCED_POLICY_NOT_LOADED, "P-POLICY"),
    "clinical-judgement": (outcomes.NECESSITY_JUDGEMENT, "P-CLIN-N"),
}
"""Where each route of a policy leads. None of them is a denial: each waits for the person it names."""


class _Gates:
    """The imaging gates of one claim, answered once for each date of service and modality."""

    def __init__(self, facts: Facts, reference: ReferenceData) -> None:
        self.facts = facts
        self._reference = reference
        self._answered: dict[tuple[date, str], tuple[Gate, ...]] = {}

    def of(self, line: ClaimLine) -> tuple[Gate, ...]:
        procedure = self._reference.procedure(line.code, line.service_date)
        key = (line.service_date, "" if procedure is None else procedure.modality)
        if key not in self._answered:
            self._answered[key] = imaging_gates(self.facts, *key)
        return self._answered[key]


def review_medical_necessity(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    decided_on: date,
    reference: ReferenceData,
) -> tuple[Finding, ...]:
    """Review each line under the policy version in force on its date of service and visible on `decided_on`."""
    gates = _Gates(Facts(claim.supporting), reference)
    findings = []
    for line in claim.lines:
        plan = plans.get(line.number)
        if plan is not None:
            policy = select_policy(reference, plan.necessity_policy, line.service_date, decided_on)
            protected = line.number in authorization.protected
            findings.append(_review_line(line, plan, policy, gates, protected=protected))
    return tuple(findings)


def select_policy(
    reference: ReferenceData, policy: str, service_date: date, decided_on: date
) -> NecessityPolicy | None:
    """Return the version in force on the date of service among those published by the decision date."""
    versions = reference.necessity.get(policy, ())
    visible = (v for v in versions if v.published_on <= decided_on and service_date in v.dates)
    return max(visible, key=lambda v: v.published_on, default=None)


def _review_line(
    line: ClaimLine,
    plan: Plan,
    policy: NecessityPolicy | None,
    gates: _Gates,
    *,
    protected: bool,
) -> Finding:
    if line.code in plan.excluded_codes:  # S3-P1: the contract comes first, and stops the policy
        evidence = (Evidence("plan", plan.plan_id),)
        return _finding(line, outcomes.BENEFIT_EXCLUDED, Verdict.DENIES, plan.citation, evidence)
    if protected:
        return _finding(line, outcomes.NECESSITY_PROTECTED, Verdict.PASSES, plan.binding)
    if policy is None:
        evidence = (Evidence("policy", plan.necessity_policy),)
        return _waits(line, outcomes.NO_POLICY_IN_FORCE, "P-POLICY", plan.citation, evidence)
    route = policy.routes.get(line.code)
    citation = policy.citations.get(line.code, plan.citation)
    version = (Evidence("policy", f"{policy.policy} {policy.version}"),)
    if route == _CRITERIA:
        return _by_criteria(line, gates.of(line), gates.facts, citation, version)
    outcome, pend = _ROUTES.get(route or "clinical-judgement", (outcomes.NECESSITY_JUDGEMENT, "P-CLIN-N"))
    return _waits(line, outcome, pend, citation, version)


def _by_criteria(
    line: ClaimLine, gates: tuple[Gate, ...], facts: Facts, citation: Citation, version: tuple[Evidence, ...]
) -> Finding:
    """Met goes on; known not met waits for a nurse; anything unknown waits for the facts it names."""
    open_gates = tuple(gate for gate in gates if gate.answer is not Answer.MET)
    told = tuple(Evidence(gate.rule, gate.answer.value) for gate in open_gates or gates)
    evidence = version + told + _unknown(gates, facts)
    if not open_gates:
        return _finding(line, outcomes.NECESSITY_MET, Verdict.PASSES, citation, evidence)
    rules = Citation(citation.source, f"{', '.join(gate.rule for gate in open_gates)}; {citation.locator}")
    if any(gate.answer is Answer.NOT_MET for gate in open_gates):
        return _waits(line, outcomes.NECESSITY_CRITERIA_NOT_MET, "P-CLIN-N", rules, evidence)
    return _waits(line, outcomes.NECESSITY_FACTS_MISSING, "P-DOC", rules, evidence)


def _unknown(gates: tuple[Gate, ...], facts: Facts) -> tuple[Evidence, ...]:
    """Every fact that an open gate needs and cannot use, each once, also where another gate already fails."""
    names = dict.fromkeys(name for gate in gates if gate.answer is not Answer.MET for name in gate.unknown)
    return tuple(Evidence(name, facts.why_unknown(name)) for name in names)


def _waits(
    line: ClaimLine, outcome: OutcomeCode, pend: str, citation: Citation, evidence: tuple[Evidence, ...]
) -> Finding:
    return Finding(Step.NECESSITY, outcome, Verdict.PENDS, citation, line.number, evidence, PendCode(pend))


def _finding(
    line: ClaimLine,
    outcome: OutcomeCode,
    verdict: Verdict,
    citation: Citation,
    evidence: tuple[Evidence, ...] = (),
) -> Finding:
    return Finding(Step.NECESSITY, outcome, verdict, citation, line.number, evidence)
