"""The dependencies of the claim page, with the port to the workflows of a claim in Temporal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adjudication.letters.wording import LetterLibrary
from letters.claim_letters import ClaimLetters
from storage.claims.claim_file import ClaimFiles
from storage.review.document_files import DocumentFiles


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """The newest run of one workflow. `run_id` is None when there is no run or Temporal did not answer; see `state`."""

    what: str
    workflow_id: str
    run_id: str | None
    state: str
    started_at: datetime | None = None
    closed_at: datetime | None = None
    link: str | None = None


class WorkflowRuns(Protocol):
    """Temporal's record of workflow runs."""

    async def runs(self, named: Sequence[tuple[str, str]]) -> tuple[WorkflowRun, ...]:
        """Return the newest run of each workflow, given as (label, workflow id)."""


@dataclass(frozen=True, slots=True)
class ClaimDependencies:
    """The dependencies of the claim page; `words` are our own texts for outcomes and reason codes."""

    files: ClaimFiles
    workflows: WorkflowRuns
    letters: ClaimLetters
    words: LetterLibrary
    document_files: DocumentFiles
