"""A notice, and the gate it cannot be built around: every element its checklist demands, or no notice at all.

A clinical denial also needs the signature of the reviewer whose reasons it tells (42 CFR 422.566(d); NY PHL 4903).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from adjudication.letters.elements import SIGNED, Audience, Element, ElementName, LetterKind
from adjudication.model.determination import ReviewerSignature
from adjudication.model.errors import AdjudicationError, ClinicalDenialNeedsSignatureError
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ProductLine


class LetterError(AdjudicationError):
    """A decision that this kind of notice cannot tell."""


class IncompleteLetterError(LetterError):
    """A notice misses an element that a rule demands."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One element a rule demands, the rule, and how sure we are of it (checked, high, medium, low, synthetic)."""

    element: ElementName
    regime: str
    citation: Citation
    confidence: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """What a notice of one kind to one audience must contain under one product line of one plan.

    `regimes` are the laws that govern, the first speaks where several do. `forms` are official forms whose own
    wording must be used in print (for example CMS-10003).
    """

    kind: LetterKind
    audience: Audience
    product_line: ProductLine
    regimes: tuple[str, ...]
    demands: tuple[Demand, ...]
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A complete notice. Cannot exist with an element missing, nor a clinical denial without its signature."""

    checklist: Checklist
    elements: tuple[Element, ...]
    signature: ReviewerSignature | None = None

    def __post_init__(self) -> None:
        """Refuse an incomplete notice, and a clinical denial that nobody signed."""
        if self.kind in SIGNED:
            self._refuse_unsigned()
        missing = complete(self.elements, self.checklist)
        if missing:
            raise IncompleteLetterError(_told(self.checklist, missing[0]))

    @property
    def kind(self) -> LetterKind:
        """What it does."""
        return self.checklist.kind

    @property
    def audience(self) -> Audience:
        """Who reads it."""
        return self.checklist.audience

    @property
    def product_line(self) -> ProductLine:
        """The line of business whose rules it keeps."""
        return self.checklist.product_line

    def texts(self, name: ElementName) -> tuple[str, ...]:
        """Return the texts of one element."""
        return tuple(element.text for element in self.elements if element.name is name)

    def _refuse_unsigned(self) -> None:
        if self.signature is None:
            msg = "a clinical denial is told only with the signature of the licensed reviewer who decided it"
            raise ClinicalDenialNeedsSignatureError(msg)
        if not any(self.signature.rationale in text for text in self.texts(ElementName.CLINICAL_RATIONALE)):
            msg = "a clinical denial must tell the reviewer's own rationale in its clinical-rationale element"
            raise IncompleteLetterError(msg)


def complete(elements: Iterable[Element], checklist: Checklist) -> tuple[ElementName, ...]:
    """Return the demanded elements that are missing or blank, in the order of the checklist; none when complete."""
    present = {element.name for element in elements if element.text.strip()}
    return tuple(dict.fromkeys(d.element for d in checklist.demands if d.element not in present))


def _told(checklist: Checklist, missing: ElementName) -> str:
    demand = next(d for d in checklist.demands if d.element is missing)
    return (
        f"{checklist.kind} to the {checklist.audience}, {checklist.product_line}: the element {missing} is missing; "
        f"{demand.citation.source} {demand.citation.locator} demands it ({demand.regime}); "
        "add its text in policies/letters/texts.yaml or correct what composes it"
    )
