"""Decides whether a person may take an action on a claim in review.

The checks come in the order in which a reviewer wants to read a refusal: the claim, the person, the four eyes, the content.
"""

from __future__ import annotations

from datetime import datetime

from adjudication.people import CLINICAL, LicenseNeeded, Refusal, Role, StaffMember, forbidden
from adjudication.review.case import SIGNERS, Action, ActionContext, Case, CaseRules, Done, may_work_on


def permit(
    case: Case, action: Action, person: StaffMember, at: datetime, rules: CaseRules, needed: LicenseNeeded
) -> Done | Refusal:
    """Return the action as done, or why it is refused. Never raises."""
    context = ActionContext(case, person, at, rules, needed)
    refusal = (
        _claim_refusal(context)
        or action.access_refusal(context)
        or _four_eyes_refusal(context, action)
        or action.refusal(context)
    )
    if refusal is not None:
        return refusal
    return Done(action, person.person_id, _acting_role(context, action), at)


def _claim_refusal(context: ActionContext) -> Refusal | None:
    if context.case.closed:
        return Refusal("closed", "this claim is decided; an appeal or a reopening can change it, a review cannot")
    if context.person.conflicts & context.rules.providers:
        return forbidden(
            "conflict-of-interest", "you have an interest in a provider of this claim; another reviewer must handle it"
        )
    return None


def _four_eyes_refusal(context: ActionContext, action: Action) -> Refusal | None:
    """Refuse a pre-release check by the person who made the decision, and the reverse.

    One person does not do both pre-release checks either. Migration 0025 holds the same in the database.
    """
    case, person, hold = context.case, context.person.person_id, action.judged_hold()
    if hold is None:
        if action.shapes_decision and any(who == person for who, _ in case.checked_by):
            return forbidden("four-eyes", "you judged this decision before its release; a colleague decides it again")
        return None
    if person in case.shaped_by:
        words = "you took part in this decision: you settled, recorded, corrected or recommended something"
        return forbidden("four-eyes", f"{words}; a colleague who did not checks it before release")
    if any(who == person and other != hold for who, other in case.checked_by):
        return forbidden("four-eyes", "you already judged its amount or its quality; a colleague does the other check")
    return None


def _acting_role(context: ActionContext, action: Action) -> Role:
    """Return the role the person acts in.

    It is one that may do this and works on the claim, if there is one. Of several, the one with most authority comes
    first: signers, then clinicians.
    """
    working = may_work_on(context.case, context.person, context.rules)
    may = context.person.roles & action.roles(context.case, context.rules)
    candidates = (may & working) or may or working or context.person.roles
    return min(candidates, key=lambda role: (role not in SIGNERS, role not in CLINICAL, role.value))
