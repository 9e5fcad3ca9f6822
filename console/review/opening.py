"""Opening a case: checks access, records the view before anything is shown, and reads the data for the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adjudication.model.vocabulary import ClaimId
from adjudication.people import LicenseNeeded, Role, StaffMember
from adjudication.review.case import CaseRules
from console.access.roles import acting_role, roles_on
from console.documents.view import documents_view
from console.ports import Console
from console.review.allowed_actions import offers
from console.review.api import case_shown
from console.review.deadlines_view import deadlines_of
from console.review.service import no_such_claim
from console.review.view import Read
from console.sign_in.break_glass import refuse_conflict, refused_with_link
from contracts.records.review_queries import WaitingClaim


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A case that the person may not work on (any more), without any member data."""

    claim_id: str
    control_number: str
    determined: bool
    queue: str | None


async def find(console: Console, claim_id: ClaimId, person: StaffMember) -> WaitingClaim | PassedOn:
    """Return a pended claim that a person works on; PassedOn if they worked on it before or it is decided."""
    waiting = await console.reads.case(claim_id)
    if waiting is None:
        raise no_such_claim()
    if not waiting.determined and roles_on(waiting, person, console.rules):
        return waiting
    refuse_conflict(waiting, person)
    if not (waiting.determined or person.person_id in waiting.case.participants):
        raise refused_with_link(waiting, person)
    queue = waiting.case.queue
    return PassedOn(claim_id, waiting.claim.control_number, waiting.determined, None if queue is None else queue.value)


async def opened(console: Console, waiting: WaitingClaim, person: StaffMember) -> Read:
    """Record that the person opens a case, then read all of it."""
    now = console.now()
    roles = await record_opening(console, waiting, person)
    rules = await rules_about(console, waiting)
    return Read(
        waiting=waiting,
        case=await case_shown(console, waiting, roles, brief=True),
        around=await console.case_contexts.around(waiting.claim),
        deadlines=deadlines_of(waiting, console.reference, now),
        offers=offers(waiting.case, person, now, rules, needed_for(console, waiting)),
        documents=await documents_view(console, waiting),
        comments=await console.desks.comments(waiting.claim.claim_id),
    )


async def record_opening(console: Console, waiting: WaitingClaim, person: StaffMember) -> frozenset[Role]:
    """Record that the person opens a case and so reads what mentions them; return the roles in which they see it."""
    roles = roles_on(waiting, person, console.rules)
    await console.staff.viewed(waiting.claim.claim_id, person.person_id, acting_role(roles), console.now())
    await console.desks.read(person.person_id, waiting.claim.claim_id, console.now())
    return roles


async def rules_about(console: Console, waiting: WaitingClaim) -> CaseRules:
    """The rules of this claim: its providers, documents awaited, licenses of those who gave an opinion."""
    spoken = {made.person_id for opinion in waiting.case.opinions for made in opinion.answers}
    people = [await console.staff.find(person_id) for person_id in sorted(spoken)]
    licenses = {person.person_id: person.licenses for person in people if person is not None}
    return replace(
        console.rules,
        providers=waiting.claim.npis,
        licenses=licenses,
        unanswered=waiting.unanswered(console.now()),
        requested_not_received=waiting.requested_not_received,
        documents_unread_since=waiting.documents_unread_since,
    )


def needed_for(console: Console, waiting: WaitingClaim) -> LicenseNeeded:
    """Return the license required for a signature on this claim."""
    return console.reference.signing.needed(waiting.plans)
