"""Finds the authorization that covers a line, and how many of its units the line takes.

The line's number beats the claim's (837 loop 2400 over 2300). Units are taken once per claim line: uses already
recorded for this claim are kept, so that running again gives the same answer. Where no number was given, the
member's authorizations are searched, also for a service that needs none: an approval binds even if the claim does not cite it. A reading
counts on the day of its study, if that is known. A required authorization that is missing denies only where none of the
circumstances of steps/authorization_exceptions.py applies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from adjudication.model import outcomes
from adjudication.model.authorization_exceptions import Circumstance, Treatment
from adjudication.model.authorizations import (
    Authorization,
    AuthorizationResult,
    AuthorizationStatus,
    AuthorizationUse,
    AuthorizedService,
    ProviderRole,
    StudyPart,
    UnitKind,
)
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import AuthorizationDetail, Citation, Evidence, Finding
from adjudication.model.pends import AUTHORIZATION_PEND
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, LineNumber, OutcomeCode, Step, Verdict
from adjudication.steps.authorization_candidates import Candidates, Offer
from adjudication.steps.authorization_exceptions import Circumstances, treated_as
from adjudication.steps.authorization_units import Units, part_of_study

_CITATION = Citation("claims-practice", "B1 step 10: prior-authorization match")
_WAITING = frozenset(
    {
        outcomes.AUTHORIZATION_PENDING,
        outcomes.AUTHORIZATION_UNKNOWN,
        outcomes.AUTHORIZATION_OTHER_SERVICE,
        outcomes.AUTHORIZATION_OTHER_PROVIDER,
        outcomes.AUTHORIZATION_UNCOUNTABLE,
        outcomes.AUTHORIZATION_UNCLEAR_PERSON,
        outcomes.AUTHORIZATION_READING_LATER,
        outcomes.AUTHORIZATION_REQUEST_DENIED,
    }
)
_BY_STATUS = {
    AuthorizationStatus.PENDED: outcomes.AUTHORIZATION_PENDING,
    AuthorizationStatus.DENIED: outcomes.AUTHORIZATION_DENIED_EARLIER,
    AuthorizationStatus.CANCELLED: outcomes.AUTHORIZATION_MISSING,
}
_BOUND = {
    StudyPart.WHOLE: frozenset(ProviderRole),
    StudyPart.TECHNICAL: frozenset({ProviderRole.ANY, ProviderRole.PERFORMING}),
    StudyPart.PROFESSIONAL: frozenset({ProviderRole.READING}),
}
"""The roles of named providers that bind the line of each part of a study."""
_SETTLED = frozenset({outcomes.AUTHORIZATION_APPROVED, outcomes.AUTHORIZATION_NOT_REQUIRED})


@dataclass(frozen=True, slots=True)
class MatchTerms:
    """Further input for matching a claim.

    `chain`: the first of the claims that this one corrects; their units are available to it. `late`: the lines served
    before their coverage was known. `last`: lines that take units after all others, and none of this claim's recorded ones.
    `reading_days`: the most days between a study and its reading.
    """

    chain: ClaimId | None = None
    late: frozenset[LineNumber] = frozenset()
    last: frozenset[LineNumber] = frozenset()
    reading_days: int = 0


_ALONE: Final = MatchTerms()


def match_authorizations(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorizations: Sequence[Authorization],
    uses: Sequence[AuthorizationUse],
    terms: MatchTerms = _ALONE,
) -> AuthorizationResult:
    """Match each line that has a plan to an authorization with units left.

    `uses` are all recorded uses of these authorizations as `uses_marked` marks them, this claim's earlier ones included (a retry gives the
    same answer).
    """
    last = terms.last
    kept = [use for use in uses if use.claim_id != claim.claim_id or use.line not in last]
    units, candidates = Units(claim, kept, terms.chain, terms.reading_days), Candidates(claim, authorizations)
    why = Circumstances(claim, terms.late)
    findings: dict[LineNumber, Finding] = {}
    made: list[AuthorizationUse] = []
    for line in sorted(claim.lines, key=lambda each: each.number in last) if last else claim.lines:
        plan = plans.get(line.number)
        if plan is None:
            continue
        finding, use = _match_line(claim, line, plan, candidates, units)
        findings[line.number] = _excepted(line, plan, finding, why)
        if use is not None:
            units.take(use)
            made.append(use)
    matched = {use.line: use.number for use in made}
    ordered = tuple(findings[line.number] for line in claim.lines if line.number in findings)
    return AuthorizationResult(ordered, tuple(made), matched, frozenset(matched))


def _excepted(line: ClaimLine, plan: Plan, finding: Finding, why: Circumstances) -> Finding:
    """Replace a refusal if the provider could not request an authorization before the service; a doubtful number stays pended."""
    required = finding.outcome not in _SETTLED
    if not required:
        return finding
    treatment, circumstance = treated_as(why.of(line, plan.exceptions), plan.exceptions)
    if circumstance is None:
        return finding
    shown = (*finding.evidence, Evidence("circumstance", circumstance))
    if treatment is Treatment.REVIEW:
        if finding.verdict is not Verdict.DENIES:
            return finding
        outcome = outcomes.AUTHORIZATION_CIRCUMSTANCE
        return replace(finding, outcome=outcome, verdict=Verdict.PENDS, evidence=shown, pend=AUTHORIZATION_PEND)
    emergency = circumstance is Circumstance.EMERGENCY
    outcome = outcomes.AUTHORIZATION_EMERGENCY if emergency else outcomes.AUTHORIZATION_EXCEPTED
    law = plan.exceptions.emergency if emergency and plan.exceptions.emergency else plan.citation
    return Finding(Step.AUTHORIZATION, outcome, Verdict.PASSES, law, line.number, shown)


def _match_line(
    claim: Claim, line: ClaimLine, plan: Plan, candidates: Candidates, units: Units
) -> tuple[Finding, AuthorizationUse | None]:
    required = line.code in plan.authorization_required
    number = line.authorization_number or claim.authorization_number
    if not required and number is not None and not candidates.of(plan, number):
        return _not_required(line, plan, candidates), None
    best = _best(claim, line, plan, candidates.offers(plan, number, line.code), units)
    if best is not None:
        return _finding(outcomes.AUTHORIZATION_APPROVED, line, plan.binding, best.number), best
    if not required:
        return _not_required(line, plan, candidates), None
    unclear = candidates.unclear(plan, number, line.code)
    if unclear is not None:
        return _finding(outcomes.AUTHORIZATION_UNCLEAR_PERSON, line, _CITATION, unclear.number), None
    return _refusal(claim, line, plan, candidates, number, units), None


def _not_required(line: ClaimLine, plan: Plan, candidates: Candidates) -> Finding:
    """Pass a line that needs no authorization; pend it if the plan denied a request for the service before."""
    for authorization, service in candidates.offers(plan, None, line.code):
        denied = authorization.status_of(service) is AuthorizationStatus.DENIED
        if denied and line.service_date in service.dates:
            return _finding(outcomes.AUTHORIZATION_REQUEST_DENIED, line, _CITATION, authorization.number)
    return _finding(outcomes.AUTHORIZATION_NOT_REQUIRED, line, plan.citation)


def _best(claim: Claim, line: ClaimLine, plan: Plan, offers: Sequence[Offer], units: Units) -> AuthorizationUse | None:
    """Return the use that this line already made, else of the covering services: one code before a range, then the one that ends first."""
    fitting = []
    for authorization, service in offers:
        if authorization.plan_id == plan.plan_id and _problem(claim, line, authorization, service, units) is None:
            use = _use(claim, line, authorization, service, units)
            fresh = (line.number, use.number, use.code) not in units.own
            ends = service.dates.ends
            order = (fresh, service.through is not None, ends is None, ends or line.service_date, use.number, use.code)
            fitting.append((order, use))
    return min(fitting, key=lambda fit: fit[0])[1] if fitting else None


def _use(
    claim: Claim, line: ClaimLine, authorization: Authorization, service: AuthorizedService, units: Units
) -> AuthorizationUse:
    return AuthorizationUse(
        authorization.number,
        service.key,
        claim.claim_id,
        line.number,
        line.units,
        units.chain,
        part_of_study(claim, line),
        units.study_day(claim, line, (authorization.number, service.key)),
        claim.member.person,
    )


def _problem(
    claim: Claim, line: ClaimLine, authorization: Authorization, service: AuthorizedService, units: Units
) -> OutcomeCode | None:
    """Return why one authorized service does not cover a line, or None if it covers it."""
    if not service.covers(line.code):
        return outcomes.AUTHORIZATION_OTHER_SERVICE
    status = authorization.status_of(service)
    return _BY_STATUS.get(status) or _approved_problem(claim, line, authorization, service, units)


def _approved_problem(
    claim: Claim, line: ClaimLine, authorization: Authorization, service: AuthorizedService, units: Units
) -> OutcomeCode | None:
    # The date is checked before the provider, because correcting an id cannot repair a wrong date.
    if units.study_day(claim, line, (authorization.number, service.key)) not in service.dates:
        return (
            outcomes.AUTHORIZATION_READING_LATER
            if _later(claim, line, service, units)
            else outcomes.AUTHORIZATION_EXPIRED
        )
    if not _provider_fits(claim, line, service):
        return outcomes.AUTHORIZATION_OTHER_PROVIDER
    if service.kind is UnitKind.OTHER:
        return outcomes.AUTHORIZATION_UNCOUNTABLE
    own = (line.number, authorization.number, service.key) in units.own
    enough = own or units.suffice(authorization, service, _use(claim, line, authorization, service, units))
    if enough is None:
        return outcomes.AUTHORIZATION_UNCLEAR_PERSON
    return None if enough else outcomes.AUTHORIZATION_EXHAUSTED


def _later(claim: Claim, line: ClaimLine, service: AuthorizedService, units: Units) -> bool:
    """Return whether a line is a reading whose study is not known and may be inside the dates of a service."""
    if part_of_study(claim, line) is not StudyPart.PROFESSIONAL:
        return False
    before = (line.service_date - timedelta(days=back) for back in range(1, units.reading_days + 1))
    return any(day in service.dates for day in before)


def _provider_fits(claim: Claim, line: ClaimLine, service: AuthorizedService) -> bool:
    """Return whether the line's providers fit the named providers.

    An authorization covers the study. The provider it names performs it, so a reader need not be named; a provider named as
    reader restricts the reading only.
    """
    npis = _npis(claim, line)
    if any(provider.npi in npis for provider in service.providers):
        return True
    bound = _BOUND[part_of_study(claim, line)]
    return not any(provider.role in bound for provider in service.providers)


def _npis(claim: Claim, line: ClaimLine) -> set[str]:
    providers = (claim.billing, claim.line_rendering(line), claim.line_facility(line))
    return {provider.npi for provider in providers if provider is not None}


def _refusal(
    claim: Claim,
    line: ClaimLine,
    plan: Plan,
    candidates: Candidates,
    number: AuthorizationNumber | None,
    units: Units,
) -> Finding:
    """Return why no authorization covers a line that needs one, from the closest authorization."""
    if number is not None:
        named = candidates.of(plan, number)
        if not named:
            return _finding(outcomes.AUTHORIZATION_UNKNOWN, line, _CITATION, number)
        return _finding(_nearest_miss(claim, line, named[0], units), line, _CITATION, number)
    offers = candidates.offers(plan, number, line.code)
    concerning = {a.number: a for a, service in offers if _concerns(line, a, service)}
    misses = [(_nearest_miss(claim, line, a, units), a.number) for a in concerning.values()]
    for outcome in _MOST_USEFUL_FIRST:
        for miss, found in misses:
            if miss == outcome:
                return _finding(outcome, line, _CITATION, found)
    return _finding(outcomes.AUTHORIZATION_MISSING, line, _CITATION)


def _concerns(line: ClaimLine, authorization: Authorization, service: AuthorizedService) -> bool:
    """Return whether an authorization without a number on the claim is for this line; one not approved, only on its dates."""
    return authorization.status_of(service) is AuthorizationStatus.APPROVED or line.service_date in service.dates


_MOST_USEFUL_FIRST = (
    outcomes.AUTHORIZATION_PENDING,
    outcomes.AUTHORIZATION_UNCLEAR_PERSON,
    outcomes.AUTHORIZATION_OTHER_PROVIDER,
    outcomes.AUTHORIZATION_UNCOUNTABLE,
    outcomes.AUTHORIZATION_READING_LATER,
    outcomes.AUTHORIZATION_EXHAUSTED,
    outcomes.AUTHORIZATION_EXPIRED,
    outcomes.AUTHORIZATION_DENIED_EARLIER,
)


def _nearest_miss(claim: Claim, line: ClaimLine, authorization: Authorization, units: Units) -> OutcomeCode:
    if authorization.status is AuthorizationStatus.PENDED and not any(s.status for s in authorization.services):
        return outcomes.AUTHORIZATION_PENDING
    if authorization.status is AuthorizationStatus.CANCELLED:
        return outcomes.AUTHORIZATION_MISSING
    same = [service for service in authorization.services if service.covers(line.code)]
    problems = {_problem(claim, line, authorization, service, units) for service in same}
    if not problems or None in problems:  # the service has another code, or fits but is under another plan
        return outcomes.AUTHORIZATION_OTHER_SERVICE
    return next((o for o in _MOST_USEFUL_FIRST if o in problems), outcomes.AUTHORIZATION_MISSING)


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
