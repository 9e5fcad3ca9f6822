"""Actions on one dead letter, the same for the API and the pages: refusals become problems. Decides nothing."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from adjudication.people import Role, StaffMember
from console.access.roles import OVERSIGHT, acting_role
from console.ports import Console
from console.web.problems import Problem
from contracts.records.dead_letters import LONGEST_REASON, SHORTEST_REASON, Acting, DeadLetter, Original, Refused

OPERATORS: Final = frozenset({Role.OPERATIONS})
"""Roles that replay and close letters; oversight reads them."""

WHY_NOT: Final = {
    Refused.UNKNOWN: Problem(404, "no-such-letter", "no dead letter has this id"),
    Refused.REPLAYED: Problem(
        409,
        "replayed",
        "this dead letter was replayed already; if the event was refused again, use its new dead letter",
    ),
    Refused.CLOSED: Problem(
        409, "closed", "this letter was closed already; its sender sends the event again if it is wanted after all"
    ),
    Refused.REMOVED: Problem(
        410, "removed", "this letter was replayed or closed long ago, and what it held was removed since"
    ),
    Refused.TOO_LARGE: Problem(
        409, "too-large", "the original is as large as the topic takes, so it cannot be replayed; ask for it again"
    ),
    Refused.NOT_READ: Problem(
        409,
        "not-read",
        "the record could not be read out of its batch, so it cannot be replayed; ask its sender for it again",
    ),
}
REASON_WANTED: Final = f"say in {SHORTEST_REASON} to {LONGEST_REASON} characters why nothing is to be done with it, without naming a member"


def only_for(person: StaffMember, allowed: frozenset[Role]) -> None:
    """Refuse people whose roles do not include dead letters, or only reading them."""
    if not person.roles & allowed:
        names = " and ".join(sorted(role.value for role in allowed))
        raise Problem(403, "role-may-not", f"this is for {names}; ask one of them")


def acting(console: Console, person: StaffMember) -> Acting:
    """Return the acting person, for the audit trail."""
    return Acting(person.person_id, acting_role(person.roles & OVERSIGHT), console.now())


async def read(console: Console, letter_id: UUID) -> DeadLetter:
    """Return a letter without its content."""
    letter = await console.dead_letters.queries.letter(str(letter_id))
    if letter is None:
        raise WHY_NOT[Refused.UNKNOWN]
    return letter


async def open_original(console: Console, person: StaffMember, letter_id: UUID) -> Original:
    """Return the original content of a dead letter. The view is recorded first."""
    found = await console.dead_letters.actions.open(str(letter_id), acting(console, person))
    if isinstance(found, Refused):
        raise WHY_NOT[found]
    return found


async def replay(console: Console, person: StaffMember, letter_id: UUID) -> None:
    """Replay a dead letter to its topic unchanged."""
    _done(await console.dead_letters.actions.replay(str(letter_id), acting(console, person)))


async def close(console: Console, person: StaffMember, letter_id: UUID, reason: str) -> None:
    """Close a letter without a replay."""
    _done(await console.dead_letters.actions.close(str(letter_id), acting(console, person), reason_of(reason)))


def reason_of(typed: str) -> str:
    """Return a reason as it is stored; raises a problem for one without content."""
    reason = typed.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or "\0" in reason:
        raise Problem(422, "reason", REASON_WANTED)
    return reason


def _done(refused: Refused | None) -> None:
    if refused is not None:
        raise WHY_NOT[refused]
