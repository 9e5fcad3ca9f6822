"""The dependencies of the screens of reopenings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from contracts.workflow_messages.readjudication import CorrectionAnswer
from storage.readjudication.queries import ProposalQueries
from storage.readjudication.raised import RaisedReopenings
from storage.readjudication.store import Readjudications


class CorrectionUpdates(Protocol):
    """The workflows that hold reopenings."""

    async def act(self, readjudication_id: str, action_id: str) -> CorrectionAnswer:
        """Have the workflow judge and apply a submitted action; raises UnansweredError."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """Proposals, actions on them, the workflows that judge those, and the reopenings that people raise."""

    reads: ProposalQueries
    submissions: Readjudications
    holders: CorrectionUpdates
    raising: RaisedReopenings
