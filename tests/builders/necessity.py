"""One claim through medical necessity review."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim, ReceivedDocument
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.steps.necessity import review_medical_necessity
from tests.builders.coverage import plans_of

NOTE = ReceivedDocument("SYN-NOTE", "clinical-note", datetime(2025, 8, 25, 9, 0, tzinfo=UTC))
DECIDED_ON = date(2025, 9, 2)
NO_AUTHORIZATIONS = AuthorizationResult((), (), {}, frozenset())


def review(
    reference: ReferenceData,
    claim: Claim,
    plan: str = "HUDSON-COMM",
    decided_on: date = DECIDED_ON,
    history: tuple[HistoryLine, ...] = (),
) -> Finding:
    plans = plans_of(claim, reference, plan)
    (finding,) = review_medical_necessity(claim, plans, NO_AUTHORIZATIONS, decided_on, reference, history)
    return finding


def in_a_note(claim: Claim, fact: str, author: str | None = "SYN-DOCTOR", note: ReceivedDocument = NOTE) -> Claim:
    """The claim with one of its facts stated in a document instead, by an author."""
    moved = (
        replace(each, document=note.document_id, author=author) if each.fact == fact else each
        for each in claim.supporting
    )
    return replace(claim, supporting=tuple(moved), documents=(*claim.documents, note))
