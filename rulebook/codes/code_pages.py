"""Loads third-party code pages and the public record they are compared with.

A page never becomes a rule: its source must be marked as a bad reference, and no other table may cite it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from adjudication.code_pages.public_record import (
    AbsentCode,
    Facet,
    Facets,
    Meaning,
    PublicRecord,
    System,
    procedure_meaning,
)
from adjudication.code_pages.statements import CodePage, Statement
from adjudication.model.reference import DiagnosisCode, ModifierRule, ProcedureCode
from rulebook.checks import Citations, date_range, once, refuse_overlaps, refuse_unknown
from rulebook.codes.code_page_schema import (
    AbsentEntry,
    CodePageFile,
    MeaningEntry,
    MeaningKeysFile,
    Meanings,
    MeaningsFile,
    StatementRecord,
    TaxonomiesFile,
)
from rulebook.errors import PolicyDataError, place
from rulebook.schema import SourceEntry
from rulebook.yaml_files import read_yaml

CODE_PAGES = "code_pages"
_KEYS = "codes/meaning_keys.yaml"
_TAXONOMIES = "codes/taxonomies.yaml"
_MEANINGS = {
    "codes/procedure_scopes.yaml": System.PROCEDURE,
    "codes/diagnosis_meanings.yaml": System.DIAGNOSIS,
    "codes/modifier_meanings.yaml": System.MODIFIER,
}
CODE_PAGE_TABLES = frozenset({_KEYS, _TAXONOMIES, *_MEANINGS})

Keys = Mapping[Facet, frozenset[str]]


@dataclass(frozen=True, slots=True)
class CodeTables:
    """The code tables of the reference data, as rulebook/codes/tables.py builds them."""

    procedures: Mapping[str, tuple[ProcedureCode, ...]]
    modifiers: Mapping[str, ModifierRule]
    diagnoses: Mapping[str, tuple[DiagnosisCode, ...]]


@dataclass(frozen=True, slots=True)
class CodePageLibrary:
    """The pages held, the record they are compared with, and the words another page may use."""

    record: PublicRecord
    pages: Mapping[str, CodePage]
    keys: Keys
    sources: Mapping[str, SourceEntry]
    conflicts: frozenset[str]

    def read(self, path: Path, label: str) -> CodePage:
        """Read one page, also from outside policies/; raises PolicyDataError for the first error."""
        file = read_yaml(path, label, CodePageFile)
        source = self.sources.get(file.source)
        if source is None or source.use != "bad-reference":
            raise PolicyDataError(
                place(label, key="source"),
                f"the source {file.source} of a code page is not marked as a bad reference",
                "list it in sources.yaml with use: bad-reference, so that no rule can rely on it",
            )
        refuse_unknown(label, "the code", {file.subject}, self.record.procedures, "list it in codes/procedures.yaml")
        seen: set[str] = set()
        for index, entry in enumerate(file.statements):
            where = place(label, key=f"statements[{index}] {entry.rule}")
            if entry.rule in seen:
                raise PolicyDataError(where, "another statement has the same rule id", "give each its own")
            seen.add(entry.rule)
            self._refuse_strange(where, entry)
        return CodePage(file.page, file.source, file.subject, source.retrieved, tuple(map(_statement, file.statements)))

    def _refuse_strange(self, where: str, entry: StatementRecord) -> None:
        refuse_strange_keys(where, entry.meaning, self.keys)
        named = () if entry.conflict is None else (entry.conflict,)
        refuse_unknown(where, "the conflict", named, self.conflicts, "register it in conflicts.yaml or correct it")


def load_code_pages(root: Path, tables: CodeTables, citations: Citations, conflicts: Iterable[str]) -> CodePageLibrary:
    """Load every page under code_pages/ with the public record; `conflicts` are the ids of the conflict register."""
    keys = {facet: frozenset(known) for facet, known in read_yaml(root / _KEYS, _KEYS, MeaningKeysFile).facets.items()}
    record = _record(root, tables, citations, keys)
    library = CodePageLibrary(record, {}, keys, citations.sources, frozenset(conflicts))
    pages: dict[str, CodePage] = {}
    for path in sorted((root / CODE_PAGES).glob("*.yaml")):
        label = f"{CODE_PAGES}/{path.name}"
        page = library.read(path, label)
        if page.page != path.stem:
            raise PolicyDataError(place(label), f"is called {page.page} inside", "give file and page the same name")
        pages[page.page] = page
    return replace(library, pages=pages)


def refuse_strange_keys(where: str, meaning: Meanings, known: Keys) -> None:
    """Refuse an undeclared key, which would be reported as a difference."""
    for facet, keys in meaning.items():
        for key in keys:
            if key not in known.get(facet, ()):
                raise PolicyDataError(
                    where, f"{key} is not a known key of {facet}", f"correct it, or add it to {facet} in {_KEYS}"
                )


def _record(root: Path, tables: CodeTables, citations: Citations, keys: Keys) -> PublicRecord:
    held = [procedure_meaning(entry) for versions in tables.procedures.values() for entry in versions]
    for label, system in _MEANINGS.items():
        held += _meanings(label, read_yaml(root / label, label, MeaningsFile), system, (citations, keys))
    _refuse_unlisted(held, tables)
    file = read_yaml(root / _TAXONOMIES, _TAXONOMIES, TaxonomiesFile)
    held += _taxonomies(file, (citations, keys))
    return PublicRecord(
        meanings=_by_code(held),
        procedures=tables.procedures,
        modifiers=tables.modifiers,
        diagnoses=tables.diagnoses,
        absent=_absent(file, citations),
    )


def _meanings(label: str, file: MeaningsFile, system: System, known: tuple[Citations, Keys]) -> Iterable[Meaning]:
    for index, entry in enumerate(file.meanings):
        where = place(label, key=f"meanings[{index}] {entry.code}")
        yield _meaning(where, entry, file, system, known)


def _meaning(
    where: str, entry: MeaningEntry, file: MeaningsFile | TaxonomiesFile, system: System, known: tuple[Citations, Keys]
) -> Meaning:
    citations, keys = known
    refuse_strange_keys(where, entry.meaning, keys)
    dates = date_range(where, entry.valid or file.valid)
    return Meaning(
        system, entry.code, dates, _facets(entry.meaning), citations.of(where, entry, file), entry.advice or ""
    )


def _taxonomies(file: TaxonomiesFile, known: tuple[Citations, Keys]) -> Iterable[Meaning]:
    for index, entry in enumerate(file.taxonomies):
        where = place(_TAXONOMIES, key=f"taxonomies[{index}] {entry.code}")
        meaning = MeaningEntry(
            code=entry.code,
            meaning={Facet.SPECIALTY: entry.specialty},
            valid=entry.valid,
            citation=entry.citation,
            confidence=entry.confidence,
        )
        yield _meaning(where, meaning, file, System.TAXONOMY, known)


def _absent(file: TaxonomiesFile, citations: Citations) -> dict[str, AbsentCode]:
    existing = {entry.code for entry in file.taxonomies}

    def built(index: int, entry: AbsentEntry) -> AbsentCode:
        where = place(_TAXONOMIES, key=f"absent[{index}] {entry.code}")
        if entry.code in existing:
            raise PolicyDataError(where, "is listed as existing as well", "keep one of the two entries")
        refuse_unknown(where, "the taxonomy", entry.instead, existing, "list it under taxonomies or correct it")
        return AbsentCode(entry.code, entry.instead, citations.of(where, entry, file))

    return once(_TAXONOMIES, [built(index, entry) for index, entry in enumerate(file.absent)])


def _refuse_unlisted(held: Iterable[Meaning], tables: CodeTables) -> None:
    """Refuse the meaning of a diagnosis or modifier that its table does not hold: no comparison would find it."""
    for meaning in held:
        if meaning.system is System.DIAGNOSIS:
            label, table = "codes/diagnosis_meanings.yaml", set(tables.diagnoses)
        elif meaning.system is System.MODIFIER:
            label, table = "codes/modifier_meanings.yaml", set(tables.modifiers)
        else:
            continue
        refuse_unknown(label, f"the {meaning.system}", {meaning.code}, table, "list it in its code table as well")


def _by_code(held: Iterable[Meaning]) -> dict[tuple[System, str], tuple[Meaning, ...]]:
    """Group by code; two sources may each give a facet, but not the same one for one day."""
    grouped: dict[tuple[System, str], list[Meaning]] = {}
    for meaning in held:
        grouped.setdefault((meaning.system, meaning.code), []).append(meaning)
    for (system, code), group in grouped.items():
        for facet in Facet:
            given = [meaning.dates for meaning in group if facet in meaning.facets]
            refuse_overlaps("codes", f"the {facet} of the {system} {code}", given)
    return {key: tuple(group) for key, group in grouped.items()}


def _facets(meaning: Meanings) -> Facets:
    return {facet: frozenset(keys) for facet, keys in meaning.items()}


def _statement(entry: StatementRecord) -> Statement:
    return Statement(
        rule_id=entry.rule,
        kind=entry.kind,
        at=entry.at,
        says=entry.says,
        code=entry.code,
        meaning=_facets(entry.meaning),
        mentions=tuple(role.value for role in entry.mentions),
        items=entry.items,
        conflict=entry.conflict,
    )
