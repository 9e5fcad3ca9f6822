"""Which authorization covers a line, and how many of its units the line takes.

The line's number beats the claim's (837 loop 2400 over 2300). Units are taken once per claim line: uses already
recorded for this claim are kept, so that running again gives the same answer. Where no number was given, the
member's authorizations are searched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from adjudication.model import outcomes
from adjudication.model.authorizations import (
    Authorization,
    AuthorizationResult,
    AuthorizationStatus,
    AuthorizationUse,
    AuthorizedService,
)
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import AuthorizationDetail, Citation, Evidence, Finding
from adjudication.model.pends import AUTHORIZATION_PEND
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, LineNumber, OutcomeCode, PlanId, Step, Verdict

_CITATION = Citation("claims-practice", "B1 step 10: prior-authorization match")
_WAITING = frozenset(
    {
        outcomes.AUTHORIZATION_PENDING,
        outcomes.AUTHORIZATION_UNKNOWN,
        outcomes.AUTHORIZATION_OTHER_SERVICE,
        outcomes.AUTHORIZATION_OTHER_PROVIDER,
    }
)
_Service = tuple[AuthorizationNumber, str]
_Offer = tuple[Authorization, AuthorizedService]


class _Units:
    """Units left of each authorized service while one claim is matched."""

    def __init__(self, claim: Claim, uses: Sequence[AuthorizationUse], chain: ClaimId | None) -> None:
        self.own = {(use.line, use.number, use.code): use for use in uses if use.claim_id == claim.claim_id}
        self.chain = chain
        self._approved: dict[_Service, Decimal] = {}
        self.taken = _taken_by_others(claim, uses, chain or claim.claim_id)
        for use in self.own.values():
            self._take(use)

    def left(self, authorization: Authorization, service: AuthorizedService) -> Decimal:
        """Return the units left of a service. A recorded use has no dates, so two periods of one code share their units."""
        key = (authorization.number, service.code)
        approved = self._approved.get(key)
        if approved is None:
            same = (s.units for s in authorization.services if s.code == service.code)
            approved = self._approved[key] = sum(same, Decimal(0))
        return min(service.units, approved - self.taken.get(key, Decimal(0)))

    def take(self, use: AuthorizationUse) -> None:
        if (use.line, use.number, use.code) not in self.own:
            self._take(use)

    def _take(self, use: AuthorizationUse) -> None:
        key = (use.number, use.code)
        self.taken[key] = self.taken.get(key, Decimal(0)) + use.units


def _taken_by_others(claim: Claim, uses: Sequence[AuthorizationUse], chain: ClaimId) -> dict[_Service, Decimal]:
    """Count the units that other claims use. A claim and its correction use the same units, which count once."""
    held: dict[tuple[_Service, ClaimId], dict[ClaimId, Decimal]] = {}
    for use in uses:
        if use.counted_with != chain and use.claim_id != claim.claim_id:
            by_claim = held.setdefault(((use.number, use.code), use.counted_with), {})
            by_claim[use.claim_id] = by_claim.get(use.claim_id, Decimal(0)) + use.units
    taken: dict[_Service, Decimal] = {}
    for (service, _), by_claim in held.items():
        taken[service] = taken.get(service, Decimal(0)) + max(by_claim.values())
    return taken


def match_authorizations(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorizations: Sequence[Authorization],
    uses: Sequence[AuthorizationUse],
    chain: ClaimId | None = None,
) -> AuthorizationResult:
    """Match each line that has a plan to an authorization with units left.

    `uses` are all recorded uses of these authorizations, this claim's earlier ones included (a retry gives the
    same answer). `chain`: the first of the claims that this one corrects; their units are available to it.
    """
    units, candidates = _Units(claim, uses, chain), _Candidates(claim, authorizations)
    findings: list[Finding] = []
    made: list[AuthorizationUse] = []
    for line in claim.lines:
        plan = plans.get(line.number)
        if plan is None:
            continue
        finding, use = _match_line(claim, line, plan, candidates, units)
        findings.append(finding)
        if use is not None:
            units.take(use)
            made.append(use)
    matched = {use.line: use.number for use in made}
    return AuthorizationResult(tuple(findings), tuple(made), matched, frozenset(matched))


def _match_line(
    claim: Claim, line: ClaimLine, plan: Plan, candidates: _Candidates, units: _Units
) -> tuple[Finding, AuthorizationUse | None]:
    required = line.code in plan.authorization_required
    number = line.authorization_number or claim.authorization_number
    if not required and (number is None or not candidates.of(plan, number)):
        return _finding(outcomes.AUTHORIZATION_NOT_REQUIRED, line, plan.citation), None
    best = _best(claim, line, candidates.offers(plan, number, line.code), units)
    if best is not None:
        use = AuthorizationUse(best.number, line.code, claim.claim_id, line.number, line.units, units.chain)
        return _finding(outcomes.AUTHORIZATION_APPROVED, line, plan.binding, best.number), use
    if not required:
        return _finding(outcomes.AUTHORIZATION_NOT_REQUIRED, line, plan.citation), None
    return _refusal(claim, line, plan, candidates, number, units), None


class _Candidates:
    """The authorizations that a claim names, else the member's own under a plan; never another member's.

    Looked up once per plan and number, and indexed by code, since a claim may have hundreds of lines.
    """

    def __init__(self, claim: Claim, authorizations: Sequence[Authorization]) -> None:
        self._own = [a for a in authorizations if a.member_id == claim.member.member_id]
        self._found: dict[tuple[PlanId, AuthorizationNumber | None], list[Authorization]] = {}
        self._services: dict[tuple[PlanId, AuthorizationNumber | None], dict[str, list[_Offer]]] = {}
        self._concerning: dict[tuple[PlanId, AuthorizationNumber | None], dict[str, list[Authorization]]] = {}

    def of(self, plan: Plan, number: AuthorizationNumber | None) -> list[Authorization]:
        """Return those that may cover a line of a plan."""
        key = (plan.plan_id, number)
        found = self._found.get(key)
        if found is None:
            of_plan = (a for a in self._own if (a.plan_id == plan.plan_id if number is None else a.number == number))
            found = self._found[key] = list(of_plan)
        return found

    def offers(self, plan: Plan, number: AuthorizationNumber | None, code: str) -> Sequence[_Offer]:
        """Return the services with a code that approved ones of the plan offer."""
        key = (plan.plan_id, number)
        offers = self._services.get(key)
        if offers is None:
            offers = self._services[key] = {}
            for a in self.of(plan, number):
                if a.plan_id == plan.plan_id and a.status is AuthorizationStatus.APPROVED:
                    for service in a.services:
                        offers.setdefault(service.code, []).append((a, service))
        return offers.get(code, ())

    def concerning(self, plan: Plan, number: AuthorizationNumber | None, code: str) -> Sequence[Authorization]:
        """Return those with a service of a code."""
        key = (plan.plan_id, number)
        concerning = self._concerning.get(key)
        if concerning is None:
            concerning = self._concerning[key] = {}
            for a in self.of(plan, number):
                for each in dict.fromkeys(service.code for service in a.services):
                    concerning.setdefault(each, []).append(a)
        return concerning.get(code, ())


def _best(claim: Claim, line: ClaimLine, offers: Sequence[_Offer], units: _Units) -> Authorization | None:
    """Return the authorization that this line already used, else the one that covers it and ends soonest."""
    fitting = [
        ((line.number, a.number, line.code) not in units.own, service.dates.ends, a.number, a)
        for a, service in offers
        if _problem(claim, line, a, service, units) is None
    ]
    return min(fitting, key=lambda fit: (fit[0], fit[1] is None, fit[1], fit[2]))[3] if fitting else None


def _problem(
    claim: Claim, line: ClaimLine, authorization: Authorization, service: AuthorizedService, units: _Units
) -> OutcomeCode | None:
    """Return why one authorized service does not cover a line, or None if it covers it."""
    if service.code != line.code:
        return outcomes.AUTHORIZATION_OTHER_SERVICE
    if line.service_date not in service.dates:  # before the provider: no correction of an id cures a date
        return outcomes.AUTHORIZATION_EXPIRED
    if service.provider_npi is not None and service.provider_npi not in _npis(claim, line):
        return outcomes.AUTHORIZATION_OTHER_PROVIDER
    own = (line.number, authorization.number, line.code) in units.own
    if not own and units.left(authorization, service) < line.units:
        return outcomes.AUTHORIZATION_EXHAUSTED
    return None


def _npis(claim: Claim, line: ClaimLine) -> set[str]:
    providers = (claim.billing, claim.line_rendering(line), claim.facility)
    return {provider.npi for provider in providers if provider is not None}


def _refusal(
    claim: Claim,
    line: ClaimLine,
    plan: Plan,
    candidates: _Candidates,
    number: AuthorizationNumber | None,
    units: _Units,
) -> Finding:
    """Say why no authorization covers a line that needs one, by the authorization that comes closest."""
    if number is not None:
        named = candidates.of(plan, number)
        if not named:
            return _finding(outcomes.AUTHORIZATION_UNKNOWN, line, _CITATION, number)
        return _finding(_nearest_miss(claim, line, named[0], units), line, _CITATION, number)
    concerning = (a for a in candidates.concerning(plan, number, line.code) if _concerns(line, a))
    misses = [(_nearest_miss(claim, line, a, units), a.number) for a in concerning]
    for outcome in _MOST_USEFUL_FIRST:
        for miss, found in misses:
            if miss == outcome:
                return _finding(outcome, line, _CITATION, found)
    return _finding(outcomes.AUTHORIZATION_MISSING, line, _CITATION)


def _concerns(line: ClaimLine, authorization: Authorization) -> bool:
    """Say whether an authorization without a number on the claim is for this line; one not approved, only on its dates."""
    approved = authorization.status is AuthorizationStatus.APPROVED
    return any(s.code == line.code and (approved or line.service_date in s.dates) for s in authorization.services)


_MOST_USEFUL_FIRST = (
    outcomes.AUTHORIZATION_PENDING,
    outcomes.AUTHORIZATION_OTHER_PROVIDER,
    outcomes.AUTHORIZATION_EXHAUSTED,
    outcomes.AUTHORIZATION_EXPIRED,
    outcomes.AUTHORIZATION_DENIED_EARLIER,
)


def _nearest_miss(claim: Claim, line: ClaimLine, authorization: Authorization, units: _Units) -> OutcomeCode:
    if authorization.status is AuthorizationStatus.PENDED:
        return outcomes.AUTHORIZATION_PENDING
    if authorization.status is AuthorizationStatus.CANCELLED:
        return outcomes.AUTHORIZATION_MISSING
    same = [service for service in authorization.services if service.code == line.code]
    if authorization.status is AuthorizationStatus.DENIED:
        return outcomes.AUTHORIZATION_DENIED_EARLIER if same else outcomes.AUTHORIZATION_OTHER_SERVICE
    problems = {_problem(claim, line, authorization, service, units) for service in same}
    if not problems or None in problems:  # another code, or a fitting service under another plan
        return outcomes.AUTHORIZATION_OTHER_SERVICE
    return next(outcome for outcome in _MOST_USEFUL_FIRST if outcome in problems)


def _finding(
    outcome: OutcomeCode, line: ClaimLine, citation: Citation, number: AuthorizationNumber | None = None
) -> Finding:
    evidence = (Evidence("code", line.code),) if number is None else (Evidence("authorization", number),)
    if outcome in (outcomes.AUTHORIZATION_APPROVED, outcomes.AUTHORIZATION_NOT_REQUIRED):
        verdict, pend = Verdict.PASSES, None
    elif outcome in _WAITING:
        verdict, pend = Verdict.PENDS, AUTHORIZATION_PEND
    else:
        verdict, pend = Verdict.DENIES, None
    detail = None if number is None else AuthorizationDetail(number)
    return Finding(Step.AUTHORIZATION, outcome, verdict, citation, line.number, evidence, pend, detail=detail)
