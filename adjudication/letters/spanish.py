"""Translates a finished member letter into Spanish, sentence by sentence, with the list in policies/letters/spanish.yaml.

A letter is composed and checked against its law once, in English; the translation
keeps its elements. Quotes from a policy or a person stay as written, in «», where a letter may quote; for any other
sentence without a translation the letter is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from adjudication.letters.dates import MONTHS
from adjudication.letters.letter import LetterError

_SPANISH_MONTHS: Final = dict(
    zip(
        MONTHS,
        [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        strict=True,
    )
)
_DATE: Final = rf"(?:{'|'.join(MONTHS)}) [0-9]{{1,2}}, [0-9]{{4}}"
_SHAPES: Final = {
    "day": _DATE,
    "period": r"[0-9]+ [a-z]+(?: [a-z]+)?",
    "amount": r"\$[0-9.,]*[0-9]",
    "number": "[0-9]+",
    "version": r"\S+",
    "question": ".+[.?!]",
}
_SLOT: Final = re.compile(r"\{([a-z-]+)([0-9]?)\}")
_SENTENCE: Final = re.compile(r"(?<=[.?!:])\s+(?=[A-Z\"])")
_LINES: Final = re.compile(r"(Lines? [0-9]+(?:, [0-9]+)*(?: and [0-9]+)?): (.+)")
_LEG: Final = re.compile(r"Under your (.+?) benefit: (.+)")
_BOUND: Final = re.compile(r"(not )?(at least|at most) ([0-9.]+)(?: ([a-z]+))?")
_HOURS: Final = re.compile(r"(.+?), ([0-9]+) (a\.m\.|p\.m\.) to ([0-9]+) (a\.m\.|p\.m\.) (\w+) time")
_OPEN_DAYS: Final = {"Monday to Friday": "lunes a viernes", "every day": "todos los días"}
_ZONES: Final = {"Eastern": "del Este", "Central": "del Centro", "Mountain": "de la Montaña", "Pacific": "del Pacífico"}
_BOUNDS: Final = {
    (False, "at least"): "por lo menos",
    (False, "at most"): "como máximo",
    (True, "at least"): "menos de",
    (True, "at most"): "más de",
}
_FOUND: Final = re.compile(rf"(.+) \((.+), ({_DATE})\)")
_FROM: Final = re.compile(rf"a date on or after ({_DATE})")
_UNTIL: Final = re.compile(rf"no later than the service on ({_DATE})")
_BETWEEN: Final = re.compile(r"at least ([0-9]+) days between the two dates")

MAY_QUOTE: Final = frozenset(
    {
        "What changed, and why",
        "Why",
        "The reviewer's reasons",
        "The rule we used",
        "What could change this",
        "The reasons of the person who decided",
        "The records that are needed",
        "Why was coverage denied?",
        "Why was coverage partially approved?",
    }
)
"""English headings of the parts that hold words of a policy or of a person."""


@dataclass(frozen=True, slots=True)
class SpanishTexts:
    """The translations: English text to Spanish text, by kind. `units`: singular and plural."""

    note: str
    note_heading: str
    titles: Mapping[str, str]
    headings: Mapping[str, str]
    units: Mapping[str, tuple[str, str]]
    values: Mapping[str, str]
    services: Mapping[str, str]
    documents: Mapping[str, str]
    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Template:
    pattern: re.Pattern[str]
    spanish: str
    quotes: bool


@dataclass(slots=True)
class Spanish:
    """Translates titles, headings and lines into Spanish. `short_forms`: those that a member's letter spells out."""

    texts: SpanishTexts
    short_forms: Mapping[str, str]
    _exact: dict[str, str] = field(init=False)
    _templates: tuple[_Template, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Turn the sentences into patterns, those with the most fixed words first."""
        documents = {f"{english}.": f"{spanish}." for english, spanish in self.texts.documents.items()}
        self._exact = {e: s for e, s in self.texts.sentences.items() if "{" not in e} | documents
        by_length = sorted((e for e in self.texts.sentences if "{" in e), key=lambda e: -len(_SLOT.sub("", e)))
        self._templates = tuple(_template(english, self.texts.sentences[english]) for english in by_length)

    def title(self, english: str) -> str:
        """Return a title in Spanish; raises LetterError for a title without a translation."""
        return _known(self.texts.titles, english, "title")

    def heading(self, english: str) -> str:
        """Return a heading in Spanish; raises LetterError for a heading without a translation."""
        return _known(self.texts.headings, english, "heading")

    def line(self, english: str, *, may_quote: bool) -> str:
        """Return a line of a part in Spanish; raises LetterError for a text without a translation that may not be quoted."""
        found = self._line(self._short(english), quote=may_quote)
        if found is None:
            raise LetterError(f"this sentence has no Spanish text in policies/letters/spanish.yaml: {english!r}")
        return found

    def head_line(self, english: str) -> str:
        """Return a line of the head of a letter in Spanish; names and addresses stay unchanged."""
        return english if not english else self._line(english, quote=False) or day_in_spanish(english)

    def _short(self, english: str) -> str:
        """Remove the English explanation of a short form; the Spanish texts have their own."""
        for short, long in self.short_forms.items():
            english = re.sub(rf"{re.escape(long)} \({re.escape(short)}\)", short, english, flags=re.IGNORECASE)
        return english

    def _line(self, english: str, *, quote: bool) -> str | None:
        if english.startswith("- "):
            inside = self._line(english[2:], quote=quote)
            return None if inside is None else f"- {inside}"
        if english in self._exact:
            return self._exact[english]
        for pattern, lead in ((_LINES, _lines), (_LEG, self._leg)):
            prefixed = pattern.fullmatch(english)
            if prefixed is not None:
                rest = self._line(prefixed[2], quote=quote)
                return None if rest is None else f"{lead(prefixed[1])}: {rest}"
        found = self._by_sentences(english, quote=False) or self._matched(english, quoting=False)
        found = found or self._matched(english, quoting=True)
        return found or (self._by_sentences(english, quote=True) if quote else None)

    def _leg(self, name: str) -> str:
        return f"Según su beneficio de {self.texts.values.get(name, name)}"

    def _by_sentences(self, english: str, *, quote: bool) -> str | None:
        found = []
        for sentence in _SENTENCE.split(english):
            spanish = self._exact.get(sentence) or self._matched(sentence, quoting=False)
            if spanish is None and not quote:
                return None
            found.append(f"«{sentence}»" if spanish is None else spanish)
        return " ".join(found)

    def _matched(self, english: str, *, quoting: bool) -> str | None:
        for template in self._templates:
            match = template.pattern.fullmatch(english) if template.quotes is quoting else None
            filled = None if match is None else self._filled(template, match)
            if filled is not None:
                return filled
        return None

    def _filled(self, template: _Template, match: re.Match[str]) -> str | None:
        values = {name: self._slot(name.rstrip("0123456789"), text) for name, text in match.groupdict().items()}
        if any(value is None for value in values.values()):
            return None
        return _SLOT.sub(lambda slot: values[_group(slot)] or "", template.spanish)

    def _slot(self, name: str, text: str) -> str | None:
        readers: Mapping[str, Callable[[str], str | None]] = {
            "day": day_in_spanish,
            "period": self._quantity,
            "service": self._service,
            "hours": _hours,
            "known": self.value,
            "value": lambda value: self.value(value) or f"«{value}»",
            "found": self._found,
            "line": lambda line: self._line(line, quote=False),
            "text": lambda words: f"«{words}»",
            "question": lambda words: f"«{words}»",
        }
        return readers.get(name, str)(text)

    def _service(self, label: str) -> str | None:
        if label.startswith("service "):
            return f"servicio {label.removeprefix('service ')}"
        return self.texts.services.get(label)

    def _quantity(self, english: str) -> str | None:
        number, _, unit = english.partition(" ")
        return None if not unit else self._counted(number, unit)

    def _counted(self, number: str, unit: str) -> str | None:
        plural = unit if unit in self.texts.units else f"{unit}s"
        known = self.texts.units.get(plural)
        return None if known is None else f"{number} {known[0] if number == '1' else known[1]}"

    def value(self, english: str) -> str | None:
        """Return a demanded or recorded value in Spanish; None if it has no translation, such as a choice of a policy."""
        lower = english[:1].lower() + english[1:]
        plain = self.texts.values.get(english) or self.texts.values.get(lower) or self._quantity(english)
        if plain is not None:
            return plain
        if re.fullmatch(_DATE, english):
            return day_in_spanish(english)
        return self._days(lower) or self._bounds(lower)

    def _bounds(self, english: str) -> str | None:
        found = []
        for part in english.split(" and "):
            match = _BOUND.fullmatch(part)
            counted = None if match is None else self._counted(match[3], match[4]) if match[4] else match[3]
            if match is None or counted is None:
                return None
            found.append(f"{_BOUNDS[match[1] is not None, match[2]]} {counted}")
        return " y ".join(found)

    def _days(self, english: str) -> str | None:
        between = _BETWEEN.fullmatch(english)
        if between is not None:
            return f"por lo menos {between[1]} días entre las dos fechas"
        first, _, last = english.partition(", no later")
        after, until = _FROM.fullmatch(first[:1].lower() + first[1:]), _UNTIL.fullmatch(f"no later{last}")
        if after is None and first != "a date":
            return None
        words = "una fecha" if after is None else f"una fecha desde el {day_in_spanish(after[1])}"
        return words if until is None else f"{words}, no después del servicio del {day_in_spanish(until[1])}"

    def _found(self, english: str) -> str:
        return "; ".join(self._one_found(each) for each in english.split("; "))

    def _one_found(self, english: str) -> str:
        match = _FOUND.fullmatch(english)
        if match is None:
            return f"«{english}»"
        value = self.value(match[1]) or f"«{match[1]}»"
        source = self.texts.values.get(match[2], self.texts.values["a record"])
        return f"{value} ({source}, {day_in_spanish(match[3])})"


def day_in_spanish(english: str) -> str:
    """Return "November 3, 2025" as "3 de noviembre de 2025"; any other text unchanged."""
    if re.fullmatch(_DATE, english) is None:
        return english
    month, day, year = english.replace(",", "").split()
    return f"{day} de {_SPANISH_MONTHS[month]} de {year}"


def slots_of(text: str) -> frozenset[str]:
    """Return the slots that a sentence names."""
    return frozenset(_group(slot) for slot in _SLOT.finditer(text))


def _lines(english: str) -> str:
    return english.replace("Lines", "Líneas").replace("Line", "Línea").replace(" and ", " y ")


def _hours(english: str) -> str | None:
    match = _HOURS.fullmatch(english)
    if match is None or match[1] not in _OPEN_DAYS or match[6] not in _ZONES:
        return None
    return f"{_OPEN_DAYS[match[1]]}, de {match[2]} {match[3]} a {match[4]} {match[5]}, hora {_ZONES[match[6]]}"


def _known(texts: Mapping[str, str], english: str, what: str) -> str:
    if english not in texts:
        raise LetterError(f"this {what} has no Spanish text in policies/letters/spanish.yaml: {english!r}")
    return texts[english]


def _group(slot: re.Match[str]) -> str:
    name = "day" if slot[1].endswith(("-ends", "last-day")) else slot[1]
    return f"{name}{slot[2]}"


def _template(english: str, spanish: str) -> _Template:
    return _Template(
        re.compile("".join(_parts(english)), re.DOTALL),
        spanish,
        any(f"{{{name}}}" in english for name in ("text", "question", "found")),
    )


def _parts(english: str) -> Iterator[str]:
    at = 0
    for slot in _SLOT.finditer(english):
        group = _group(slot)
        yield f"{re.escape(english[at : slot.start()])}(?P<{group}>{_SHAPES.get(group.rstrip('0123456789'), '.+?')})"
        at = slot.end()
    yield re.escape(english[at:])
