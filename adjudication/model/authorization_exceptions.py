"""Circumstances in which a required authorization need not be on file, as values (policies/law/authorization_exceptions.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adjudication.model.findings import Citation


class Circumstance(StrEnum):
    """Why it may have been impossible to request an authorization before the service."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    INPATIENT = "inpatient"
    RETROACTIVE_ELIGIBILITY = "retroactive-eligibility"
    OTHER = "other-exception"


class Treatment(StrEnum):
    """The plan's handling of a missing required authorization under a circumstance."""

    NOT_REQUIRED = "not-required"
    REVIEW = "review"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of a circumstance on a claim: codes in full, revenue codes and bill types by their first characters.

    `line_indicator`: the biller marks the line so (837 SV109). `billed_elsewhere`: codes, by their first characters, that show it where another claim of the patient bills them that day.
    """

    places_of_service: frozenset[str]
    revenue_codes: tuple[str, ...]
    bill_types: tuple[str, ...]
    exception_codes: frozenset[str]
    billed_elsewhere: tuple[str, ...] = ()
    admission_types: frozenset[str] = frozenset()
    line_indicator: bool = False


@dataclass(frozen=True, slots=True)
class AuthorizationExceptions:
    """The signs of every circumstance, what one plan does under each, and why.

    `emergency`: the law that frees emergency services for the plan's product line. None: no law is loaded for it.
    """

    signs: Mapping[Circumstance, Signs] = field(default_factory=dict)
    treatments: Mapping[Circumstance, Treatment] = field(default_factory=dict)
    emergency: Citation | None = None

    def treatment(self, circumstance: Circumstance) -> Treatment:
        """Return the plan's handling; a person handles a circumstance that neither the law nor the plan regulates."""
        if circumstance is Circumstance.EMERGENCY:
            return Treatment.REVIEW if self.emergency is None else Treatment.NOT_REQUIRED
        return self.treatments.get(circumstance, Treatment.REVIEW)
