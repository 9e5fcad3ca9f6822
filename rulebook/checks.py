"""Checks that all tables of policies/ share: citations exist, ends are after starts, ranges never overlap.

No single table is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, TypeVar

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cite, Cited, Confidence, Dates, SourceEntry
from rulebook.source_places import SourcePlaces, readable

_DOUBTFUL = (Confidence.MEDIUM, Confidence.LOW)


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


Row = TypeVar("Row")
CodedRow = TypeVar("CodedRow", bound=_Coded)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry with an uncertain confidence, for policy owners to check."""

    where: str
    confidence: Confidence
    citation: Citation


@dataclass(frozen=True, slots=True)
class Citations:
    """Resolves the citation of each entry against sources.yaml, and remembers the doubtful ones.

    `places` turn the lines of a retrieved text into sections and paragraphs that a reader can find.
    """

    sources: dict[str, SourceEntry]
    places: Mapping[str, SourcePlaces] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    def of(self, where: str, *levels: Cited) -> Citation:
        """Return the citation of the first level that has one (entry before file)."""
        cite = next((level.citation for level in levels if level.citation), None)
        if cite is None:
            raise PolicyDataError(where, "has no citation", "add citation: {source, locator} to it or to its file")
        confidence = next((level.confidence for level in levels if level.confidence), None)
        if confidence is None:
            raise PolicyDataError(
                where, "has no confidence mark", "add confidence: checked, high, medium, low or synthetic"
            )
        return self.resolve(where, cite, confidence)

    def resolve(self, where: str, cite: Cite, confidence: Confidence) -> Citation:
        """Check that the cited source exists and may be relied on."""
        source = self.sources.get(cite.source)
        if source is None:
            raise PolicyDataError(
                where, f"cites the unknown source {cite.source!r}", "add it to sources.yaml or correct the id"
            )
        if source.use == "bad-reference":
            raise PolicyDataError(
                where,
                f"relies on {cite.source!r}, which sources.yaml marks as a bad reference",
                "cite an authority for the same fact",
            )
        citation = Citation(cite.source, readable(self.places, where, cite.source, cite.locator))
        if confidence in _DOUBTFUL:
            self.doubts.append(Doubt(where, confidence, citation))
        return citation


def date_range(where: str, dates: Dates) -> DateRange:
    """Turn half-open dates into a range; an end on or before the start is refused."""
    if dates.ends is not None and dates.ends <= dates.starts:
        raise PolicyDataError(
            where,
            f"ends {dates.ends} is not after starts {dates.starts}",
            "ranges are half-open: give the first day that is no longer inside",
        )
    return DateRange(dates.starts, dates.ends)


def refuse_overlaps(where: str, name: str, ranges: Iterable[DateRange]) -> None:
    """Refuse two ranges of one thing that share a day: it would be undefined which one governs."""
    ordered = sorted(ranges, key=lambda r: r.starts)
    for earlier, later in pairwise(ordered):
        if earlier.ends is None or later.starts < earlier.ends:
            raise PolicyDataError(
                where,
                f"{name} has two entries in force on {later.starts}",
                f"end the earlier one with ends: {later.starts}, or remove one",
            )


def by_name(
    where: str, rows: Sequence[Row], name: Callable[[Row], str], dates: Callable[[Row], DateRange]
) -> dict[str, tuple[Row, ...]]:
    """Group dated rows by name, in date order, refusing overlaps."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    for key, group in groups.items():
        refuse_overlaps(where, key, [dates(row) for row in group])
    return {key: tuple(sorted(group, key=lambda r: dates(r).starts)) for key, group in groups.items()}


def once(label: str, rows: Sequence[CodedRow]) -> dict[str, CodedRow]:
    """Index undated rows by code, refusing a code given twice."""
    found: dict[str, CodedRow] = {}
    for row in rows:
        if row.code in found:
            raise PolicyDataError(place(label), f"{row.code} is listed twice", "keep one of the two entries")
        found[row.code] = row
    return found


def refuse_unknown(where: str, what: str, used: Iterable[str], known: Iterable[str], remedy: str) -> None:
    """Refuse a reference from one table to an entry that no other table has."""
    missing = sorted(set(used) - set(known))
    if missing:
        raise PolicyDataError(where, f"{what} {missing[0]} is not loaded", remedy)
