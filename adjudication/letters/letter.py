"""A letter and its elements. A letter that lacks an element which the law demands cannot be created.

policies/letters/checklists.yaml lists the elements that each law demands. An element is a name and a text without
layout, names, addresses or member ids; those are added in print. A clinical denial also needs the signature of the
reviewer whose reasons it gives (42 CFR 422.566(d); NY PHL 4903).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adjudication.model.determination import ReviewerSignature
from adjudication.model.errors import AdjudicationError, ClinicalDenialNeedsSignatureError
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, ProductLine


class LetterKind(StrEnum):
    """The kinds of letters."""

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
    """The next level after a level of appeal. Some rights are demanded of a letter only if the next level is that one."""

    PLAN = "plan"
    INDEPENDENT_REVIEW = "independent-review-entity"
    EXTERNAL_REVIEW = "external-reviewer"
    STATE = "state"
    NOWHERE = "nowhere"


class Audience(StrEnum):
    """The reader: letters to members use plain words, letters to providers may have codes and criteria."""

    MEMBER = "member"
    PROVIDER = "provider"


class ElementName(StrEnum):
    """The elements, in the order in which a letter has them."""

    DECISION = "decision"
    CHANGED = "changed"
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


_DECIDED: Final = frozenset(
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
"""Kinds that need the signature of the licensed reviewer whose reasons they give."""

OF_APPEALS: Final = frozenset(kind for kind in LetterKind if kind.value.startswith("appeal-"))
"""Kinds of letters about an appeal."""

COMPOSED: Final[Mapping[LetterKind, frozenset[ElementName]]] = {
    LetterKind.ADMINISTRATIVE_DENIAL: _DECIDED | {ElementName.WHAT_IS_MISSING},
    LetterKind.CLINICAL_DENIAL: _DECIDED
    | {ElementName.WHAT_IS_MISSING, ElementName.CLINICAL_RATIONALE, ElementName.REVIEWER_QUALIFICATION},
    LetterKind.APPROVAL: _DECIDED,
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
"""The elements written from the decision and its trace; every other one must be a standard paragraph."""


@dataclass(frozen=True, slots=True)
class Element:
    """One part of a letter. A part with several items, such as one per document, has several elements of one name."""

    name: ElementName
    text: str
    citations: tuple[Citation, ...] = ()


class LetterError(AdjudicationError):
    """A letter that is not due or cannot be written."""


class NotDueError(LetterError):
    """A letter that is not due to this reader. This is not a fault."""


class IncompleteLetterError(LetterError):
    """A letter that lacks an element which a rule demands."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One element that a rule demands, with the rule and our confidence in it (checked, high, medium, low, synthetic)."""

    element: ElementName
    regime: str
    citation: Citation
    confidence: str


@dataclass(frozen=True, slots=True)
class FormSection:
    """One section of an official form: its heading, the form's own sentences before and after, and the elements that it holds.

    `{outcome}`: denied, or partially approved; `{plan}`: the name of the plan.
    """

    heading: str
    elements: tuple[ElementName, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormLayout:
    """The title of an official form and its sections in their order, while the edition is in force."""

    form: str
    title: str
    dates: DateRange
    sections: tuple[FormSection, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class Checklist:
    """The required content of a letter of one kind to one audience, for one plan.

    `regimes`: the laws that govern; the first one that has a paragraph supplies it. `forms`: official forms whose own
    text must be used in print, such as CMS-10003. `layout`: the layout of the first of them, where it is loaded.
    `partly`: some lines of the claim are paid.
    """

    kind: LetterKind
    audience: Audience
    product_line: ProductLine
    regimes: tuple[str, ...]
    demands: tuple[Demand, ...]
    forms: tuple[str, ...] = ()
    layout: FormLayout | None = None
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A complete letter: it has every demanded element, and a clinical denial has its signature."""

    checklist: Checklist
    elements: tuple[Element, ...]
    signature: ReviewerSignature | None = None

    def __post_init__(self) -> None:
        """Refuse an incomplete letter and an unsigned clinical denial."""
        if self.kind in SIGNED:
            self._refuse_unsigned()
        missing = complete(self.elements, self.checklist)
        if missing:
            raise IncompleteLetterError(_missing_words(self.checklist, missing[0]))

    @property
    def kind(self) -> LetterKind:
        """The kind of letter."""
        return self.checklist.kind

    @property
    def audience(self) -> Audience:
        """The reader."""
        return self.checklist.audience

    @property
    def product_line(self) -> ProductLine:
        """The product line with whose rules it complies."""
        return self.checklist.product_line

    def texts(self, name: ElementName) -> tuple[str, ...]:
        """Return the texts of one element."""
        return tuple(element.text for element in self.elements if element.name is name)

    def _refuse_unsigned(self) -> None:
        if self.signature is None:
            msg = "a clinical denial needs the signature of the licensed reviewer who decided it"
            raise ClinicalDenialNeedsSignatureError(msg)
        if not any(self.signature.rationale in text for text in self.texts(ElementName.CLINICAL_RATIONALE)):
            msg = "a clinical denial must give the reviewer's own rationale in its clinical-rationale element"
            raise IncompleteLetterError(msg)


def complete(elements: Iterable[Element], checklist: Checklist) -> tuple[ElementName, ...]:
    """Return the demanded elements that are missing or blank, in the order of the checklist."""
    present = {element.name for element in elements if element.text.strip()}
    return tuple(dict.fromkeys(d.element for d in checklist.demands if d.element not in present))


def _missing_words(checklist: Checklist, missing: ElementName) -> str:
    demand = next(d for d in checklist.demands if d.element is missing)
    return (
        f"{checklist.kind} to the {checklist.audience}, {checklist.product_line}: the element {missing} is missing; "
        f"{demand.citation.source} {demand.citation.locator} demands it ({demand.regime}); "
        "add its text in policies/letters/texts.yaml or correct what composes it"
    )
