"""Combines the letters about the lines of a claim into one letter: each text is printed once, with the lines it concerns.

Each part is complete by the law of its kind, so the whole has every element that any of its lines demands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from adjudication.letters.assembly import ORDER, DecidedLine
from adjudication.letters.decisions import payable_words
from adjudication.letters.letter import Audience, Checklist, Element, ElementName, Letter, LetterKind
from adjudication.letters.reasons import dollars
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import LineNumber

_LEADING: Final = (LetterKind.CLINICAL_DENIAL, LetterKind.ADMINISTRATIVE_DENIAL, LetterKind.APPROVAL)
"""The combined letter has the first of these kinds that a line has, because its law demands most."""

_PLURAL: Final[Mapping[str, str]] = {
    "We will pay for this service:": "We will pay for these services:",
    "We will not pay for this service:": "We will not pay for these services:",
}
_NAMES_ITS_LINE: Final = frozenset({ElementName.DECISION})


@dataclass(frozen=True, slots=True)
class LinePart:
    """A decided line and its letter."""

    line: DecidedLine
    letter: Letter


def combined(parts: Sequence[LinePart]) -> Letter:
    """Return the letter about all lines; for a claim with one line it is that line's letter."""
    if len(parts) == 1:
        return parts[0].letter
    leading = min(parts, key=lambda part: _LEADING.index(part.letter.kind)).letter
    elements = [*_decisions(parts), *_merged(parts), _total(parts)]
    elements.sort(key=lambda element: ORDER[element.name])
    return Letter(_checklist(leading, parts), tuple(elements), leading.signature)


def _checklist(leading: Letter, parts: Iterable[LinePart]) -> Checklist:
    lists = [leading.checklist, *(part.letter.checklist for part in parts)]
    return replace(
        leading.checklist,
        regimes=tuple(dict.fromkeys(regime for each in lists for regime in each.regimes)),
        demands=tuple(dict.fromkeys(demand for each in lists for demand in each.demands)),
        forms=tuple(dict.fromkeys(form for each in lists for form in each.forms)),
        partly=any(part.letter.kind is LetterKind.APPROVAL for part in parts),
    )


def _decisions(parts: Iterable[LinePart]) -> Iterator[Element]:
    """Yield the decisions, with a list of the services for each."""
    lists: dict[str, list[str]] = {}
    for part in parts:
        for text in part.letter.texts(ElementName.DECISION):
            head, _, named = text.partition("\n")
            lists.setdefault(head, []).extend([named] if named else [])
    for head, services in lists.items():
        several = len(services) > 1
        lines = [f"- {each}" for each in services] if several else services
        yield Element(ElementName.DECISION, "\n".join((_PLURAL.get(head, head) if several else head, *lines)))


def _merged(parts: Sequence[LinePart]) -> Iterator[Element]:
    """Yield every other element once, with the lines it holds for unless it holds for all of them."""
    found: dict[tuple[ElementName, str], tuple[list[LineNumber], list[Citation]]] = {}
    for part in parts:
        for element in part.letter.elements:
            if element.name not in _NAMES_ITS_LINE:
                lines, citations = found.setdefault((element.name, element.text), ([], []))
                lines.append(part.line.service.number)
                citations.extend(element.citations)
    for (name, text), (lines, citations) in found.items():
        lead = "" if len(set(lines)) == len(parts) else f"{_lines(lines)}: "
        yield Element(name, f"{lead}{text}", tuple(dict.fromkeys(citations)))


def _lines(numbers: Iterable[LineNumber]) -> str:
    *before, last = [str(number) for number in dict.fromkeys(numbers)]
    return f"Lines {', '.join(before)} and {last}" if before else f"Line {last}"


def _total(parts: Sequence[LinePart]) -> Element:
    charge = sum((part.line.determination.charge for part in parts), Decimal(0))
    paid = sum((part.line.determination.paid for part in parts), Decimal(0))
    if parts[0].letter.audience is Audience.PROVIDER:
        return Element(
            ElementName.PAYMENT,
            f"All lines: charge {dollars(charge)}, payable {dollars(paid)} before the member's cost share.",
        )
    words = f"All services together: the provider charged {dollars(charge)}. {payable_words(paid)}"
    return Element(ElementName.PAYMENT, words)
