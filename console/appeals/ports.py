"""The dependencies of the routes of appeals, and the port to the workflows of appeals in Temporal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from contracts.workflow_messages.appeals import AppealAnswer
from letters.appeal_letters import AppealLetters
from storage.appeals.actions import AppealActionStore
from storage.appeals.queries import AppealQueries


class AppealHolders(Protocol):
    """The workflows that hold appeals."""

    async def act(self, appeal_id: str, action_id: str) -> AppealAnswer:
        """Have the workflow judge and apply a submitted action; raises UnansweredError of console/ports.py."""


@dataclass(frozen=True, slots=True)
class Appeals:
    """The dependencies of the routes of appeals."""

    reads: AppealQueries
    submissions: AppealActionStore
    holders: AppealHolders
    letters: AppealLetters
