"""One claim through medical necessity review."""

from __future__ import annotations

from datetime import date

from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.steps.necessity import review_medical_necessity
from tests.builders.coverage import plans_of

DECIDED_ON = date(2025, 9, 2)
NOBODY = AuthorizationResult((), (), {}, frozenset())


def review(
    reference: ReferenceData,
    claim: Claim,
    plan: str = "HUDSON-COMM",
    decided_on: date = DECIDED_ON,
    history: tuple[HistoryLine, ...] = (),
) -> Finding:
    plans = plans_of(claim, reference, plan)
    (finding,) = review_medical_necessity(claim, plans, NOBODY, decided_on, reference, history)
    return finding
