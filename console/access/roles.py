"""Decides who may see a claim: roles that work on it now, oversight, and (read only) people who acted on it before.

Checked again for every claim.
"""

from __future__ import annotations

from typing import Final

from adjudication import people
from adjudication.people import Refusal, Role, StaffMember, forbidden
from adjudication.review.case import CaseRules, may_work_on
from contracts.records.review_queries import WaitingClaim

OVERSIGHT: Final = people.OVERSIGHT

REOPENING: Final = people.REOPENING

CORRECTING: Final = REOPENING | {Role.MEDICAL_DIRECTOR}
"""Roles that see a proposal to correct a decided claim; the rule of its plan says which of them approve it."""

RAISING: Final = CORRECTING | people.CLINICAL | {Role.CODER, Role.PRICING, Role.COORDINATION, Role.QUALITY}
"""Roles that may reopen a decided claim for some reason; workflow/reopenings.yaml has the roles of each reason."""

CALLERS: Final = OVERSIGHT | {Role.MEMBER_SERVICES, Role.PROVIDER_SERVICES, Role.EXAMINER, Role.APPEALS_SPECIALIST}
"""Roles that answer callers."""

ISSUING: Final = OVERSIGHT | {Role.EXAMINER, Role.APPEALS_SPECIALIST, Role.INTAKE_CLERK}
"""Roles that issue letters: those that write to members and providers in the plan's name."""

AUDITING: Final = OVERSIGHT | {Role.QUALITY}
"""Roles that search the audit trail."""

MAILING: Final = ISSUING
"""Roles that see the mail queue and read the letters to mail."""

DOCUMENTS: Final = OVERSIGHT | {Role.EXAMINER, Role.INTAKE_CLERK}
"""Roles that handle documents that no claim uses."""


def roles_on(waiting: WaitingClaim, person: StaffMember, rules: CaseRules) -> frozenset[Role]:
    """Return the roles in which a person may see a claim; empty when they may not."""
    if person.conflicts & waiting.claim.npis:
        return frozenset()
    working = frozenset() if waiting.determined else may_work_on(waiting.case, person, rules)
    return working | (person.roles & OVERSIGHT)


def roles_to_read(waiting: WaitingClaim, person: StaffMember, rules: CaseRules) -> frozenset[Role]:
    """Return the roles in which a person may read a claim: those that work on it now, else those in which the person acted on it.

    A person who recommended or signed must still be able to read the claim when others work on it.
    """
    if person.conflicts & waiting.claim.npis:
        return frozenset()
    return roles_on(waiting, person, rules) or took_part_in(waiting, person)


def took_part_in(waiting: WaitingClaim, person: StaffMember) -> frozenset[Role]:
    """Return the roles a person acted in on a claim and still has."""
    acted = {each.done.role for each in waiting.history if each.done.person_id == person.person_id}
    return person.roles & acted


def refused_view(waiting: WaitingClaim, person: StaffMember) -> Refusal:
    """Return why a person may not see a claim."""
    if person.conflicts & waiting.claim.npis:
        return forbidden(
            "conflict-of-interest", "you have an interest in a provider of this claim; another reviewer must handle it"
        )
    if waiting.determined:
        return forbidden(
            "not-your-queue", "this claim is decided, and none of your roles took part in it; ask the supervisor"
        )
    return forbidden("not-your-queue", "none of your roles works on what this claim waits for; ask the supervisor")


def codes_of(roles: frozenset[Role], rules: CaseRules) -> frozenset[str]:
    """Return the pend codes that any of these roles may resolve."""
    tables = (rules.passes, rules.denies, rules.prices)
    return frozenset(code for table in tables for code, may in table.items() if may & roles)


def acting_role(roles: frozenset[Role]) -> str:
    """Return the role to record for a view: oversight only if the person has no other role."""
    return min(roles, key=lambda role: (role in OVERSIGHT, role.value)).value
