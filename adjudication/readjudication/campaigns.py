"""Campaigns: many decided claims adjudicated again as a dry run after a change, and corrected after two approvals. Pure.

A campaign about a draft shows its impact and corrects nothing: no claim is decided by a version that was not released.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from adjudication.people import Refusal, Role, StaffMember, forbidden, in_each_role, invalid
from adjudication.readjudication.rules import Ground

STARTERS: Final = frozenset({Role.POLICY_OWNER, Role.OPERATIONS, Role.SUPERVISOR, Role.MEDICAL_DIRECTOR})
"""Roles that start a campaign, pause it, and cancel it."""

APPROVERS: Final = frozenset(
    {Role.EXAMINER, Role.APPEALS_SPECIALIST, Role.SUPERVISOR, Role.OPERATIONS, Role.MEDICAL_DIRECTOR}
)
"""Roles that approve a campaign; for each claim the rule of its plan must allow the role, too."""

PEOPLE: Final = 2
SHORTEST_REASON: Final = 20
MOST_PER_SECOND: Final = 20


class Kind(StrEnum):
    """The change behind a campaign: a draft version (impact only), a released version, a rate, an edit table, plan data; or a query."""

    DRAFT = "draft"
    POLICY = "policy"
    RATE = "rate"
    EDITS = "edits"
    PLAN = "plan"
    QUERY = "query"


class CampaignStage(StrEnum):
    """The stage of a campaign. `judged`: its impact is known, and it waits for two people."""

    JUDGING = "judging"
    JUDGED = "judged"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CampaignSelection:
    """The decided claims of a campaign: with a line of one of the codes, under one of the plans (empty: any), served in between, both included.

    `policy`, `old`, `new`: the versions that a campaign about a draft compares.
    """

    codes: tuple[str, ...]
    plans: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    policy: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class CampaignApproval:
    """One approval of a campaign: by whom, in which roles, on which ground, why."""

    person_id: str
    roles: tuple[str, ...]
    ground: Ground
    rationale: str


_FROM: Final = {
    CampaignStage.PAUSED: frozenset({CampaignStage.RUNNING}),
    CampaignStage.RUNNING: frozenset({CampaignStage.PAUSED}),
    CampaignStage.CANCELLED: frozenset(
        {CampaignStage.JUDGING, CampaignStage.JUDGED, CampaignStage.RUNNING, CampaignStage.PAUSED}
    ),
}


def start_refusal(person: StaffMember, kind: Kind, selection: CampaignSelection, why: str, rate: int) -> Refusal | None:
    """Return why a person may not start a campaign, or None."""
    if not person.roles & STARTERS:
        return forbidden("role-may-not", f"a campaign is started by: {', '.join(sorted(STARTERS))}")
    if len(why.strip()) < SHORTEST_REASON:
        return invalid("purpose", f"say in {SHORTEST_REASON} characters or more what was changed")
    if not selection.codes:
        return invalid("no-codes", "name at least one procedure code that the change is about")
    if kind is Kind.DRAFT and not (selection.policy and selection.old and selection.new):
        return invalid("no-versions", "name the policy, the version in force and the draft")
    if not 1 <= rate <= MOST_PER_SECOND:
        return invalid("rate", f"between 1 and {MOST_PER_SECOND} claims a second may be corrected")
    return None


def approve_refusal(
    kind: Kind,
    stage: CampaignStage,
    person: StaffMember,
    approval: CampaignApproval,
    shown: tuple[bytes, bytes],
    given: Sequence[CampaignApproval],
) -> Refusal | None:
    """Return why a person may not approve, or None; `shown`: the digest that the person saw, and that of the present impact."""
    if not person.roles & APPROVERS:
        return forbidden("role-may-not", f"a campaign is approved by: {', '.join(sorted(APPROVERS))}")
    if any(each.person_id == person.person_id for each in given):
        return forbidden("second-person", "you approved this already; another person gives the second approval")
    if len(approval.rationale.strip()) < SHORTEST_REASON:
        return invalid("rationale", f"say in {SHORTEST_REASON} characters or more why these claims are corrected")
    if any(each.ground is not approval.ground for each in given):
        return invalid(
            "other-ground", f"the first approval was given on the ground {given[0].ground}; use the same one"
        )
    return _state_refusal(kind, stage, shown)


def _state_refusal(kind: Kind, stage: CampaignStage, shown: tuple[bytes, bytes]) -> Refusal | None:
    if kind is Kind.DRAFT:
        return Refusal("draft", "a draft decides no claim; release the version, then start a campaign about it")
    if stage is not CampaignStage.JUDGED:
        return Refusal("not-judged", f"this campaign is {stage.value}; only one whose impact is known can be approved")
    if shown[0] != shown[1]:
        return Refusal("changed-meanwhile", "this is not the impact that was shown; read it again, then approve")
    return None


def change_refusal(stage: CampaignStage, to: CampaignStage, person: StaffMember) -> Refusal | None:
    """Return why a person may not pause, continue or cancel a campaign, or None."""
    if not person.roles & (STARTERS | APPROVERS):
        return forbidden("role-may-not", f"this is done by: {', '.join(sorted(STARTERS | APPROVERS))}")
    if stage not in _FROM[to]:
        return Refusal("not-now", f"this campaign is {stage.value}; nothing was changed")
    return None


def acting_role(person: StaffMember, among: frozenset[Role]) -> str:
    """Return the role in which a person acts, for the audit trail."""
    return min(role.value for role, _ in in_each_role(person) if role in among)
