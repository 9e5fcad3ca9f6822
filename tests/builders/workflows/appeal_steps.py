"""Stand-ins for what is done about appeals, under their production names: they follow a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import activity

from contracts.workflow_messages.appeals import (
    APPLY_APPEAL_ACTION,
    WATCH_APPEAL,
    AppealAct,
    AppealAnswer,
    AppealWatch,
    LookAtAppeal,
)


class AppealSteps:
    """Answers each look with the next of the script, and every action with yes; `calls` has what was asked."""

    def __init__(self, *looks: AppealWatch) -> None:
        self.looks = list(looks)
        self.calls: list[str] = []

    def activities(self) -> list[Callable[..., Any]]:
        """What to register with a worker."""
        return [self.apply, self.watch]

    @activity.defn(name=APPLY_APPEAL_ACTION)
    async def apply(self, _act: AppealAct) -> AppealAnswer:
        self.calls.append(APPLY_APPEAL_ACTION)
        return AppealAnswer(accepted=True)

    @activity.defn(name=WATCH_APPEAL)
    async def watch(self, _look: LookAtAppeal) -> AppealWatch:
        self.calls.append(WATCH_APPEAL)
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
