"""Who reads no images, and the ages of diagnoses: the shape of codes/readers.yaml, and what is refused in it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictInt

from adjudication.model.readings import DiagnosisAges, NotReaders
from contracts.scalars import ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited

READERS: Final = "codes/readers.yaml"
Category = Annotated[str, ascii_text(r"^[A-Z][0-9][0-9A-Z]$")]
"""The first three characters of an ICD-10-CM code."""


class NotReadersEntry(Cited):
    """Taxonomy prefixes of provider types that read no images."""

    prefixes: Annotated[tuple[Annotated[str, ascii_text(r"^[0-9]{2}[0-9A-Z]*$")], ...], Field(min_length=1)]


class DiagnosisAgesEntry(Cited):
    """Diagnosis categories that belong to an age; first and last, and both ages, are inside."""

    first: Category
    last: Category
    from_years: Annotated[StrictInt, Field(ge=0)]
    to_years: Annotated[StrictInt, Field(ge=0, le=124)]


class ReadersFile(Cited):
    """codes/readers.yaml."""

    not_readers: NotReadersEntry
    diagnosis_ages: tuple[DiagnosisAgesEntry, ...]


def not_readers(label: str, file: ReadersFile, citations: Citations) -> NotReaders:
    """Build the taxonomy prefixes of those who read no images."""
    cited = citations.of(place(label, key="not_readers"), file.not_readers, file)
    return NotReaders(file.not_readers.prefixes, cited)


def diagnosis_ages(label: str, file: ReadersFile, citations: Citations) -> tuple[DiagnosisAges, ...]:
    """Build the ages of diagnoses; a range that runs backwards is refused."""
    rows = []
    for index, entry in enumerate(file.diagnosis_ages):
        where = place(label, key=f"diagnosis_ages[{index}] {entry.first}")
        if entry.first > entry.last or entry.from_years > entry.to_years:
            raise PolicyDataError(where, "a range runs backwards", "exchange its two ends")
        cited = citations.of(where, entry, file)
        rows.append(DiagnosisAges(entry.first, entry.last, entry.from_years, entry.to_years, cited))
    return tuple(rows)
