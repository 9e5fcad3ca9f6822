"""The tables that the edits read: NCCI pairs and units of one quarter, and the editions of the whole ICD-10-CM code set.

An edition says whether a diagnosis code exists on a day, and may be billed (45 CFR 162.1002(c)(2)(i)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ClaimForm, DateRange, EditProgram

_CATEGORY: Final = 3
CATEGORY_ITSELF: Final = "-"
"""The entry of a category that is billable without further characters, such as I10."""


@dataclass(frozen=True, slots=True)
class PairEdit:
    """A procedure-to-procedure edit: column 1 is paid, column 2 denied; indicator 0 no modifier opens it, 1 one may."""

    column_one: str
    column_two: str
    indicator: str


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """A medically unlikely edit: at most `units` per day; the adjudication indicator states whether a line, a day, or a reviewable day is limited."""

    code: str
    units: Decimal
    indicator: str


@dataclass(frozen=True, slots=True)
class EditRelease:
    """One quarterly release of the pair and unit tables of one program, for one claim form.

    `carried_forward` marks a range for which the payer applies an older release until the next is loaded. `complete_for`:
    groups of codes; the limits of each and its pairs within a group are known on these dates. None: of all codes held.
    """

    release: str
    form: ClaimForm
    dates: DateRange
    carried_forward: bool
    pairs: Mapping[tuple[str, str], PairEdit]
    units: Mapping[str, UnitLimit]
    citation: Citation
    program: EditProgram = EditProgram.MEDICARE
    complete_for: tuple[frozenset[str], ...] | None = None
    by_column_one: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    by_column_two: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the pairs by each column, so that the pairs of a line are found without comparing it with every other line."""
        ones: dict[str, set[str]] = {}
        twos: dict[str, set[str]] = {}
        for one, two in self.pairs:
            ones.setdefault(one, set()).add(two)
            twos.setdefault(two, set()).add(one)
        object.__setattr__(self, "by_column_one", {code: frozenset(codes) for code, codes in ones.items()})
        object.__setattr__(self, "by_column_two", {code: frozenset(codes) for code, codes in twos.items()})


class CodeState(StrEnum):
    """The state of a code in an edition."""

    BILLABLE = "billable"
    HEADER = "header"  # billable codes are below it
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class DiagnosisEdition:
    """All billable codes of an edition. `categories`: per category one text with the remaining characters of each code, separated by blanks.

    One text per category takes less memory than 75,000 strings; every process holds the code set, and few claims need it.
    """

    dates: DateRange
    categories: Mapping[str, str]
    citation: Citation

    def state(self, code: str) -> CodeState:
        """Return the state of a code, which is written with its point."""
        codes = self.categories.get(code[:_CATEGORY])
        if codes is None:
            return CodeState.ABSENT
        rest = code[_CATEGORY + 1 :]
        if f" {rest or CATEGORY_ITSELF} " in codes:
            return CodeState.BILLABLE
        below = f" {rest}" in codes if rest else True
        return CodeState.HEADER if below else CodeState.ABSENT


def edition_of(editions: tuple[DiagnosisEdition, ...], day: date) -> tuple[DiagnosisEdition | None, bool]:
    """Return the edition in force on a day, and True; or the one nearest to it, and False. None where none is held."""
    nearest: DiagnosisEdition | None = None
    for edition in editions:
        if day in edition.dates:
            return edition, True
        if nearest is None or edition.dates.starts <= day:
            nearest = edition
    return nearest, False
