"""The personal notes of people: a view of the worklist under a name, a comment on a claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
