"""Many dead letters at once, on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from console.dead_letters.filters import DayFilter, ListFilters, Word
from console.dead_letters.view import filter_words
from console.worklist.models import ResponseModel
from contracts.records.dead_letters import LONGEST_REASON, BulkReplay, BulkReplayState, DeadLetterFilter
from contracts.scalars import Moment


class ProposeDeadLettersV1(BaseModel):
    """Proposes to replay or close every open dead letter that matches now; empty filters are any."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    action: Literal["replay", "close"]
    topic: Word = ""
    refusal: Word = ""
    reason: Annotated[Word, Field(description="Code of the first reason.")] = ""
    since: DayFilter = ""
    until: Annotated[DayFilter, Field(description="The last day inside.")] = ""
    closes_because: str = Field(
        default="",
        max_length=LONGEST_REASON,
        description="Why nothing is to be done with them, without naming a member; needed to close, on every letter.",
    )
    dry_run: bool = Field(default=False, description="Only count what a proposal would hold now.")

    def wanted(self) -> DeadLetterFilter:
        """Return the filter; raises a problem for a day that is none."""
        return ListFilters(**self.model_dump(include={"topic", "refusal", "reason", "since", "until"})).wanted()


class DeadLettersCountedResponse(ResponseModel):
    """The number of open letters that match now, and the filter in words. A proposal holds at most `most`."""

    letters: int
    most: int
    what: str


class BulkReplayResponse(ResponseModel):
    """A proposal: by whom, its number of letters, who decided, how many letters are `left`. `closes_because` absent: a replay."""

    bulk_id: str
    state: BulkReplayState
    what: str
    closes_because: str | None
    letters: int
    left: int
    proposed_by: str
    proposed_at: Moment
    decided_by: str | None
    decided_at: Moment | None


def letter_bulk_shown(bulk: BulkReplay) -> BulkReplayResponse:
    """Show a proposal."""
    return BulkReplayResponse(
        bulk_id=bulk.bulk_id,
        state=bulk.state,
        what=filter_words(bulk.wanted),
        closes_because=bulk.closes_because,
        letters=bulk.letters,
        left=bulk.left,
        proposed_by=bulk.proposed_by,
        proposed_at=bulk.proposed_at,
        decided_by=bulk.decided_by,
        decided_at=bulk.decided_at,
    )
