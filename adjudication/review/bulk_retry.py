"""Retry pended claims in bulk, which needs two people. It decides no claim.

One person proposes a fixed set of claims, and another approves exactly that set. Then each claim is adjudicated again
with current data, at a bounded rate. A claim already retried stays so; the rest can be stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.vocabulary import PlanId
from adjudication.people import Refusal, Role, StaffMember, forbidden, invalid

RELEASERS: Final = frozenset({Role.OPERATIONS, Role.SUPERVISOR})
"""Roles that propose, approve, pause and cancel bulk retries."""

EXPIRES_AFTER: Final = timedelta(hours=24)
"""The time for which a proposal is valid: the claims were chosen by their pends at its start."""

SHORTEST_PURPOSE: Final = 20
"""Minimum characters of the purpose, which the approver and an auditor read."""


class Mode(StrEnum):
    """The way a claim is retried. Both modes run every step again with current data, and keep reviewers' decisions.

    A resumed claim keeps the authorization units it took. A restarted one returns them and is matched again.
    """

    RESUME = "resume"
    RESTART = "restart"


class Stage(StrEnum):
    """The stage of a bulk retry."""

    PROPOSED = "proposed"
    EXPIRED = "expired"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Skipped(StrEnum):
    """Why a chosen claim was not signaled."""

    DECIDED = "decided-meanwhile"
    OTHER_REASON = "waits-for-something-else"
    HELD = "held-by-a-person"
    NO_REVIEW = "no-review-found"


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters of pended claims: any of the pend codes, and all other given filters. Dates of service inclusive.

    A line pended with one of the codes must match the policy, plan and dates itself; a pend of the whole
    claim matches by any of its lines.
    """

    codes: frozenset[str]
    policy: str | None = None
    version: str | None = None
    plan: PlanId | None = None
    served_from: date | None = None
    served_to: date | None = None
    due_before: datetime | None = None
    held_too: bool = False


@dataclass(frozen=True, slots=True)
class BulkRetryLimits:
    """The payer's limits: number of claims, rate, and the sizes above which a supervisor must approve."""

    most_claims: int
    most_per_second: int
    supervisor_above_claims: int
    supervisor_above_billed: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal to be approved."""

    proposed_by: str
    proposed_at: datetime
    claims: int
    billed: Decimal

    def expired(self, at: datetime) -> bool:
        """Return whether it has expired."""
        return at >= self.proposed_at + EXPIRES_AFTER


@dataclass(frozen=True, slots=True)
class Approved:
    """A proposal that a second person approved. Only this is ever carried out."""

    proposal: Proposal
    approved_by: str
    role: Role
    at: datetime

    def __post_init__(self) -> None:
        """Refuse an approval by the person who proposed."""
        if self.approved_by == self.proposal.proposed_by:
            msg = "the person who proposed a bulk retry may not approve it"
            raise ValueError(msg)


def refuse_selection(selection: Selection) -> Refusal | None:
    """Return the fault of a selection, or None; checked before claims are queried."""
    if not selection.codes:
        return invalid("no-reason", "choose at least one reason the claims wait for")
    if selection.version is not None and selection.policy is None:
        return invalid("version-without-policy", "a version belongs to a policy; name the policy too")
    if selection.served_from and selection.served_to and selection.served_to < selection.served_from:
        return invalid("dates", "the last date of service lies before the first; exchange them")
    return None


def refuse_proposal(
    person: StaffMember, purpose: str, claims: int, rate: int, limits: BulkRetryLimits
) -> Refusal | None:
    """Return why a person may not propose this; the most useful reason comes first."""
    if not person.roles & RELEASERS:
        return forbidden("role-may-not", "only operations or a supervisor may propose a bulk retry; ask one of them")
    if len(purpose.strip()) < SHORTEST_PURPOSE:
        return invalid(
            "purpose", f"say in {SHORTEST_PURPOSE} characters or more why these claims should be tried again"
        )
    if not claims:
        return Refusal("nothing-waits", "no claim waits like that now; widen the filters and look again")
    if claims > limits.most_claims:
        return Refusal(
            "too-many",
            f"{claims} claims are more than the {limits.most_claims} of one bulk retry; narrow the selection",
        )
    if not 1 <= rate <= limits.most_per_second:
        return invalid("rate", f"between 1 and {limits.most_per_second} claims a second may be released")
    return None


def needs_supervisor(proposal: Proposal, limits: BulkRetryLimits) -> bool:
    """Return whether only a supervisor may approve."""
    return proposal.claims > limits.supervisor_above_claims or proposal.billed > limits.supervisor_above_billed


def agree(
    proposal: Proposal, stage: Stage, person: StaffMember, at: datetime, limits: BulkRetryLimits
) -> Approved | Refusal:
    """Return the approval by a second person, or why it is refused."""
    roles = person.roles & RELEASERS
    if not roles:
        return forbidden("role-may-not", "only operations or a supervisor may approve a bulk retry; ask one of them")
    if person.person_id == proposal.proposed_by:
        return forbidden("own-proposal", "you proposed this bulk retry; a colleague has to approve it")
    if needs_supervisor(proposal, limits) and Role.SUPERVISOR not in roles:
        return forbidden("supervisor-needed", "a bulk retry of this size needs a supervisor's approval; ask one")
    if stage is not Stage.PROPOSED:
        return Refusal("not-proposed", f"this bulk retry is {stage.value}; only a proposal can be approved")
    if proposal.expired(at):
        return Refusal("expired", "this proposal is more than a day old; check the claims and propose it again")
    role = Role.SUPERVISOR if Role.SUPERVISOR in roles else Role.OPERATIONS
    return Approved(proposal, person.person_id, role, at)


def change(stage: Stage, to: Stage, person: StaffMember) -> Refusal | None:
    """Return why a person may not cancel, pause or continue a bulk retry."""
    if not person.roles & RELEASERS:
        return forbidden("role-may-not", "this is done by operations or a supervisor; ask one of them")
    if stage not in _FROM[to]:
        return Refusal("not-now", f"this bulk retry is {stage.value}; nothing was changed")
    return None


_FROM: Final = {
    Stage.CANCELLED: frozenset({Stage.PROPOSED, Stage.RUNNING, Stage.PAUSED}),
    Stage.RUNNING: frozenset({Stage.PAUSED}),
    Stage.PAUSED: frozenset({Stage.RUNNING}),
}


def acting_role(person: StaffMember) -> Role:
    """Return the role in which a person acts on bulk retries; supervisor before operations."""
    return Role.SUPERVISOR if Role.SUPERVISOR in person.roles else Role.OPERATIONS
