"""Match authorizations: decide on the batch's units under lock, in one transaction.

It may not decide what matches: that is adjudication/steps/authorization.py. It must decide for the whole
batch at once, so that two claims of one batch never count the same unit twice, and it must survive being
asked again with fresher data (the store may retry its transaction): each call starts over and the last one
counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from temporalio import activity

from activities.adjudication.isolation import isolate
from activities.adjudication.working_set import NO_AUTHORIZATION, BatchWork, ClaimWork, WorkingSet
from activities.errors import named_only
from activities.ports import AuthorizationLedger, AuthorizationStore
from adjudication.model.authorizations import AuthorizationUse
from adjudication.steps.authorization import match_authorizations
from contracts.workflow_messages.claims import MATCH_AUTHORIZATIONS, ClaimBatch, StepSummary

_UseKey = tuple[str, str, str, int]


class AuthorizationActivities:
    """The authorization step."""

    def __init__(self, working_set: WorkingSet, authorizations: AuthorizationStore) -> None:
        """Take the port this step needs."""
        self._working_set = working_set
        self._authorizations = authorizations
        working_set.register(MATCH_AUTHORIZATIONS, self._evaluate)

    @activity.defn(name=MATCH_AUTHORIZATIONS)
    async def match_authorizations(self, batch: ClaimBatch) -> StepSummary:
        """Take the authorization units each open claim needs, once."""
        with named_only(MATCH_AUTHORIZATIONS):
            work = await self._working_set.reach(batch, MATCH_AUTHORIZATIONS)
        return work.summary(MATCH_AUTHORIZATIONS)

    async def _evaluate(self, batch: BatchWork) -> None:
        claims = batch.billing_claims()
        if not claims:
            return
        members = sorted({work.stored.claim.member.member_id for work in claims})
        anew = [work.stored.claim.claim_id for work in claims] if batch.batch.restart else []
        await self._authorizations.allocate(members, lambda ledger: _allocate(claims, ledger), anew)


def _allocate(claims: Sequence[ClaimWork], ledger: AuthorizationLedger) -> list[AuthorizationUse]:
    """Match the claims in order of acceptance, each seeing the units that those before it took."""
    taken = {member: {_key(use): use for use in uses} for member, uses in ledger.uses.items()}
    wanted: list[AuthorizationUse] = []
    for work in claims:
        known = taken.setdefault(work.stored.claim.member.member_id, {})
        uses = _match(work, ledger, tuple(known.values()))
        known.update((_key(use), use) for use in uses)
        wanted += uses
    return wanted


def _match(
    work: ClaimWork, ledger: AuthorizationLedger, uses: Sequence[AuthorizationUse]
) -> tuple[AuthorizationUse, ...]:
    claim = work.stored.claim
    work.failures.pop(MATCH_AUTHORIZATIONS, None)
    authorizations = ledger.authorizations.get(claim.member.member_id, ())
    run = partial(match_authorizations, claim, work.eligibility.plans, authorizations, uses, work.chain.root)
    result = isolate(work, MATCH_AUTHORIZATIONS, run)
    work.authorization = result or NO_AUTHORIZATION
    return work.authorization.uses


def _key(use: AuthorizationUse) -> _UseKey:
    return (use.number, use.code, use.claim_id, use.line)
