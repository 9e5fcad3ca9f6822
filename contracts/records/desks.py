"""The data of a person's start page: saved views of the worklist, comments on claims, news, appointments and absences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view of the worklist; `query` is the part of its address after the question mark. Every person may open a shared one."""

    person_id: str
    name: str
    query: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a colleague on a claim. It decides nothing and is never changed."""

    comment_id: str
    person_id: str
    said_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A comment that names the person. Its words are shown only with the claim, after that is recorded as opened."""

    comment_id: str
    claim_id: str
    control_number: str
    by: str
    at: datetime
    read_at: datetime | None
    waiting: bool


@dataclass(frozen=True, slots=True)
class News:
    """A document or second opinion received on a pended claim after the person last acted on it. `what`: `document` or `opinion`."""

    claim_id: str
    control_number: str
    what: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Appointment:
    """A peer-to-peer call that the person has scheduled."""

    claim_id: str
    control_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a person does not work, first and last included, in the zone that most plans are in."""

    absence_id: str
    person_id: str
    first_day: date
    last_day: date
    cover: str | None
    stated_by: str


@dataclass(frozen=True, slots=True)
class Load:
    """A person's workload: assigned claims, those of them past the statutory date, and decisions of the last seven days."""

    person_id: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    held: int
    overdue: int
    decided: int
    away: Absence | None


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """The pended claims of a role; a claim pended for several roles counts in each."""

    owner: str
    waiting: int
    overdue: int
    due_soon: int
