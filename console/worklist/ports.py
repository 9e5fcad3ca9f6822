"""What the worklist shows of a claim beside the claim itself, as a port: policies, authorizations, siblings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from adjudication.model.claim import Claim
from adjudication.model.history import HistoryLine
from adjudication.model.vocabulary import ClaimId, LineNumber, OutcomeCode


@dataclass(frozen=True, slots=True)
class Tally:
    """How the criteria of one policy version stand on a line: answers counted; `needed` could still change the result."""

    leg: str
    policy: str
    version: str
    result: str
    met: int
    not_met: int
    unknown: int
    needed: int


@dataclass(frozen=True, slots=True)
class RowContext:
    """What stands beside a claim: policy tallies by line, what the search for an authorization found, sibling lines."""

    tallies: Mapping[LineNumber, tuple[Tally, ...]]
    authorization: tuple[OutcomeCode, ...]
    siblings: tuple[HistoryLine, ...]


class WorklistReads(Protocol):
    """Reads for a page of the worklist."""

    def policies(self) -> tuple[str, ...]:
        """Name the policy versions that findings may rest on, as `policy version`."""

    async def beside(self, claims: Sequence[Claim]) -> Mapping[ClaimId, RowContext]:
        """Return what stands beside each of these claims."""
