"""Turns lines of a retrieved source into places that a reader can cite, and checks the quotations there.

Policies cite the lines of the text as it was retrieved (L13, L100-102). No reader can look those up, so the loader
turns them into sections, paragraphs and statements: "statement I.A.3".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, StrictInt, model_validator

from contracts.scalars import ascii_text
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Record, Slug
from rulebook.yaml_files import read_yaml

SOURCES: Final = "sources"
"""The folder below policies/ with one file per source that is cited by its lines."""
_RUN: Final = re.compile(r"\bL[0-9]+(?:-[0-9]+)?(?:, L[0-9]+(?:-[0-9]+)?)*")
_LINES: Final = re.compile(r"L([0-9]+)(?:-([0-9]+))?")

LAST: Final = 10_000
"""A line number after the last line of any source."""

LineNumber = Annotated[StrictInt, Field(ge=1, le=LAST)]
Words = Annotated[str, Field(min_length=3, max_length=120, pattern=r"^\S")]


class SectionRecord(Record):
    """Neighboring lines under one heading: a reader calls each by its number, or by the name that `items` gives it."""

    title: Annotated[str, Field(max_length=120)]
    lines: Annotated[str, ascii_text(r"^[0-9]+-[0-9]+$")]
    item: Slug = "paragraph"
    headings: tuple[LineNumber, ...] = ()
    items: dict[LineNumber, Annotated[str, ascii_text(r"^[0-9A-Z.]+$")]] = Field(default_factory=dict)

    @property
    def span(self) -> range:
        """The lines of the section."""
        first, last = self.lines.split("-")
        return range(int(first), int(last) + 1)


class PlacesFile(Record):
    """sources/<source>.yaml: its sections, and per cited line a short quotation, or our own words where the text is licensed."""

    source: Slug
    sections: Annotated[tuple[SectionRecord, ...], Field(min_length=1)]
    quotations: dict[LineNumber, Words]
    paraphrases: dict[LineNumber, Words] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        numbers = [number for section in self.sections for number in section.span]
        if len(numbers) != len(set(numbers)):
            msg = "two sections hold the same line"
            raise ValueError(msg)
        both = self.quotations.keys() & self.paraphrases.keys()
        if both:
            msg = f"line {min(both)} has a quotation and a paraphrase; keep one"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    section: int
    title: str
    kind: str
    name: str


class SourcePlaces:
    """The places of one source by line."""

    def __init__(self, file: PlacesFile) -> None:
        """Number the lines of each section."""
        self.file = file
        self._places = dict(_numbered(file.sections))
        self._lines: dict[str, tuple[int, ...]] = {}

    def readable(self, locator: str) -> str:
        """Replace the lines in a locator by places that a reader can look up; raises KeyError for a line without one."""
        named = _RUN.sub(lambda match: self._named(lines_in(match.group())), locator)
        lines = lines_in(locator)
        if lines:  # a locator without lines is readable already
            self._lines.setdefault(named, lines)
        return named

    def starts(self, locator: str) -> tuple[int, str]:
        """Return the first line of a place and the section it is in, by which a reader finds it; the end if it has none."""
        first = next(iter(self._lines.get(locator) or lines_in(locator)), None)
        return (LAST, "") if first is None else (first, self._places[first].title)

    def said(self, locator: str) -> tuple[str, ...]:
        """Return the stored text at a place: a quotation, or our own words."""
        texts = {**self.file.paraphrases, **self.file.quotations}
        lines = self._lines.get(locator) or lines_in(locator)
        return tuple(texts[line] for line in lines if line in texts and self._places[line].kind != "heading")

    def _named(self, numbers: Iterable[int]) -> str:
        places = [self._places[number] for number in numbers]
        return "; ".join(_joined(list(group)) for _, group in groupby(places, key=lambda found: found.section))


def lines_in(locator: str) -> tuple[int, ...]:
    """Return the lines that a locator names."""
    found: list[int] = []
    for match in _LINES.finditer(locator):
        first = int(match.group(1))
        found += range(first, int(match.group(2) or first) + 1)
    return tuple(found)


def read_places(root: Path, known: Iterable[str]) -> dict[str, SourcePlaces]:
    """Read every file of sources/; `known` are the ids of sources.yaml."""
    found: dict[str, SourcePlaces] = {}
    for path in sorted((root / SOURCES).glob("*.yaml")):
        label = f"{SOURCES}/{path.name}"
        file = read_yaml(path, label, PlacesFile)
        if file.source != path.stem or file.source not in known:
            what = f"describes {file.source}, which is not its file name, or not a source of sources.yaml"
            raise PolicyDataError(place(label), what, "name the file after the source")
        found[file.source] = SourcePlaces(file)
    return found


def readable(places: Mapping[str, SourcePlaces], where: str, source: str, locator: str) -> str:
    """Return a locator as a reader cites it; a source that is not cited by its lines keeps its own."""
    held = places.get(source)
    if held is None:
        return locator
    try:
        return held.readable(locator)
    except KeyError as line:
        what = f"cites line {line} of {source}, which no section of {SOURCES}/{source}.yaml holds"
        raise PolicyDataError(where, what, "correct the line, or add its section") from None


def recorded(places: Mapping[str, SourcePlaces], source: str, locator: str) -> str:
    """Return a stored place as a reader cites it; older findings still name lines."""
    held = places.get(source)
    try:
        return locator if held is None else held.readable(locator)
    except KeyError:
        return locator


def said(places: Mapping[str, SourcePlaces], source: str, locator: str) -> tuple[str, ...]:
    """Return a source's text at a place that a loaded citation names; empty where its text is not kept."""
    held = places.get(source)
    return () if held is None else held.said(locator)


def _numbered(sections: tuple[SectionRecord, ...]) -> Iterator[tuple[int, _Place]]:
    for index, section in enumerate(sections):
        count = 0
        for number in section.span:
            if number in section.headings:
                yield number, _Place(number, index, section.title, "heading", "")
                continue
            count += 1
            yield number, _Place(number, index, section.title, section.item, section.items.get(number, str(count)))


def _joined(places: list[_Place]) -> str:
    """Name the places of one section: "Repeat imaging, paragraphs 2 and 4", "statements I.A.1 to I.A.6"."""
    parts = [places[0].title] if places[0].title else []
    if any(found.kind == "heading" for found in places):
        parts.append("heading")
    named = [found for found in places if found.kind != "heading"]
    names = list(dict.fromkeys(found.name for found in named))
    if len(names) == 1:
        parts.append(f"{named[0].kind} {names[0]}")
    elif len(names) > 2:
        parts.append(f"{named[0].kind}s {names[0]} to {names[-1]}" if _follow(named) else _listed(named[0].kind, names))
    elif names:
        parts.append(_listed(named[0].kind, names))
    return ", ".join(parts)


def _follow(named: list[_Place]) -> bool:
    """Return whether the lines are neighbors."""
    return named[-1].line - named[0].line == len(named) - 1


def _listed(kind: str, names: list[str]) -> str:
    return f"{kind}s {', '.join(names[:-1])} and {names[-1]}"
