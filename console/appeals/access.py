"""The people who may see an appeal: those whose roles work on it now, and oversight. Checked for every appeal.

People who took part in the denial may read the appeal, and see that they may not decide it. A person with a conflict of interest may not read it.
"""

from __future__ import annotations

from typing import Final

from adjudication.appeals.assignments import working_roles
from adjudication.appeals.before_decision import CLERKS
from adjudication.model.reference import ReferenceData
from adjudication.people import Role, StaffMember
from console.access.roles import OVERSIGHT
from console.ports import Console
from console.web.problems import Problem
from contracts.records.appeal_queries import HeldAppeal

RULELESS: Final = CLERKS | {Role.POLICY_OWNER}
"""Roles that see an appeal for which no rule is loaded: the policy owner can load one."""

READERS: Final = OVERSIGHT | {Role.QUALITY}
"""Roles that see every appeal."""


def roles_on(held: HeldAppeal, person: StaffMember, reference: ReferenceData) -> frozenset[Role]:
    """Return the roles in which a person may see an appeal; empty when they may not."""
    if person.conflicts & held.claim.npis:
        return frozenset()
    working = RULELESS if held.state is None else working_roles(held.state, held.pends, reference)
    return person.roles & (working | READERS)


def seen_in(held: HeldAppeal, person: StaffMember, console: Console) -> frozenset[Role]:
    """Return the roles in which a person may see an appeal; refuses other people in words."""
    roles = roles_on(held, person, console.reference)
    if roles:
        return roles
    if person.conflicts & held.claim.npis:
        raise Problem(
            403,
            "conflict-of-interest",
            "you have an interest in a provider of this claim; another reviewer must handle it",
        )
    words = "none of your roles works on this appeal now; ask the supervisor who has it"
    raise Problem(403, "not-your-queue", words)


def no_such_appeal() -> Problem:
    """Build the problem that there is no such appeal."""
    return Problem(404, "no-such-appeal", "no appeal here has this id; the list of appeals shows those that are open")
