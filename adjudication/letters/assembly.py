"""Puts a notice together: what a builder composed, the standard paragraphs its checklist demands, then the gate.

May not word anything itself, and may not leave a demand unanswered: Notice refuses what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from adjudication.letters.elements import Audience, Element, ElementName, LetterKind
from adjudication.letters.letter import Checklist, Letter
from adjudication.letters.line_trace import LineTrace
from adjudication.letters.wording import AppealRoute, LetterLibrary
from adjudication.model.determination import LineDetermination, ReviewerSignature
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine

_ORDER: Final = {name: place for place, name in enumerate(ElementName)}
_OPENS_SENTENCE: Final = re.compile(r"(?:^|\n|[.!?] )(?:- )?\Z")
_VERBATIM: Final = frozenset({ElementName.CLINICAL_RATIONALE, ElementName.DECIDER_REASONS})
"""Words of a person, told as they were signed."""


@dataclass(frozen=True, slots=True)
class LetterContext:
    """For whom a notice is written, on which day, with which words; of an appeal also on which way it is."""

    library: LetterLibrary
    product_line: ProductLine
    plan_id: PlanId
    notice_date: date
    way: AppealRoute | None = None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """What a line is called in a notice: our own short label, never the licensed descriptor."""

    number: LineNumber
    code: str
    label: str
    service_date: date


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A decided line with the trace of each leg that ruled on it; no trace when no medical policy was asked."""

    service: ServiceLine
    determination: LineDetermination
    traces: tuple[LineTrace, ...] = ()


def checklist_for(kind: LetterKind, audience: Audience, context: LetterContext) -> Checklist:
    """Return what such a notice must contain."""
    return context.library.checklist(kind, audience, context.product_line, context.plan_id, context.way)


def assemble(
    checklist: Checklist,
    composed: Iterable[Element],
    context: LetterContext,
    signature: ReviewerSignature | None = None,
) -> Letter:
    """Return the notice; raises IncompleteLetterError when a demanded element is neither composed nor in the data."""
    elements = [element for element in composed if element.text.strip()]
    if checklist.audience is Audience.MEMBER:
        elements = [_in_plain_words(element, context.library.short_forms) for element in elements]
    elements += _standard(checklist, {element.name for element in elements}, context)
    elements.sort(key=lambda element: _ORDER[element.name])
    return Letter(checklist, tuple(elements), signature)


def with_more(notice: Letter, *elements: Element) -> Letter:
    """Return the notice with elements that are not of its line alone, each in its place."""
    told = sorted((*notice.elements, *elements), key=lambda element: _ORDER[element.name])
    return replace(notice, elements=tuple(told))


def _standard(checklist: Checklist, present: set[ElementName], context: LetterContext) -> Iterator[Element]:
    for name in dict.fromkeys(demand.element for demand in checklist.demands):
        if name not in present:
            paragraph = context.library.paragraph(name, checklist, context.notice_date)
            if paragraph is not None:
                yield paragraph


def _in_plain_words(element: Element, short_forms: Mapping[str, str]) -> Element:
    """Explain each short form where it first stands: "magnetic resonance spectroscopy (MRS)"."""
    text = element.text
    if element.name in _VERBATIM:
        return element
    for short, long in short_forms.items():
        found = re.search(rf"\b{re.escape(short)}\b", text)
        if found is not None and f"({short})" not in text:
            before, after = text[: found.start()], text[found.end() :]
            words = f"{long[0].upper()}{long[1:]}" if _OPENS_SENTENCE.search(before) else long
            text = f"{before}{words} ({short}){after}"
    return replace(element, text=text)
