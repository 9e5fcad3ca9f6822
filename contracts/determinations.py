"""`determinations`: the decision on a claim, complete enough to build a remittance and to explain every line."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from contracts.envelope import CloudEvent, Contract


class CitationV1(Contract):
    """Where a rule comes from."""

    source: str
    locator: str


class EvidenceV1(Contract):
    """One fact relied on: a code, date, number or opaque id."""

    name: str
    value: str


class FindingV1(Contract):
    """What one step found."""

    step: str
    outcome: str
    verdict: str
    line: int | None = None
    citation: CitationV1
    evidence: tuple[EvidenceV1, ...] = ()


class AdjustmentV1(Contract):
    """One CAS entry; amounts in US dollars."""

    group: str
    carc: str
    amount: Decimal
    rarcs: tuple[str, ...] = ()


class LineDeterminationV1(Contract):
    """The decision on one line: charge - sum(adjustments) = paid.

    A reversed line negates every amount of the version it supersedes; a withdrawn one bills nothing any more.
    """

    line: int
    code: str
    disposition: Literal["approved", "denied", "reversed", "withdrawn"]
    charge: Decimal
    paid: Decimal
    adjustments: tuple[AdjustmentV1, ...] = ()
    reason: str
    reason_label: str
    would_also_fail: tuple[str, ...] = ()
    findings: tuple[FindingV1, ...]
    authorization_number: str | None = None


class DeterminationV1(Contract):
    """The final decision on one claim revision; `version` grows when it is superseded.

    `changes`: the claim (id) that this one replaced or voided. `superseded_by`: the claim that took this one back.
    `remarks` (RARC) say of the whole claim why an earlier version, `supersedes`, does not hold any more.
    """

    claim_id: str
    submitter: str
    claim_control_number: str
    revision: int
    payer_claim_number: str
    version: int
    decided_at: AwareDatetime
    charge: Decimal
    paid: Decimal
    policy_bundle: str
    lines: tuple[LineDeterminationV1, ...]
    changes: str | None = None
    supersedes: int | None = None
    superseded_by: str | None = None
    remarks: tuple[str, ...] | None = None


class ClaimDetermined(CloudEvent):
    """The event on `determinations`."""

    type: Literal["com.claimwright.claim.determined.v1"] = "com.claimwright.claim.determined.v1"
    data: DeterminationV1
