"""The words of the glossary as types, so that a claim control number is never mistaken for a claim id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

ClaimId = NewType("ClaimId", str)
"""Opaque id of one revision of a claim (UUIDv5 of submitter, claim control number and revision)."""

LineNumber = NewType("LineNumber", int)
MOST_LINES: Final = 999
"""Lines of one claim: loop 2400 of an 837I repeats up to 999 times (of an 837P, 50)."""

PlanId = NewType("PlanId", str)
AuthorizationNumber = NewType("AuthorizationNumber", str)
OutcomeCode = NewType("OutcomeCode", str)
"""Our own name for the result of a step, for example `edits.ncci_pair`; policies/ maps it to CARC and RARC."""

PendCode = NewType("PendCode", str)
"""Why a claim is pended, for example `P-FAM`; policies/pends says who owns it."""


class ReleaseEvent(StrEnum):
    """An event after which a pended claim is tried again; policies/workflow/pends.yaml lists them for each pend.

    Every name here has code that acts on it, so the data cannot promise a release that never happens
    (docs/sequences.md names the code of each).
    """

    RETRY = "retry"
    COVERAGE_CHANGED = "coverage-changed"
    AUTHORIZATION_CHANGED = "authorization-changed"
    BILLING_PROVIDER_CHANGED = "billing-provider-changed"
    PROVIDER_CHANGED = "provider-changed"
    DOCUMENT_RECEIVED = "document-received"
    ORIGINAL_DECIDED = "original-decided"
    SIBLING_ARRIVED = "sibling-arrived"
    POLICY_RELEASED = "policy-release"
    REVIEWER_DECISION = "reviewer-decision"


class ProductLine(StrEnum):
    """The line of business that decides which law and which policy govern a claim line."""

    COMMERCIAL = "commercial"
    ESSENTIAL_PLAN = "essential-plan"
    CHILD_HEALTH_PLUS = "child-health-plus"
    MEDICAID = "medicaid"
    MEDICARE_ADVANTAGE = "medicare-advantage"
    DUAL_SNP = "dual-snp"

    @property
    def is_medicare(self) -> bool:
        """Return whether Medicare's coverage rules bind this line of business."""
        return self in (ProductLine.MEDICARE_ADVANTAGE, ProductLine.DUAL_SNP)


class ClaimForm(StrEnum):
    """837P or 837I; the National Correct Coding Initiative has a table for each."""

    PROFESSIONAL = "professional"
    INSTITUTIONAL = "institutional"


class EditProgram(StrEnum):
    """The program of the NCCI edits that a plan applies: CMS publishes an edition for Medicare and one for Medicaid."""

    MEDICARE = "medicare"
    MEDICAID = "medicaid"


class Frequency(StrEnum):
    """Claim frequency code (837 CLM05-3)."""

    ORIGINAL = "1"
    REPLACEMENT = "7"
    VOID = "8"


class CoordinationMethod(StrEnum):
    """A plan's method of payment after another payer has paid (policies/workflow/coordination.yaml)."""

    STANDARD = "standard"
    MEDICAID = "medicaid-last-resort"
    MEDICARE = "medicare-secondary"


class GroupCode(StrEnum):
    """Claim adjustment group code; the 835 CAS segment allows only these four."""

    CONTRACTUAL = "CO"
    OTHER = "OA"
    PAYER_INITIATED = "PI"
    PATIENT = "PR"


class Step(StrEnum):
    """The steps of adjudication, in the order they run."""

    INTAKE = "intake"
    ELIGIBILITY = "eligibility"
    COORDINATION = "coordination"
    PROVIDER = "provider"
    AUTHORIZATION = "authorization"
    EDITS = "edits"
    NECESSITY = "necessity"
    PRICING = "pricing"


class Verdict(StrEnum):
    """The meaning of a finding for its line."""

    PASSES = "passes"
    NOTES = "notes"
    PENDS = "pends"
    DENIES = "denies"


class HoldsBack(StrEnum):
    """The services whose decision a pended line delays: the line, all services of its day, or the whole claim."""

    LINE = "line"
    DAY = "day"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Half-open range of dates: `starts` is inside, `ends` is not; no end means open."""

    starts: date
    ends: date | None = None

    def __contains__(self, day: date) -> bool:
        """Return whether the day lies in the range."""
        return self.starts <= day and (self.ends is None or day < self.ends)
