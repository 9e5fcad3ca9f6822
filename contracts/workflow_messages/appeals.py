"""Temporal's side of appeals: names, and messages that hold opaque ids, codes and times only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

APPEAL: Final = "AppealWorkflow"
APPEAL_ACT_UPDATE: Final = "act"
APPEAL_CHANGED_SIGNAL: Final = "changed"
APPEAL_HELD_QUERY: Final = "held"
APPLY_APPEAL_ACTION: Final = "apply_appeal_action"
WATCH_APPEAL: Final = "watch_appeal"


@dataclass(frozen=True)
class HoldAppeal:
    """Input of the workflow that holds one appeal."""

    appeal_id: str


@dataclass(frozen=True)
class AppealAct:
    """The appeal, the id of an action that was submitted for it, and when the workflow took it up (ISO)."""

    appeal_id: str
    action_id: str
    at: str


@dataclass(frozen=True)
class LookAtAppeal:
    """The appeal to look at, and the workflow's own time (ISO): the clock its timers run by."""

    appeal_id: str
    at: str


@dataclass(frozen=True)
class AppealAnswer:
    """What came of an action: `code` says why it was refused; the words for people stand with the action."""

    accepted: bool
    code: str = ""


@dataclass(frozen=True)
class AppealWatch:
    """When something falls due next (ISO; None: nothing does), and whether nothing is owed or awaited any more."""

    next_at: str | None
    over: bool
