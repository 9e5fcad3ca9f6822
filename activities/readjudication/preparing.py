"""Adjudicates a decided claim again and prepares everything that a correction of it would write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from activities.adjudication.working_set import ClaimWork
from activities.readjudication.shadow import Shadows, chosen_again
from adjudication.model.determination import Disposition
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.correction import corrected, with_interest
from adjudication.readjudication.judgment import in_time, receivable, terms_of
from adjudication.readjudication.proposal import Case, Proposal, Result, propose
from adjudication.readjudication.raised import set_aside
from adjudication.readjudication.rules import Ground
from adjudication.readjudication.shadow import Shadow
from adjudication.steps.roster import contract_status
from contracts.event_builders.decisions import determination_messages
from contracts.event_builders.proposals import digest_of, proposal_json
from contracts.records.decisions import Acquired
from contracts.records.readjudications import Prepared, ReadjudicationFile


async def prepare(
    file: ReadjudicationFile, shadows: Shadows, reference: ReferenceData, now: datetime
) -> Prepared | None:
    """Adjudicate again; None where the claim was replaced or voided."""
    case = file.case
    if case is None:
        return None
    shadow, work = await shadows.of(ClaimId(file.claim_id))
    if case.raised is not None and case.raised.lines:
        shadow = set_aside(case.before, case.raised, work.stored.settlements, now, reference)
    return prepared(file, case, (shadow, work, propose(case, shadow)), reference, now)


def prepared(
    file: ReadjudicationFile,
    case: Case,
    again: tuple[Shadow, ClaimWork, Proposal],
    reference: ReferenceData,
    now: datetime,
) -> Prepared:
    """Prepare everything that a correction would write from the result of adjudicating again."""
    shadow, work, proposal = again
    terms = terms_of(case, proposal, reference)
    owed = receivable(proposal, terms, now)
    decision = None
    if proposal.result is Result.CORRECTS:
        decision = corrected(case, proposal, owed, now, reference)
        if file.times is not None:
            contracts = contract_status(shadow.findings)
            decision = with_interest(decision, case, proposal, file.times, contracts, reference)
            if any(each.why for each in decision.interest):
                terms = replace(terms, automatic=False)
    if not in_time(terms, Ground.ORDINARY, now):
        terms = replace(terms, automatic=False)
    content = proposal_json(proposal, terms, () if decision is None else decision.interest, owed, reference)
    changed = {line.before.line for line in proposal.changes}
    return Prepared(
        case,
        proposal,
        terms,
        content,
        digest_of(content, case.before.version),
        decision,
        () if decision is None else determination_messages(case.before.claim, decision, reference),
        owed,
        _acquired(case, proposal, reference),
        tuple(use for use in shadow.uses if use.line in changed),
        None if case.raised is not None and case.raised.lines else partial(chosen_again, work, now, reference),
        work.stored.read_at,
        work.stored.snapshot,
    )


def _acquired(case: Case, proposal: Proposal, reference: ReferenceData) -> Acquired | None:
    """Return an approved acquisition that is taken back: claims whose components were paid because of it are reopened."""
    family = reference.family
    lost = {
        line.before.line
        for line in proposal.changes
        if line.before.disposition is Disposition.APPROVED
        and line.after.disposition is not Disposition.APPROVED
        and line.before.code in family.acquisition
    }
    days = tuple(sorted({line.service_date for line in case.before.claim.lines if line.number in lost}))
    return Acquired(days, family.acquisition, family.dependent, family.window_days) if days else None
