"""`appeal-tasks`: the events of an appeal after it was opened, such as a passed deadline or the end of a level."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adjudication.appeals.rules import Forum
from contracts.events.appeals import AppealDeadlineV1, AppealGapV1
from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Moment


class AppealLineV1(Contract):
    """The result of the present level for one line."""

    line: int
    ruling: str


class AppealPendV1(Contract):
    """A pend of an overturned line (without `line`: of all of them), its owner and its due time."""

    code: str
    line: int | None = None
    outcome: str
    owner: str
    due_at: Moment


class AppealChangedV1(Contract):
    """The codes of the events, and the appeal's present state.

    `determination_version`: the superseding determination, if there is one. `waits_for`: the pend codes and lines that keep
    an overturned line from being determined. `pends`: the same with owner and due time. `level` and `forum` are absent if no
    rule opened the appeal.
    """

    appeal_id: str
    claim_id: str
    number: int
    changes: tuple[str, ...]
    level: str | None = None
    forum: Forum | None = Field(default=None, strict=False)
    rulings: tuple[AppealLineV1, ...] = ()
    determination_version: int | None = None
    waits_for: tuple[str, ...] = ()
    pends: tuple[AppealPendV1, ...] = ()
    closed: bool
    due_at: Moment | None = None
    deadlines: tuple[AppealDeadlineV1, ...] = ()
    gaps: tuple[AppealGapV1, ...] = ()


class AppealTaskChanged(CloudEvent):
    """The event on `appeal-tasks`."""

    type: Literal["com.claimwright.appeal-task.changed.v1"] = "com.claimwright.appeal-task.changed.v1"
    data: AppealChangedV1
