"""Pends of overturned lines: each has an owner, and a due date before the ruling must be carried out.

A role that may settle a pend of a claim may settle it here, except that no one who took part in the denial settles what an
appeal overturned, and a clinical denial that comes up now needs a signature like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adjudication.appeals.deadlines import deadlines, gaps
from adjudication.appeals.duty import Duty
from adjudication.appeals.state import AppealState
from adjudication.model import outcomes
from adjudication.model.determination import Pend
from adjudication.model.pends import SYSTEM_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PendCode
from adjudication.people import SIGNING, Refusal, Role, StaffMember, forbidden, invalid, signing_license
from adjudication.review.case import CLINICAL_DENIALS
from adjudication.review.settlements import Resolution, Settlement

RETRY_ROLES: Final = frozenset({Role.APPEALS_SPECIALIST, Role.APPEALS_PHYSICIAN, Role.SUPERVISOR, Role.OPERATIONS})
"""Roles that may have the lines determined again after the missing data arrived."""

_SIGNED_AS: Final = {
    outcomes.UNITS_REVIEWABLE: outcomes.UNITS_NOT_SUPPORTED,
    outcomes.DIAGNOSIS_INCONSISTENT: outcomes.DIAGNOSIS_NOT_SUPPORTED,
    outcomes.NECESSITY_FACTS_MISSING: outcomes.RECORDS_NOT_RECEIVED,
}
"""The outcome under which a clinician denies a line that an office role owns."""


def resolving_roles(code: PendCode, outcome: OutcomeCode, reference: ReferenceData) -> frozenset[Role]:
    """Return the roles that may settle a pend in some way; signers too, where only a signature denies it."""
    rule = reference.pends[code]
    signers = SIGNING if rule.may_deny and outcome in _SIGNED_AS else frozenset()
    return rule.may_pass | rule.may_deny | rule.may_price | signers


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One pend of an overturned line (`line` None: of all of them), its owner and its due time."""

    line: LineNumber | None
    code: PendCode
    outcome: OutcomeCode
    owner: str
    priority: int
    due_at: datetime


def waiting_lines(
    pends: Sequence[Pend], state: AppealState, now: datetime, reference: ReferenceData
) -> tuple[WaitingLine, ...]:
    """Give each pend a due time by its rule, never later than the deadline to carry out the ruling."""
    return tuple(_waiting((p.line, p.code, p.outcome), state, now, reference) for p in pends)


def failed(state: AppealState, now: datetime, reference: ReferenceData) -> tuple[WaitingLine, ...]:
    """Report that a ruling could not be determined at all; operations find the cause and retry it."""
    return (_waiting((None, SYSTEM_PEND, outcomes.STEP_FAILED), state, now, reference),)


def settlement_refusal(
    settlement: Settlement, waiting: WaitingLine, state: AppealState, actor: StaffMember, reference: ReferenceData
) -> Refusal | None:
    """Return why a person may not settle a pend in this way, or None."""
    rule = reference.pends[waiting.code]
    tables = {
        Resolution.PASSES: rule.may_pass,
        Resolution.DENIES: rule.may_deny,
        Resolution.PRICED: rule.may_price,
    }
    may = tables[settlement.resolution]
    if may and settlement.denies_as in CLINICAL_DENIALS:
        may = SIGNING  # The kind of judgment decides who may settle it, not the queue.
    if not actor.roles & may:
        who = ", ".join(sorted(role.value for role in may)) or "no role in this way"
        return forbidden("role-may-not", f"this is settled by: {who}")
    if any(actor.person_id == each.person_id for each in state.involved):
        return forbidden(
            "involved", "you took part in what is appealed; another person settles what the appeal overturned"
        )
    return _denial_refusal(settlement, state, actor, reference) if settlement.denies_as is not None else None


def _denial_refusal(
    settlement: Settlement, state: AppealState, actor: StaffMember, reference: ReferenceData
) -> Refusal | None:
    rule = None if settlement.denies_as is None else reference.outcomes.get(settlement.denies_as)
    if rule is None or rule.carc is None:
        return invalid(
            "outcome", "this is not an outcome that a line can be denied as; see policies/workflow/outcomes.yaml"
        )
    signed_as = _SIGNED_AS.get(settlement.outcome)
    if signed_as is not None and settlement.denies_as not in CLINICAL_DENIALS:
        return invalid("outcome", f"this turns on clinical records; a clinician denies it as {signed_as}, and signs")
    if not rule.clinical or settlement.signature is not None:
        return None
    license = signing_license(actor, state.case.license_needed, state.case.calendar.day_of(settlement.settled_at))
    return license if isinstance(license, Refusal) else forbidden("no-license", "a clinical denial is signed; sign it")


def _waiting(
    what: tuple[LineNumber | None, PendCode, OutcomeCode], state: AppealState, now: datetime, reference: ReferenceData
) -> WaitingLine:
    line, code, outcome = what
    rule = reference.pends[code]
    limits = [each.due_at for each in deadlines(state) if each.duty is Duty.EFFECTUATION]
    limits += [each.act_by for each in gaps(state) if each.duty is Duty.EFFECTUATION]
    due_at = min([now + timedelta(days=rule.due_days), *(limit for limit in limits if limit > now)])
    return WaitingLine(line, code, outcome, rule.owner, rule.priority, due_at)
