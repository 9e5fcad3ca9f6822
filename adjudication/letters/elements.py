"""The parts a notice can have, by name. policies/letters/checklists.yaml says which of them each law demands.

An element is a name and its text, never a layout. It holds no name, address or member id: those are added in print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adjudication.model.findings import Citation


class LetterKind(StrEnum):
    """What a notice does."""

    ADMINISTRATIVE_DENIAL = "administrative-denial"
    CLINICAL_DENIAL = "clinical-denial"
    APPROVAL = "approval"
    DOCUMENT_REQUEST = "document-request"
    REMITTANCE = "remittance"
    APPEAL_ACKNOWLEDGEMENT = "appeal-acknowledgement"
    APPEAL_EXTENSION = "appeal-extension"
    APPEAL_REVERSAL = "appeal-reversal"
    APPEAL_DENIAL = "appeal-denial"
    APPEAL_CLINICAL_DENIAL = "appeal-clinical-denial"
    APPEAL_FORWARDING = "appeal-forwarding"
    APPEAL_OVERDUE = "appeal-overdue"
    APPEAL_DISMISSAL = "appeal-dismissal"
    APPEAL_WITHDRAWAL = "appeal-withdrawal"


class NextLevel(StrEnum):
    """Where an appeal leads on to from its level; some rights are demanded of a notice only where it leads there."""

    PLAN = "plan"
    INDEPENDENT_REVIEW = "independent-review-entity"
    EXTERNAL_REVIEW = "external-reviewer"
    STATE = "state"
    NOWHERE = "nowhere"


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
    DECIDER_REASONS = "decider-reasons"
    CRITERION = "criterion"
    DOCUMENT = "document"
    ANSWER_BY = "answer-by"
    DECIDE_BY = "decide-by"
    WHAT_IS_MISSING = "what-is-missing"
    ADJUSTMENT = "adjustment"
    PAYMENT = "payment"
    CARRY_OUT = "carry-out"
    MORE_EVIDENCE = "more-evidence"
    CLINICAL_EXPLANATION = "clinical-explanation"
    CRITERIA_COPY = "criteria-copy"
    CODES_ON_REQUEST = "codes-on-request"
    HOW_TO_SEND = "how-to-send"
    APPEAL = "appeal"
    EXPEDITED = "expedited"
    GRIEVANCE = "grievance"
    DISMISSAL_REVIEW = "dismissal-review"
    FILE_AGAIN = "file-again"
    FORWARDING = "forwarding"
    INDEPENDENT_REVIEW = "independent-review"
    EXTERNAL_REVIEW = "external-review"
    FAIR_HEARING = "fair-hearing"
    CONTINUATION = "continuation"
    RIGHT_TO_SUE = "right-to-sue"
    DISPUTE = "dispute"
    LAST_LEVEL = "last-level"
    LANGUAGE_ACCESS = "language-access"


_TOLD: Final = frozenset(
    {ElementName.DECISION, ElementName.REASONS, ElementName.CRITERION, ElementName.PAYMENT, ElementName.ADJUSTMENT}
)
_RULED: Final = frozenset({ElementName.DECISION, ElementName.DECIDER_REASONS, ElementName.CARRY_OUT})
_STANDS: Final = frozenset(
    {
        ElementName.REASONS,
        ElementName.CRITERION,
        ElementName.ADJUSTMENT,
        ElementName.APPEAL,
        ElementName.FORWARDING,
    }
)
SIGNED: Final = frozenset({LetterKind.CLINICAL_DENIAL, LetterKind.APPEAL_CLINICAL_DENIAL})
"""Kinds that exist only with the signature of the licensed reviewer whose reasons they tell."""

OF_APPEALS: Final = frozenset(kind for kind in LetterKind if kind.value.startswith("appeal-"))
"""Kinds that tell what becomes of an appeal."""

COMPOSED: Final[Mapping[LetterKind, frozenset[ElementName]]] = {
    LetterKind.ADMINISTRATIVE_DENIAL: _TOLD | {ElementName.WHAT_IS_MISSING},
    LetterKind.CLINICAL_DENIAL: _TOLD
    | {ElementName.WHAT_IS_MISSING, ElementName.CLINICAL_RATIONALE, ElementName.REVIEWER_QUALIFICATION},
    LetterKind.APPROVAL: _TOLD,
    LetterKind.DOCUMENT_REQUEST: frozenset({ElementName.DECISION, ElementName.DOCUMENT, ElementName.ANSWER_BY}),
    LetterKind.REMITTANCE: frozenset({ElementName.ADJUSTMENT}),
    LetterKind.APPEAL_ACKNOWLEDGEMENT: frozenset({ElementName.DECISION, ElementName.DECIDE_BY}),
    LetterKind.APPEAL_EXTENSION: frozenset({ElementName.DECISION, ElementName.REASONS, ElementName.DECIDE_BY}),
    LetterKind.APPEAL_REVERSAL: _RULED,
    LetterKind.APPEAL_DENIAL: _RULED | _STANDS,
    LetterKind.APPEAL_CLINICAL_DENIAL: _RULED
    | _STANDS
    | {ElementName.CLINICAL_RATIONALE, ElementName.REVIEWER_QUALIFICATION},
    LetterKind.APPEAL_FORWARDING: frozenset({ElementName.DECISION, ElementName.REASONS, ElementName.FORWARDING}),
    LetterKind.APPEAL_OVERDUE: frozenset({ElementName.DECISION, ElementName.REASONS}),
    LetterKind.APPEAL_DISMISSAL: frozenset({ElementName.DECISION, ElementName.REASONS}),
    LetterKind.APPEAL_WITHDRAWAL: frozenset({ElementName.DECISION}),
}
"""What is drawn from decision and trace; every other element of a kind must be a standard paragraph."""


@dataclass(frozen=True, slots=True)
class Element:
    """One part of a notice; a part of several items (one per document) is several elements of one name."""

    name: ElementName
    text: str
    citations: tuple[Citation, ...] = ()
