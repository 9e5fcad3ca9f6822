"""Medical necessity, first cut: approve what is fully documented, pend the rest, deny nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from adjudication.authorizations import AuthorizationResult
from adjudication.claim import Claim
from adjudication.findings import Finding
from adjudication.reference import Plan, ReferenceData
from adjudication.vocabulary import LineNumber


def review_medical_necessity(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    decided_on: date,
    reference: ReferenceData,
) -> tuple[Finding, ...]:
    """Review each line under the policy version in force on its date of service and visible on `decided_on`."""
    raise NotImplementedError
