"""The whole ICD-10-CM code set by edition: whether a code exists on a day, and may be billed (45 CFR 162.1002(c)(2)(i))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange

_CATEGORY: Final = 3
CATEGORY_ITSELF: Final = "-"
"""The entry of a category that is billable without further characters, such as I10."""


class CodeState(StrEnum):
    """What an edition says of a code."""

    BILLABLE = "billable"
    HEADER = "header"  # billable codes are below it
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class DiagnosisEdition:
    """All billable codes of an edition. `categories`: per category the rest of each code, in one text with a blank around each.

    One text per category instead of 75,000 strings: every process holds the code set, and few claims ask for it.
    """

    dates: DateRange
    categories: Mapping[str, str]
    citation: Citation

    def state(self, code: str) -> CodeState:
        """Return what the edition says of a code, which is written with its point."""
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
