"""Actions on many dead letters at once, the same for the API and the pages: refusals become problems. Decides nothing."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from adjudication.people import StaffMember
from console.dead_letters.service import acting
from console.ports import Console
from console.web.problems import Problem
from contracts.records.dead_letters import MOST_IN_A_BULK, BulkReplay, DeadLetterFilter, Refused

_WHY_NOT: Final = {
    Refused.UNKNOWN: Problem(404, "no-such-bulk", "no bulk replay or closing has this id"),
    Refused.NONE_LEFT: Problem(
        409, "none-left", "no open dead letter matches; another person may have replayed or closed them"
    ),
    Refused.TOO_MANY: Problem(
        409, "too-many", f"more than {MOST_IN_A_BULK:,} letters fit; narrow it to one reason, or to some days"
    ),
    Refused.OWN_PROPOSAL: Problem(403, "own-proposal", "you proposed this; another person of operations approves it"),
    Refused.DECIDED: Problem(409, "decided", "this was decided meanwhile; load the page to see by whom"),
}


async def propose(console: Console, person: StaffMember, wanted: DeadLetterFilter, closes_because: str | None) -> str:
    """Propose to replay every open letter that matches now, or with a reason to close them; return the proposal's id."""
    proposed = await console.dead_letters.bulks.propose(wanted, acting(console, person), closes_because)
    if isinstance(proposed, Refused):
        raise _WHY_NOT[proposed]
    return proposed


async def read(console: Console, bulk_id: UUID) -> BulkReplay:
    """Return a proposal and how far it is."""
    bulk = await console.dead_letters.queries.bulk(str(bulk_id))
    if bulk is None:
        raise _WHY_NOT[Refused.UNKNOWN]
    return bulk


async def decide(console: Console, person: StaffMember, bulk_id: UUID, decision: str) -> None:
    """Approve, refuse or stop a proposal."""
    bulks, who = console.dead_letters.bulks, acting(console, person)
    match decision:
        case "approve" | "refuse":
            refused = await bulks.decide(str(bulk_id), who, approve=decision == "approve")
        case "stop":
            refused = await bulks.stop(str(bulk_id), who)
        case _:
            raise Problem(404, "not-found", "no page has this address")
    if refused is not None:
        raise _WHY_NOT[refused]
