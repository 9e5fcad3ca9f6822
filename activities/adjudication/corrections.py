"""What a decided replacement or void takes back, as values and exact events to be committed with its own decision."""

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


def giving_way(
    work: ClaimWork, decision: Decision, now: datetime, reference: ReferenceData
) -> tuple[SupersededClaim, ...]:
    """Return what gives way to a claim. An open review does at once; a decision only to a decision, and is reserved before."""
    return tuple(_one(work, each, decision, now, reference) for each in work.chain.gives_way)


def _one(
    work: ClaimWork, given: ChainClaim, decision: Decision, now: datetime, reference: ReferenceData
) -> SupersededClaim:
    if given.version and not isinstance(decision, Determination):
        return SupersededClaim(given.claim, given.version)
    at = decision.decided_at if isinstance(decision, Determination) else now
    determination = taken_back(given, work.stored.claim, at, reference)
    messages = determination_messages(given.claim, determination, reference)
    return SupersededClaim(given.claim, given.version, determination, messages, _acquired(given, reference))


def _acquired(given: ChainClaim, reference: ReferenceData) -> Acquired | None:
    """The approved acquisition of a claim that gives way; None where it has none."""
    family = reference.family
    approved = {
        line.line
        for line in given.lines
        if line.disposition is Disposition.APPROVED and line.code in family.acquisition
    }
    days = tuple(sorted({line.service_date for line in given.claim.lines if line.number in approved}))
    return Acquired(days, family.acquisition, family.dependent, family.window_days) if days else None


def heard_by_corrections(work: ClaimWork) -> Iterator[ClaimId]:
    """Yield the claims of which this try may be news to corrections that wait for them: itself, and what it changes.

    One that waits for its own original says nothing: two claims that name each other would wake each other for ever.
    """
    decision = work.decision
    if isinstance(decision, Pended) and any(pend.code == CORRECTION_PEND for pend in decision.pends):
        return
    if work.stored.awaited:
        yield work.stored.claim.claim_id
    for each in work.stored.chain:
        yield each.claim.claim_id


def closed_reviews(work: ClaimWork) -> Iterator[ClaimId]:
    """Yield open reviews that gave way to this claim, now or in a run whose end nobody heard of: each looks and ends."""
    for each in work.chain.gives_way:
        if not each.version:
            yield each.claim.claim_id
    for each in work.stored.chain:
        if each.given_way and each.changed_by == work.stored.claim.claim_id:
            yield each.claim.claim_id
