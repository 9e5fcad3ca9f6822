"""The filters and results of a search of the audit trail: who did what and when, without the content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """A search; an empty or absent field does not narrow. `about`: any id of a claim, or a subject such as people/SYN-1.

    `before`: the cursor for the next page, which is the last entry of this one.
    """

    person: str = ""
    about: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class TrailHit:
    """One entry of the trail. `action` is empty where the entry records a view."""

    entry: int
    at: datetime
    person_id: str
    role: str
    subject: str
    action: str

    @property
    def claim_id(self) -> str | None:
        """The claim that the entry is about, None if it is about something else."""
        kind, _, name = self.subject.partition("/")
        return name if kind in {"claim", "view", "reopening"} else None
