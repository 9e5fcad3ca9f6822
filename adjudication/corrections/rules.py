"""What a payer answers to a replacement or void, by where the claim it names stands: data of policies/workflow/corrections.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adjudication.model.claim import Claim
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import Frequency, OutcomeCode


class Standing(StrEnum):
    """Where the claim that a replacement or void names stands."""

    NOT_ARRIVED = "not-arrived"
    IN_PROCESS = "in-process"
    UNDER_REVIEW = "under-review"
    FINAL = "final"
    DENIED = "denied"
    RESERVED = "reserved"
    SUPERSEDED = "superseded"


class ChainAnswer(StrEnum):
    """What is done with the replacement or void."""

    ACCEPT = "accept"
    WAIT = "wait"
    REFUSE = "refuse"


MAY_ACCEPT = frozenset({Standing.UNDER_REVIEW, Standing.FINAL, Standing.DENIED})
"""Only claims in these states can be corrected: not one that is unknown, in process or corrected already."""


@dataclass(frozen=True, slots=True)
class ChainRule:
    """The answer for one standing and one frequency; `refused_as`: the outcome of a refusal, at once or after the wait."""

    standing: Standing
    frequency: Frequency
    answer: ChainAnswer
    refused_as: OutcomeCode | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class ChainRules:
    """Every answer, and how long a wait lasts from receipt (days).

    `remarks`: the RARC for a claim that was taken back, by the frequency of the claim that did it.
    `control_number_after_wait`: a payer claim number that is still unknown after the wait gives way to the submitter's
    own claim control number.
    """

    rules: Mapping[tuple[Standing, Frequency], ChainRule]
    remarks: Mapping[Frequency, str]
    wait_days: int
    same_biller: bool
    control_number_after_wait: bool
    citation: Citation

    def of(self, standing: Standing, claim: Claim) -> ChainRule:
        """Return the rule for a standing and the frequency of a claim."""
        return self.rules[standing, claim.frequency]
