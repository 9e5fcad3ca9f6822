"""Access to a claim's page: for people who work on it or took part, for oversight, and for people who break the glass with a reason.

Breaking the glass opens one claim to one person, read only, for half an hour. The reason is in the trail before
the claim is shown, and a supervisor or operations reviews it afterwards. It never overrides a conflict of interest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Role, StaffMember
from console.access.roles import acting_role, refused_view, roles_on, roles_to_read
from console.ports import Console
from console.web.problems import Problem, ProblemLink
from contracts.records.review_queries import WaitingClaim
from contracts.records.sessions import BrokenGlass

DURATION: Final = timedelta(minutes=30)
SHORTEST_REASON: Final = 20
LONGEST_REASON: Final = 2000

ROLE: Final = "break-glass"
"""The role that the audit trail records for a view by break-glass."""


@dataclass(frozen=True, slots=True)
class ClaimAccess:
    """A person's access to a claim: in these roles, or by break-glass, read only and until a time.

    `works`: the person may act on the claim now; a person who took part before may only read it.
    """

    roles: frozenset[Role]
    until: datetime | None = None
    works: bool = False

    @property
    def acting(self) -> str:
        """Return the role that the audit trail records for the view."""
        return acting_role(self.roles) if self.roles else ROLE


async def opened(console: Console, person: StaffMember, claim_id: ClaimId) -> tuple[WaitingClaim, ClaimAccess]:
    """Return a claim for a page that shows member data, after recording the view in the audit trail. Refuses people without access."""
    waiting = await known(console, claim_id)
    access = await may_see(console, person, waiting)
    await console.staff.viewed(claim_id, person.person_id, access.acting, console.now())
    return waiting, access


async def may_see(console: Console, person: StaffMember, waiting: WaitingClaim) -> ClaimAccess:
    """Return how a person may see a claim. Raises Problem if they may not, with a link if a written reason would open it."""
    roles = roles_to_read(waiting, person, console.rules)
    if roles:
        return ClaimAccess(roles, works=bool(roles_on(waiting, person, console.rules)))
    refuse_conflict(waiting, person)
    use = await console.sign_in.break_glass.standing(waiting.claim.claim_id, person.person_id, console.now())
    if use is None:
        raise refused_with_link(waiting, person)
    return ClaimAccess(frozenset(), use.expires_at)


def refused_with_link(waiting: WaitingClaim, person: StaffMember) -> Problem:
    """Refuse a person who does not work on the claim, with a link to the page where a written reason opens it."""
    refusal = refused_view(waiting, person)
    way = ProblemLink("Open it with a written reason", f"/break-glass/{waiting.claim.claim_id}")
    return Problem(403, refusal.code, refusal.words, way=way)


async def break_glass(console: Console, person: StaffMember, waiting: WaitingClaim, reason: str) -> BrokenGlass:
    """Open a claim to a person by exception. The reason is recorded before this returns."""
    refuse_conflict(waiting, person)
    now = console.now()
    claim_id = waiting.claim.claim_id
    use = BrokenGlass(str(uuid4()), claim_id, person.person_id, reason.strip(), now, now + DURATION)
    await console.sign_in.break_glass.open(use, ROLE)
    return use


async def known(console: Console, claim_id: ClaimId) -> WaitingClaim:
    """Return a claim; raises Problem if there is none."""
    waiting = await console.reads.case(claim_id)
    if waiting is None:
        raise Problem(404, "no-such-claim", "no accepted claim has this id; the worklist shows those that wait")
    return waiting


def refuse_conflict(waiting: WaitingClaim, person: StaffMember) -> None:
    """Refuse a person with an interest in a provider of the claim, whatever their reason."""
    if person.conflicts & waiting.claim.npis:
        refusal = refused_view(waiting, person)
        raise Problem(403, refusal.code, refusal.words)
