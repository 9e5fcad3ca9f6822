"""Assembles a letter: the elements written for it, the standard paragraphs of its checklist, and the check of both.

It writes no text itself. Letter refuses to exist if a demanded element is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from adjudication.letters.letter import Audience, Checklist, Element, ElementName, Letter, LetterKind
from adjudication.letters.line_trace import LineTrace
from adjudication.letters.wording import AppealRoute, LetterLibrary
from adjudication.model.authorizations import RetrospectiveTerms
from adjudication.model.determination import LineDetermination, ReviewerSignature
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine

ORDER: Final = {name: place for place, name in enumerate(ElementName)}
_OPENS_SENTENCE: Final = re.compile(r"(?:^|\n|[.!?] )(?:- )?\Z")
_VERBATIM: Final = frozenset({ElementName.CLINICAL_RATIONALE, ElementName.DECIDER_REASONS})
"""The words of a person, printed exactly as signed."""


@dataclass(frozen=True, slots=True)
class LetterContext:
    """The plan and day of a letter, and the texts to write it with.

    `route`: the appeal path that a denial opens, or that an appeal is on. `afterwards`: until when the plan takes a request
    for an authorization after the service.
    """

    library: LetterLibrary
    product_line: ProductLine
    plan_id: PlanId
    notice_date: date
    route: AppealRoute | None = None
    afterwards: RetrospectiveTerms | None = None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A claim line as letters name it: with our own short label, never the licensed descriptor."""

    number: LineNumber
    code: str
    label: str
    service_date: date


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A decided line with the policy trace of each leg; without a trace if no medical policy was applied.

    `separable`: whether a modifier may open the pair of services that denied it (NCCI indicator 1); None if not known.
    """

    service: ServiceLine
    determination: LineDetermination
    traces: tuple[LineTrace, ...] = ()
    separable: bool | None = None


def checklist_for(kind: LetterKind, audience: Audience, context: LetterContext) -> Checklist:
    """Return the required content of such a letter."""
    found = context.library.checklist(kind, audience, context.product_line, context.plan_id, context.route)
    day = context.notice_date
    layouts = (each for each in context.library.layouts if each.form in found.forms and day in each.dates)
    return replace(found, layout=next(layouts, None))


def assemble(
    checklist: Checklist,
    composed: Iterable[Element],
    context: LetterContext,
    signature: ReviewerSignature | None = None,
) -> Letter:
    """Return the letter; raises IncompleteLetterError if a demanded element is neither written nor in the data."""
    elements = [element for element in composed if element.text.strip()]
    if checklist.audience is Audience.MEMBER:
        elements = [_in_plain_words(element, context.library.short_forms) for element in elements]
    elements += _standard(checklist, {element.name for element in elements}, context)
    elements.sort(key=lambda element: ORDER[element.name])
    return Letter(checklist, tuple(elements), signature)


def with_more(letter: Letter, *elements: Element) -> Letter:
    """Return the letter with additional elements, each in its place."""
    ordered = sorted((*letter.elements, *elements), key=lambda element: ORDER[element.name])
    return replace(letter, elements=tuple(ordered))


def _standard(checklist: Checklist, present: set[ElementName], context: LetterContext) -> Iterator[Element]:
    for name in dict.fromkeys(demand.element for demand in checklist.demands):
        if name not in present:
            paragraph = context.library.paragraph(name, checklist, context.notice_date, context.route)
            if paragraph is not None:
                yield paragraph


def _in_plain_words(element: Element, short_forms: Mapping[str, str]) -> Element:
    """Explain each short form at its first use: "magnetic resonance spectroscopy (MRS)"."""
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
