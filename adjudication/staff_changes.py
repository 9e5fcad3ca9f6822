"""Permission to change the staff list in the console: one person proposes, another approves, neither for themselves.

A role may permit its holder to deny care, so two people must grant it. Suspending a person takes effect at once, by one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from adjudication.people import OVERSIGHT, Refusal, StaffMember, forbidden, invalid

SHORTEST_REASON: Final = 20
LONGEST_REASON: Final = 500
VALID_FOR: Final = timedelta(days=7)
"""The validity of a proposal; an older one may be outdated."""


class Ruling(StrEnum):
    """The end of a proposal."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StaffChange:
    """A proposal to change one person's record."""

    change_id: str
    person_id: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    ruling: Ruling | None = None


def refuse_proposal(proposer: StaffMember, subject: str, reason: str) -> Refusal | None:
    """Return why a person may not propose a change of a record, or suspend its person."""
    if not proposer.roles & OVERSIGHT:
        return forbidden("role-may-not", "the staff list is changed by a supervisor or by operations")
    if subject == proposer.person_id:
        return forbidden("own-record", "you cannot change your own roles or licenses; ask another supervisor")
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        return invalid(
            "reason", f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters; it goes into the audit trail"
        )
    return None


def refuse_ruling(ruler: StaffMember, change: StaffChange, ruling: Ruling, at: datetime) -> Refusal | None:
    """Return why a person may not approve, refuse or withdraw a proposal."""
    if not ruler.roles & OVERSIGHT:
        return forbidden("role-may-not", "the staff list is changed by a supervisor or by operations")
    if change.ruling is not None:
        return Refusal("already-ended", f"this proposal was {change.ruling.value} already; the list shows by whom")
    if ruling is Ruling.APPROVED and at >= change.proposed_at + VALID_FOR:
        return Refusal("expired", f"this proposal is older than {VALID_FOR.days} days; propose it again")
    return _refuse_one_person(ruler.person_id, change, ruling)


def _refuse_one_person(ruler: str, change: StaffChange, ruling: Ruling) -> Refusal | None:
    if ruler == change.person_id:
        return forbidden("own-record", "this proposal changes your own record; another person has to look at it")
    if ruling is Ruling.WITHDRAWN and ruler != change.proposed_by:
        return forbidden("not-yours", "only its proposer withdraws a proposal; you may refuse it")
    if ruling is not Ruling.WITHDRAWN and ruler == change.proposed_by:
        return forbidden("same-person", "you proposed this; another supervisor or operations has to approve it")
    return None
