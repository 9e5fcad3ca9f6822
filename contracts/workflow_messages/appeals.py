"""Appeals in Temporal: names, and messages that hold opaque ids, codes and times only."""

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
class AppealInput:
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
    """The appeal to check, and the time of the workflow (ISO), by which its timers run."""

    appeal_id: str
    at: str


@dataclass(frozen=True)
class AppealAnswer:
    """The answer to an action: `code` names the refusal; its words for the reviewer are stored with the action."""

    accepted: bool
    code: str = ""


@dataclass(frozen=True)
class AppealWatch:
    """The next due time (ISO, or None), and whether the appeal is over: no action is owed and no event awaited."""

    next_at: str | None
    over: bool
