"""Stand-ins for looking at a decided claim again and for acting on its proposal, under their production names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import activity

from contracts.workflow_messages.readjudication import (
    APPLY_CORRECTION_ACTION,
    PROPOSE_CORRECTION,
    CorrectionAct,
    CorrectionAnswer,
    Looked,
    Readjudicate,
)
from tests.builders.workflows.recording import StoreUnavailableError

OPEN, CLOSED = Looked(over=False, result="corrects"), Looked(over=True, result="no-change")
DONE, STALE = CorrectionAnswer(accepted=True, over=True), CorrectionAnswer(False, "changed-meanwhile", again=True)


class ReadjudicationScript:
    """Answers each look, and each action, with the next of its script, the last for ever; fails at first if instructed to."""

    def __init__(self, *looks: Looked, answers: tuple[CorrectionAnswer, ...] = (DONE,), failures: int = 0) -> None:
        self.looks, self.answers, self.failures = list(looks), list(answers), failures
        self.looked: list[str] = []
        self.acted: list[str] = []

    def activities(self) -> list[Callable[..., Any]]:
        """What to register with a worker."""
        return [self.look, self.act]

    @activity.defn(name=PROPOSE_CORRECTION)
    async def look(self, asked: Readjudicate) -> Looked:
        self.looked.append(asked.readjudication_id)
        if self.failures > 0:
            self.failures -= 1
            raise StoreUnavailableError(PROPOSE_CORRECTION)
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    @activity.defn(name=APPLY_CORRECTION_ACTION)
    async def act(self, act: CorrectionAct) -> CorrectionAnswer:
        self.acted.append(act.action_id)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
