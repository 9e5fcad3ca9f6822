"""The effects of a replacement or void on other claims: those it supersedes, and those whose reviews must be resumed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from activities.adjudication.working_set import ClaimWork
from adjudication.corrections.judge import ChainClaim
from adjudication.corrections.supersession import taken_back
from adjudication.model.determination import Decision, Determination, Disposition, Pended
from adjudication.model.pends import CORRECTION_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from contracts.event_builders.decisions import determination_messages
from contracts.records.decisions import Acquired, SupersededClaim


def superseded_claims(
    work: ClaimWork, decision: Decision, now: datetime, reference: ReferenceData
) -> tuple[SupersededClaim, ...]:
    """Return the claims that this one supersedes, with their new determinations and events, to be committed with it.

    An undecided claim is superseded at once. A decided claim is superseded by the decision on this one; until then it is reserved, so that no
    other correction changes it.
    """
    return tuple(_superseded(work, each, decision, now, reference) for each in work.chain.superseded)


def _superseded(
    work: ClaimWork, given: ChainClaim, decision: Decision, now: datetime, reference: ReferenceData
) -> SupersededClaim:
    if given.version and not isinstance(decision, Determination):
        return SupersededClaim(given.claim, given.version)
    at = decision.decided_at if isinstance(decision, Determination) else now
    determination = taken_back(given, work.stored.claim, at, reference)
    messages = determination_messages(given.claim, determination, reference)
    return SupersededClaim(given.claim, given.version, determination, messages, _acquired(given, reference))


def _acquired(given: ChainClaim, reference: ReferenceData) -> Acquired | None:
    """Return the approved acquisition of a superseded claim: claims whose components were paid because of it are reopened."""
    family = reference.family
    approved = {
        line.line
        for line in given.lines
        if line.disposition is Disposition.APPROVED and line.code in family.acquisition
    }
    days = tuple(sorted({line.service_date for line in given.claim.lines if line.number in approved}))
    return Acquired(days, family.acquisition, family.dependent, family.window_days) if days else None


def corrections_to_wake(work: ClaimWork) -> Iterator[ClaimId]:
    """Yield the claims whose waiting corrections must be tried again: this claim, and the claims that it changes.

    A claim that is pended for its own original yields nothing: two claims that name each other would resume each other
    without end.
    """
    decision = work.decision
    if isinstance(decision, Pended) and any(pend.code == CORRECTION_PEND for pend in decision.pends):
        return
    if work.stored.awaited:
        yield work.stored.claim.claim_id
    for each in work.stored.chain:
        yield each.claim.claim_id


def waits_for_adjudication(work: ClaimWork, decision: Pended) -> bool:
    """Return whether a correction waits because the claim it names was being adjudicated when the correction was read.

    A correction that is pended for another reason is left out: it would be tried again at once without end.
    """
    if not work.stored.chain or all(pend.code != CORRECTION_PEND for pend in decision.pends):
        return False
    named = work.stored.chain[0]
    return not named.version and not named.pended


def closed_reviews(work: ClaimWork) -> Iterator[ClaimId]:
    """Yield undecided claims that this claim superseded: their reviews are resumed, find the supersession, and end.

    Claims that an earlier run of this batch superseded are included: its worker may have died before it resumed them.
    """
    for each in work.chain.superseded:
        if not each.version or each.pending:
            yield each.claim.claim_id
    for each in work.stored.chain:
        if each.superseded and each.changed_by == work.stored.claim.claim_id:
            yield each.claim.claim_id
