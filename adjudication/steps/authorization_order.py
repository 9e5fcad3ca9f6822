"""Gives the units of an authorization to the lines of a claim that can be paid, before those that are denied anyway.

Units are taken in the order of lines. Where they do not suffice, a line that another rule denies (a bundled code, a service
filed too late) would take the unit of the line that was authorized, and both would be denied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adjudication.edits.component_edits import apply_component_edits
from adjudication.model import outcomes
from adjudication.model.authorizations import Authorization, AuthorizationResult, AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, Verdict
from adjudication.steps.authorization import MatchTerms, match_authorizations


def match_payable_first(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorizations: Sequence[Authorization],
    uses: Sequence[AuthorizationUse],
    terms: MatchTerms,
    denied: Callable[[], frozenset[LineNumber]],
) -> AuthorizationResult:
    """Match as `match_authorizations` does; if units run out, match again, with the lines last that are denied anyway.

    `denied`: returns those lines (`denied_by_itself`); called only if needed.
    """
    first = match_authorizations(claim, plans, authorizations, uses, terms)
    taken = {use.line for use in first.uses}
    if not taken or all(finding.outcome != outcomes.AUTHORIZATION_EXHAUSTED for finding in first.findings):
        return first
    last = denied()
    if not last & taken:
        return first
    return match_authorizations(claim, plans, authorizations, uses, replace(terms, last=last))


def denied_by_itself(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    filing: Sequence[Finding],
    as_of: datetime,
    reference: ReferenceData,
) -> frozenset[LineNumber]:
    """Return the lines that the claim's own edits and its day of receipt deny, regardless of other claims."""
    edits = apply_component_edits(claim, plans, (), as_of, reference, sequence=0)
    found = (*filing, *edits.findings)
    return frozenset(f.line for f in found if f.verdict is Verdict.DENIES and f.line is not None)
