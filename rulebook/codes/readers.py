"""Specialties that read no images, and the ages and sexes of diagnoses: the schema of codes/readers.yaml, and its checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StrictBool, StrictInt

from adjudication.model.persons import Sex
from adjudication.model.readings import DiagnosisAges, DiagnosisSexes, NotReaders, ReaderTypes, TaxonomyRules
from adjudication.model.vocabulary import ProductLine
from contracts.scalars import Taxonomy, ascii_text
from rulebook.checks import Citations, date_range, refuse_unknown
from rulebook.codes.code_page_schema import TaxonomiesFile
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates
from rulebook.yaml_files import read_yaml

READERS: Final = "codes/readers.yaml"
TAXONOMIES: Final = "codes/taxonomies.yaml"
Category = Annotated[str, ascii_text(r"^[A-Z][0-9][0-9A-Z]$")]
"""The first three characters of an ICD-10-CM code."""


Prefixes = Annotated[tuple[Annotated[str, ascii_text(r"^[0-9]{2}[0-9A-Z]*$")], ...], Field(min_length=1)]
"""The first characters of provider taxonomy codes."""


class ReadersEntry(Cited):
    """Taxonomy prefixes of provider types that read images, and of organizations."""

    prefixes: Prefixes


class NotReadersEntry(Cited):
    """Taxonomy prefixes of provider types that read no images, and where their reading is denied; None: everywhere.

    `makes_none`: the technical part is denied there, too.
    """

    prefixes: Prefixes
    denied_for: tuple[ProductLine, ...] | None = None
    makes_none: StrictBool = False


class OtherSpecialtyEntry(Cited):
    """Taxonomy codes of a specialty that reads no images of the spine as its own work; each is one of taxonomies.yaml."""

    codes: Annotated[tuple[Taxonomy, ...], Field(min_length=1)]


class DiagnosisAgesEntry(Cited):
    """Diagnosis categories that belong to an age; first and last, and both ages, are inside."""

    first: Category
    last: Category
    from_years: Annotated[StrictInt, Field(ge=0)]
    to_years: Annotated[StrictInt, Field(ge=0, le=124)]


class DiagnosisSexesEntry(Cited):
    """Diagnosis categories of one sex; first and last are inside. `valid`: dates of service for which it is checked."""

    first: Category
    last: Category
    sex: Annotated[Sex, Field(strict=False)]
    valid: Dates


class SexStatedOtherwiseEntry(Cited):
    """The modifiers and condition codes by which a biller says that the sex on record does not apply."""

    codes: Annotated[tuple[Annotated[str, ascii_text(r"^[0-9A-Z]{2}$")], ...], Field(min_length=1)]


class ReadersFile(Cited):
    """codes/readers.yaml."""

    readers: ReadersEntry
    not_readers: tuple[NotReadersEntry, ...]
    other_specialty: OtherSpecialtyEntry
    diagnosis_ages: tuple[DiagnosisAgesEntry, ...]
    diagnosis_sexes: tuple[DiagnosisSexesEntry, ...]
    sex_stated_otherwise: SexStatedOtherwiseEntry


def reader_types(label: str, file: ReadersFile, citations: Citations) -> ReaderTypes:
    """Build the types that read images and those that do not; refuse a prefix in both lists or at the beginning of another."""
    seen: list[str] = []
    rows = []
    where = place(label, key="readers")
    cited = citations.of(where, file.readers, file)
    _once(where, file.readers.prefixes, seen)
    for index, entry in enumerate(file.not_readers):
        where = place(label, key=f"not_readers[{index}]")
        _once(where, entry.prefixes, seen)
        lines = frozenset(ProductLine if entry.denied_for is None else entry.denied_for)
        rows.append(NotReaders(entry.prefixes, lines, citations.of(where, entry, file), entry.makes_none))
    return ReaderTypes(file.readers.prefixes, tuple(rows), cited)


def _once(where: str, prefixes: tuple[str, ...], seen: list[str]) -> None:
    for prefix in prefixes:
        other = next((each for each in seen if each.startswith(prefix) or prefix.startswith(each)), None)
        if other is not None:
            raise PolicyDataError(where, f"{prefix} and {other} hold the same taxonomies", "keep one of the two")
        seen.append(prefix)


def taxonomy_rules(root: Path, citations: Citations) -> TaxonomyRules:
    """Build the checks of taxonomies, from codes/taxonomies.yaml and the specialties named here."""
    file = read_yaml(root / READERS, READERS, ReadersFile)
    listed = read_yaml(root / TAXONOMIES, TAXONOMIES, TaxonomiesFile)
    where, entry = place(READERS, key="other_specialty"), file.other_specialty
    known = {each.code for each in listed.taxonomies}
    refuse_unknown(where, "the taxonomy", entry.codes, known, f"list it in {TAXONOMIES} or correct it")
    absent = {each.code: citations.of(place(TAXONOMIES, key=each.code), each, listed) for each in listed.absent}
    cited = citations.of(where, entry, file)
    return TaxonomyRules(absent, listed.valid.starts, dict.fromkeys(entry.codes, cited))


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


def diagnosis_sexes(label: str, file: ReadersFile, citations: Citations) -> tuple[DiagnosisSexes, ...]:
    """Build the diagnoses of one sex; a range that runs backwards is refused."""
    rows = []
    otherwise = file.sex_stated_otherwise
    citations.of(place(label, key="sex_stated_otherwise"), otherwise, file)
    for index, entry in enumerate(file.diagnosis_sexes):
        where = place(label, key=f"diagnosis_sexes[{index}] {entry.first}")
        if entry.first > entry.last:
            raise PolicyDataError(where, "a range runs backwards", "exchange its two ends")
        dates, cited = date_range(where, entry.valid), citations.of(where, entry, file)
        rows.append(DiagnosisSexes(entry.first, entry.last, entry.sex, dates, frozenset(otherwise.codes), cited))
    return tuple(rows)
