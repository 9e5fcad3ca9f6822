"""The parts a notice can have, by name. policies/notices/checklists.yaml says which of them each law demands.

An element is a name and its text, never a layout. It holds no name, address or member id: those are added in print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adjudication.findings import Citation


class NoticeKind(StrEnum):
    """What a notice does."""

    ADMINISTRATIVE_DENIAL = "administrative-denial"
    CLINICAL_DENIAL = "clinical-denial"
    APPROVAL = "approval"
    DOCUMENT_REQUEST = "document-request"
    REMITTANCE = "remittance"


class Audience(StrEnum):
    """Who reads it: members get plain words, providers may get codes and criteria."""

    MEMBER = "member"
    PROVIDER = "provider"


class ElementName(StrEnum):
    """The parts, in the order in which a notice tells them."""

    DECISION = "decision"
    REASONS = "reasons"
    CLINICAL_RATIONALE = "clinical-rationale"
    REVIEWER_QUALIFICATION = "reviewer-qualification"
    CRITERION = "criterion"
    DOCUMENT = "document"
    ANSWER_BY = "answer-by"
    WHAT_IS_MISSING = "what-is-missing"
    ADJUSTMENT = "adjustment"
    PAYMENT = "payment"
    CLINICAL_EXPLANATION = "clinical-explanation"
    CRITERIA_COPY = "criteria-copy"
    CODES_ON_REQUEST = "codes-on-request"
    HOW_TO_SEND = "how-to-send"
    APPEAL = "appeal"
    EXPEDITED = "expedited"
    INDEPENDENT_REVIEW = "independent-review"
    EXTERNAL_REVIEW = "external-review"
    FAIR_HEARING = "fair-hearing"
    CONTINUATION = "continuation"
    RIGHT_TO_SUE = "right-to-sue"
    DISPUTE = "dispute"
    LANGUAGE_ACCESS = "language-access"


_TOLD: Final = frozenset(
    {ElementName.DECISION, ElementName.REASONS, ElementName.CRITERION, ElementName.PAYMENT, ElementName.ADJUSTMENT}
)
COMPOSED: Final[Mapping[NoticeKind, frozenset[ElementName]]] = {
    NoticeKind.ADMINISTRATIVE_DENIAL: _TOLD | {ElementName.WHAT_IS_MISSING},
    NoticeKind.CLINICAL_DENIAL: _TOLD
    | {ElementName.WHAT_IS_MISSING, ElementName.CLINICAL_RATIONALE, ElementName.REVIEWER_QUALIFICATION},
    NoticeKind.APPROVAL: _TOLD,
    NoticeKind.DOCUMENT_REQUEST: frozenset({ElementName.DECISION, ElementName.DOCUMENT, ElementName.ANSWER_BY}),
    NoticeKind.REMITTANCE: frozenset({ElementName.ADJUSTMENT}),
}
"""What is drawn from decision and trace; every other element of a kind must be a standard paragraph."""


@dataclass(frozen=True, slots=True)
class Element:
    """One part of a notice; a part of several items (one per document) is several elements of one name."""

    name: ElementName
    text: str
    citations: tuple[Citation, ...] = ()
