"""Ranges of codes that another system of the payer decides, and revenue codes by their kind of imaging."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange

_PARTS: Final = re.compile(r"([A-Z]?)([0-9]{4,5})([A-Z]?)")


@dataclass(frozen=True, slots=True)
class OutsideCodes:
    """A range of codes of one kind (first and last are inside), for example drugs. A code we hold is never outside."""

    kind: str
    first: str
    last: str
    dates: DateRange
    citation: Citation

    def holds(self, code: str) -> bool:
        """Return whether a code lies in the range: the same letter before or after the number, and a number between the two."""
        own, first, last = (_PARTS.fullmatch(each) for each in (code, self.first, self.last))
        if own is None or first is None or last is None:
            return False
        return (
            (own[1], own[3]) == (first[1], first[3]) == (last[1], last[3])
            and len(own[2]) == len(first[2])
            and first[2] <= own[2] <= last[2]
        )


@dataclass(frozen=True, slots=True)
class ImagingRevenue:
    """Revenue codes of one kind of imaging, by their first characters, and the modalities of its procedure codes."""

    kind: str
    prefixes: tuple[str, ...]
    modalities: frozenset[str]
    citation: Citation
