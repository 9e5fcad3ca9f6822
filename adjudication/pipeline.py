"""All steps on one claim, in order: what the workflow does a batch at a time, as one function of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adjudication.authorization_match import match_authorizations
from adjudication.authorizations import Authorization, AuthorizationUse
from adjudication.claim import Claim
from adjudication.coverage import CoverageSpan, verify_eligibility
from adjudication.determination import Decision
from adjudication.edits import apply_component_edits
from adjudication.fold import determine
from adjudication.history import HistoryLine
from adjudication.necessity import review_medical_necessity
from adjudication.reference import ReferenceData
from adjudication.vocabulary import ClaimId


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """Everything outside the claim that its decision rests on."""

    sequence: int
    spans: Sequence[CoverageSpan] = ()
    authorizations: Sequence[Authorization] = ()
    uses: Sequence[AuthorizationUse] = ()
    history: Sequence[HistoryLine] = ()


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """The decision, the authorization units it takes and the waiting claims it completes."""

    decision: Decision
    uses: tuple[AuthorizationUse, ...]
    completes: tuple[ClaimId, ...]


def adjudicate(claim: Claim, context: ClaimContext, as_of: datetime, reference: ReferenceData) -> Adjudicated:
    """Run every step on one claim as of a moment."""
    eligibility = verify_eligibility(claim, context.spans, reference)
    plans = eligibility.plans
    authorization = match_authorizations(claim, plans, context.authorizations, context.uses)
    edits = apply_component_edits(claim, plans, context.history, as_of, reference, sequence=context.sequence)
    necessity = review_medical_necessity(claim, plans, authorization, as_of.date(), reference, context.history)
    findings = (*eligibility.findings, *authorization.findings, *edits.findings, *necessity)
    decision = determine(claim, eligibility, findings, as_of, reference)
    return Adjudicated(decision, authorization.uses, edits.completes)
