"""Changes of the staff list: what a person does to it, and a proposal as the console shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adjudication.people import StaffMember
from adjudication.staff_changes import StaffChange
from contracts.actions.people import PersonV1


@dataclass(frozen=True, slots=True)
class StaffAct:
    """An action on the staff list (a proposal, a ruling or a suspension): its person, role, reason and time."""

    by: StaffMember
    role: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A proposal, the record it would lead to, and who ended it when; None while it waits."""

    change: StaffChange
    person: PersonV1
    ruling_reason: str
    ruled_by: str | None
    ruled_at: datetime | None
