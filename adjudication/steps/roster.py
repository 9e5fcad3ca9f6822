"""Checks providers against the roster: contracts with plans, and investigations.

Contract status is checked for plans that keep a roster. A provider missing from the roster is unknown, not out of network: the line
pends (P-PROV). A listed provider without a contract on the date of service is out of network: the line does not pend.
The billing provider's contract counts, not the rendering provider's (the plan's citation gives the reason). An open
investigation of the billing or the rendering provider pends the line (P-SIU) under every plan, as of the day it is adjudicated,
even if the plan keeps no roster (42 CFR 455.23(a)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine, Provider
from adjudication.model.findings import Citation, Evidence, Finding, PlanDetail
from adjudication.model.pends import INVESTIGATION_PEND, PROVIDER_PEND
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import DateRange, LineNumber, OutcomeCode, PendCode, PlanId, Step, Verdict

_MATCH: Final = Citation("claims-practice", "B1 step 7: provider match")
_HOLD: Final = Citation("claims-practice", "F2: P-SIU, held until the case is closed")
_VERDICTS: Final[Mapping[OutcomeCode, tuple[Verdict, PendCode | None]]] = {
    outcomes.PROVIDER_CONTRACTED: (Verdict.PASSES, None),
    outcomes.PROVIDER_NOT_CONTRACTED: (Verdict.NOTES, None),
    outcomes.PROVIDER_NOT_ON_ROSTER: (Verdict.PENDS, PROVIDER_PEND),
    outcomes.PROVIDER_INVESTIGATED: (Verdict.PENDS, INVESTIGATION_PEND),
}
_STATUS: Final = {outcomes.PROVIDER_CONTRACTED: True, outcomes.PROVIDER_NOT_CONTRACTED: False}


@dataclass(frozen=True, slots=True)
class ProviderContract:
    """A contract with a plan (half-open)."""

    plan_id: PlanId
    span: DateRange


@dataclass(frozen=True, slots=True)
class Investigation:
    """An investigation by the special unit (half-open); `case` is an opaque reference."""

    case: str
    span: DateRange


@dataclass(frozen=True, slots=True)
class RosteredProvider:
    """One provider from its newest roster event. `taxonomy`: None where the roster does not say what kind of provider it is."""

    npi: str
    version: int
    contracts: tuple[ProviderContract, ...] = ()
    investigations: tuple[Investigation, ...] = ()
    taxonomy: str | None = None

    def contract(self, plan_id: PlanId, day: date) -> ProviderContract | None:
        """Return the contract with a plan in force on a day, or None."""
        return next((c for c in self.contracts if c.plan_id == plan_id and day in c.span), None)

    def investigation(self, day: date) -> Investigation | None:
        """Return an investigation that is open on a day, or None."""
        return next((i for i in self.investigations if day in i.span), None)


Plans = Mapping[LineNumber, Plan]
Roster = Mapping[str, RosteredProvider]
"""The requested providers that are on the roster, by NPI."""


def asked_of_roster(claim: Claim, plans: Plans) -> frozenset[str]:
    """Return the providers (NPI) to read from the roster; none if no line has a plan."""
    covered = (line for line in claim.lines if line.number in plans)
    found = {npi for line in covered for npi in _billing_and_rendering(claim, line)}
    if not found:
        return frozenset()
    of_lines = (each for line in claim.lines for each in (line.ordering, line.referring))
    orderers = (claim.ordering, claim.referring, claim.attending, *of_lines)
    return frozenset(found.union(each.npi for each in orderers if each is not None and each.taxonomy is None))


def with_taxonomies(claim: Claim, roster: Roster) -> Claim:
    """Return the claim with the taxonomy of the roster for each provider whose own the claim does not state."""
    known = {npi: each.taxonomy for npi, each in roster.items() if each.taxonomy is not None}
    named = (each for each in _judged_by_taxonomy(claim) if each is not None)
    if all(each.taxonomy is not None or each.npi not in known for each in named):
        return claim
    return replace(
        claim,
        billing=_filled(claim.billing, known) or claim.billing,
        rendering=_filled(claim.rendering, known),
        ordering=_filled(claim.ordering, known),
        referring=_filled(claim.referring, known),
        attending=_filled(claim.attending, known),
        lines=tuple(_line_filled(line, known) for line in claim.lines),
    )


def _judged_by_taxonomy(claim: Claim) -> Iterator[Provider | None]:
    """Yield the providers whose taxonomy affects a decision."""
    yield from (claim.billing, claim.rendering, claim.ordering, claim.referring, claim.attending)
    for line in claim.lines:
        yield from (line.rendering, line.ordering, line.referring)


def _line_filled(line: ClaimLine, known: Mapping[str, str]) -> ClaimLine:
    return replace(
        line,
        rendering=_filled(line.rendering, known),
        ordering=_filled(line.ordering, known),
        referring=_filled(line.referring, known),
    )


def _filled(provider: Provider | None, known: Mapping[str, str]) -> Provider | None:
    if provider is None or provider.taxonomy is not None or provider.npi not in known:
        return provider
    return replace(provider, taxonomy=known[provider.npi])


def verify_providers(claim: Claim, plans: Plans, roster: Roster, as_of: date) -> tuple[Finding, ...]:
    """Find each line's contract status on its date of service, and investigations that are open as of a day."""
    found: list[Finding] = []
    for line in claim.lines if roster else ():
        if line.number in plans:
            found += _investigated(claim, line, roster, as_of)
    for line, plan, cited in _kept(claim, plans):
        billing = roster.get(claim.billing.npi)
        found.append(_unknown(claim, line, plan) if billing is None else _status(billing, line, plan, cited))
    return tuple(found)


