"""All adjudication steps on one claim, in order, as one pure function. The workflow runs the same steps per batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from adjudication.corrections.judge import ChainClaim, ChainResult, history_without, judge_chain
from adjudication.corrections.supersession import void_carried_out
from adjudication.edits.component_edits import apply_component_edits
from adjudication.edits.patients import counted, of_patient
from adjudication.edits.sexes import as_known
from adjudication.model.authorizations import Authorization, AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.determination import Decision, Determination
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.prerelease_holds.check import PriorReviewInput, determine_or_hold
from adjudication.review.settlements import Settlement
from adjudication.steps.authorization import MatchTerms
from adjudication.steps.authorization_candidates import authorizations_of, uses_marked
from adjudication.steps.authorization_exceptions import seen_elsewhere
from adjudication.steps.authorization_order import denied_by_itself, match_payable_first
from adjudication.steps.determine import determine
from adjudication.steps.eligibility import CoverageSpan, EligibilityResult, verify_eligibility
from adjudication.steps.filing import check_filing
from adjudication.steps.necessity import review_medical_necessity
from adjudication.steps.roster import Roster, verify_providers


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """The stored data besides the claim that its decision depends on."""

    sequence: int
    spans: Sequence[CoverageSpan] = ()
    authorizations: Sequence[Authorization] = ()
    uses: Sequence[AuthorizationUse] = ()
    history: Sequence[HistoryLine] = ()
    chain: Sequence[ChainClaim] = ()
    roster: Roster = field(default_factory=dict)
    settlements: tuple[Settlement, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """The decision, its authorization units, the pended claims that it completes, and the claims that it replaces or voids."""

    decision: Decision
    uses: tuple[AuthorizationUse, ...]
    completes: tuple[ClaimId, ...]
    superseded: tuple[ChainClaim, ...] = ()


def adjudicate(claim: Claim, context: ClaimContext, as_of: datetime, reference: ReferenceData) -> Adjudicated:
    """Run every step on one claim as of a moment."""
    chain = judge_chain(claim, context.chain, as_of, reference.chain)
    eligibility = verify_eligibility(claim, context.spans, reference)
    if not chain.is_adjudicated:
        return Adjudicated(_unbilled(claim, chain, eligibility, as_of, reference), (), (), chain.superseded)
    plans = eligibility.plans
    providers = verify_providers(claim, plans, context.roster, as_of.date())
    filing = check_filing(claim, eligibility, providers, context.chain, reference)
    others = history_without(context.chain, context.history)
    history = of_patient(claim, others, eligibility.on_file)
    approvals = authorizations_of(claim, context.authorizations, eligibility.on_file)
    uses = uses_marked(claim, context.uses, eligibility.on_file)
    terms = MatchTerms(chain.root, eligibility.late, reading_days=reference.reading.days)
    denied = partial(denied_by_itself, claim, plans, filing, as_of, reference)
    authorization = match_payable_first(claim, plans, approvals, uses, terms, denied)
    authorization = seen_elsewhere(claim, plans, authorization, counted(history), reference)
    known = as_known(claim, eligibility.sex)
    edits = apply_component_edits(known, plans, history, as_of, reference, sequence=context.sequence)
    necessity = review_medical_necessity(claim, plans, authorization, as_of.date(), reference, counted(history))
    verified = (*chain.findings, *eligibility.findings, *providers, *filing)
    findings = (*verified, *authorization.findings, *edits.findings, *necessity)
    reviews = PriorReviewInput(context.settlements, replaced=chain.replaced_paid)
    decision = determine_or_hold(claim, eligibility, findings, as_of, reference, reviews)
    if isinstance(decision, Determination) and chain.named is not None:
        decision = replace(decision, changes=chain.named)
    return Adjudicated(decision, authorization.uses, edits.completes, chain.superseded)


def _unbilled(
    claim: Claim, chain: ChainResult, eligibility: EligibilityResult, as_of: datetime, reference: ReferenceData
) -> Decision:
    """Decide on a void, or on a correction that pends or is refused, without adjudicating its lines."""
    if chain.carries_out_void:
        return void_carried_out(claim, chain, as_of, reference)
    return determine(claim, eligibility, chain.findings, as_of, reference)
