"""Findings: what a step saw on a line, with evidence and citation. Everything later is a fold over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from adjudication.model.vocabulary import LineNumber, OutcomeCode, PendCode, Step, Verdict


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from: source id of policies/sources.yaml and the place in it."""

    source: str
    locator: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact a step relied on; `value` is a code, date, number or opaque id, never member data."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One leg: the policy version by id and content hash, and one answer a node (0 not met, 1 met, 2 unknown)."""

    leg: str
    authority: str
    result: str
    code: str
    decided_on: date
    policy: str | None = None
    version: str | None = None
    content_hash: str | None = None
    rule: str | None = None
    answers: str = ""
    evaluator: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step found on one line (`line` is None when it concerns the whole claim).

    A finding with verdict PENDS carries the pend code that says who must act. A denial is only ever
    administrative here: adverse clinical outcomes pend for a licensed reviewer (adjudication/model/determination.py).
    `legs` record the policy trace a necessity finding rests on.
    """

    step: Step
    outcome: OutcomeCode
    verdict: Verdict
    citation: Citation
    line: LineNumber | None = None
    evidence: tuple[Evidence, ...] = ()
    pend: PendCode | None = None
    legs: tuple[LegRecord, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a pend without an owner, and an owner without a pend."""
        if (self.verdict is Verdict.PENDS) != (self.pend is not None):
            msg = f"finding {self.outcome}: verdict {self.verdict} does not go with pend code {self.pend}"
            raise ValueError(msg)
