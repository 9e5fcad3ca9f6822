"""The answers to a replacement or void, by the state of the claim that it names (policies/workflow/corrections.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adjudication.model.claim import Claim
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import Frequency, OutcomeCode


class OriginalState(StrEnum):
    """The state of the claim that a replacement or void names."""

    NOT_ARRIVED = "not-arrived"
    IN_PROCESS = "in-process"
    UNDER_REVIEW = "under-review"
    FINAL = "final"
    DENIED = "denied"
    RESERVED = "reserved"
    SUPERSEDED = "superseded"


class ChainAnswer(StrEnum):
    """The answer to the replacement or void."""

    ACCEPT = "accept"
    WAIT = "wait"
    REFUSE = "refuse"


MAY_ACCEPT = frozenset({OriginalState.UNDER_REVIEW, OriginalState.FINAL, OriginalState.DENIED})
"""Only claims in these states can be corrected: not one that is unknown, in process or corrected already."""


@dataclass(frozen=True, slots=True)
class ChainRule:
    """The answer for one state and one frequency; `refused_as`: the outcome of a refusal, immediate or after the wait."""

    standing: OriginalState
    frequency: Frequency
    answer: ChainAnswer
    refused_as: OutcomeCode | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class ChainRules:
    """All answers, and the length of a wait from receipt, in days.

    `remarks`: the RARC for a superseded claim, by the frequency of its correction.
    `control_number_after_wait`: after the wait, a payer claim number that is still unknown is replaced by the submitter's
    own claim control number.
    """

    rules: Mapping[tuple[OriginalState, Frequency], ChainRule]
    remarks: Mapping[Frequency, str]
    wait_days: int
    same_biller: bool
    control_number_after_wait: bool
    citation: Citation

    def of(self, standing: OriginalState, claim: Claim) -> ChainRule:
        """Return the rule for a state and the frequency of a claim."""
        return self.rules[standing, claim.frequency]