def contract_status(findings: Iterable[Finding]) -> dict[PlanId, bool]:
    """Return whether the billing provider has a contract, by plan, from the findings.

    Absent: it is unknown, or the lines of the plan differ because a contract began or ended between their dates.
    """
    statuses: dict[PlanId, set[bool]] = {}
    for finding in findings:
        if finding.outcome in _STATUS and isinstance(finding.detail, PlanDetail):
            statuses.setdefault(finding.detail.plan_id, set()).add(_STATUS[finding.outcome])
    return {plan: next(iter(known)) for plan, known in statuses.items() if len(known) == 1}


def contracted(plan: Plan, contracts: Mapping[PlanId, bool]) -> bool | None:
    """Return whether the billing provider has a contract. Some plans state that every biller has one; None: it is not known.

    `contracts`: the findings of `contract_status`.
    """
    return True if plan.contracted_billers is not None else contracts.get(plan.plan_id)


def _kept(claim: Claim, plans: Plans) -> Iterator[tuple[ClaimLine, Plan, Citation]]:
    for line in claim.lines:
        plan = plans.get(line.number)
        if plan is not None and plan.roster is not None:
            yield line, plan, plan.roster


def _billing_and_rendering(claim: Claim, line: ClaimLine) -> tuple[str, ...]:
    return tuple(dict.fromkeys((claim.billing.npi, claim.line_rendering(line).npi)))


def _investigated(claim: Claim, line: ClaimLine, roster: Roster, as_of: date) -> Iterator[Finding]:
    for npi in _billing_and_rendering(claim, line):
        case = None if npi not in roster else roster[npi].investigation(as_of)
        if case is not None:
            evidence = (Evidence("npi", npi), Evidence("case", case.case), Evidence("open_on", as_of.isoformat()))
            yield _finding(line, outcomes.PROVIDER_INVESTIGATED, _HOLD, evidence)


def _unknown(claim: Claim, line: ClaimLine, plan: Plan) -> Finding:
    evidence = (Evidence("npi", claim.billing.npi), Evidence("plan", plan.plan_id))
    return _finding(line, outcomes.PROVIDER_NOT_ON_ROSTER, _MATCH, evidence, plan)


def _status(provider: RosteredProvider, line: ClaimLine, plan: Plan, cited: Citation) -> Finding:
    contract = provider.contract(plan.plan_id, line.service_date)
    if contract is None:
        outcome, dated = outcomes.PROVIDER_NOT_CONTRACTED, Evidence("service_date", line.service_date.isoformat())
    else:
        outcome, dated = outcomes.PROVIDER_CONTRACTED, Evidence("contract_since", contract.span.starts.isoformat())
    version = Evidence("roster", str(provider.version))
    evidence = (Evidence("npi", provider.npi), Evidence("plan", plan.plan_id), version, dated)
    return _finding(line, outcome, cited, evidence, plan)


def _finding(
    line: ClaimLine, outcome: OutcomeCode, cited: Citation, evidence: tuple[Evidence, ...], plan: Plan | None = None
) -> Finding:
    verdict, pend = _VERDICTS[outcome]
    detail = None if plan is None else PlanDetail(plan.plan_id)
    return Finding(Step.PROVIDER, outcome, verdict, cited, line.number, evidence, pend, detail=detail)
