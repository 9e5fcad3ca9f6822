"""Applies loaded code files to the dated tables: the schema of codes/loaded.yaml, and the changes it makes.

A file covers the codes that it lists from its first day until its year ends. `claimwright codes import` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StrictInt

from adjudication.model.findings import Citation
from adjudication.model.reference import DiagnosisCode, ProcedureCode
from adjudication.model.vocabulary import DateRange
from rulebook.checks import Citations, date_range
from rulebook.edits.tables import LoadedFile
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, Day, Diagnosis, Procedure, Record

LOADED: Final = "codes/loaded.yaml"


class CodeKind(StrEnum):
    """The code sets of which files are loaded."""

    ICD10CM = "icd10cm"
    HCPCS = "hcpcs"
    CPT = "cpt"


class LoadEntry(Cited):
    """One loaded file. `gone`: held codes that the file, which names every code, no longer has.

    `headers`: codes that are not billable by it, each with the billable codes below it. `ended`: last day in force.
    """

    kind: CodeKind
    year: Annotated[StrictInt, Field(ge=2015, le=2100)]
    valid: Dates
    files: Annotated[tuple[LoadedFile, ...], Field(min_length=1)]
    in_force: tuple[Diagnosis | Procedure, ...] = ()
    headers: dict[Diagnosis, Annotated[tuple[Diagnosis, ...], Field(min_length=1)]] = Field(default_factory=dict)
    ended: dict[Procedure, Day] = Field(default_factory=dict)
    gone: tuple[Diagnosis | Procedure, ...] = ()


class LoadedFileList(Record):
    """codes/loaded.yaml."""

    loads: tuple[LoadEntry, ...]


def procedures_loaded(
    table: Mapping[str, tuple[ProcedureCode, ...]], file: LoadedFileList, citations: Citations
) -> dict[str, tuple[ProcedureCode, ...]]:
    """Return the procedure codes as the loaded files leave them."""
    found = dict(table)
    for dates, citation, load in _in_order(file, citations, {CodeKind.HCPCS, CodeKind.CPT}):
        unknown = sorted({*load.in_force, *load.ended, *load.gone} - found.keys())
        if unknown:
            where = place(LOADED, key=f"{load.kind} {load.year}")
            raise PolicyDataError(
                where, f"{unknown[0]} is not in codes/procedures.yaml", "list it there, or load again"
            )
        for code in load.in_force:
            found[code] = tuple(_vouched(version, dates) for version in found[code])
        for code, last in load.ended.items():
            found[code] = _cut(found[code], DateRange(last + timedelta(days=1), None), citation)
        for code in load.gone:
            found[code] = _cut(found[code], dates, citation)
    return found


def _vouched(version: ProcedureCode, dates: DateRange) -> ProcedureCode:
    """Extend the covered days by each file's year, only if the years before are covered, so that no gap is skipped."""
    until = version.verified_until
    if until is None or until < dates.starts or (dates.ends is not None and until >= dates.ends):
        return version
    return replace(version, verified_until=dates.ends)


def _cut(versions: Sequence[ProcedureCode], dates: DateRange, citation: Citation) -> tuple[ProcedureCode, ...]:
    """End the entries in force on the first of these days; those that begin later stay."""
    cut = []
    for version in versions:
        if dates.starts not in version.valid:
            cut.append(version)
        elif version.valid.starts < dates.starts:
            valid = DateRange(version.valid.starts, dates.starts)
            cut.append(replace(version, valid=valid, verified_until=None, citation=citation))
    return tuple(cut)


def diagnoses_loaded(
    table: Mapping[str, tuple[DiagnosisCode, ...]], file: LoadedFileList, citations: Citations
) -> dict[str, tuple[DiagnosisCode, ...]]:
    """Return the diagnoses as the loaded files leave them."""
    found = dict(table)
    for dates, citation, load in _in_order(file, citations, {CodeKind.ICD10CM}):
        for code in load.in_force:
            found[code] = _from(found.get(code, ()), DiagnosisCode(code, dates, True, (), citation))
        for code, below in load.headers.items():
            found[code] = _from(found.get(code, ()), DiagnosisCode(code, dates, False, tuple(below), citation))
        for code in load.gone:
            found[code] = tuple(_before(version, dates) for version in found.get(code, ()) if _stays(version, dates))
    return found


def _from(versions: Sequence[DiagnosisCode], new: DiagnosisCode) -> tuple[DiagnosisCode, ...]:
    """Put a version in force from its first day on, unless the one in force is equal."""
    current = next((v for v in versions if new.valid.starts in v.valid), None)
    if current is not None and current.billable is new.billable:
        return tuple(versions)
    later = [v.valid.starts for v in versions if v.valid.starts > new.valid.starts]
    put = replace(new, valid=DateRange(new.valid.starts, min(later, default=None)))
    kept = [_before(version, new.valid) for version in versions if _stays(version, new.valid)]
    return tuple(sorted([*kept, put], key=lambda version: version.valid.starts))


def _stays(version: DiagnosisCode, dates: DateRange) -> bool:
    return version.valid.starts != dates.starts


def _before(version: DiagnosisCode, dates: DateRange) -> DiagnosisCode:
    if dates.starts not in version.valid:
        return version
    return replace(version, valid=DateRange(version.valid.starts, dates.starts))


def _in_order(
    file: LoadedFileList, citations: Citations, kinds: set[CodeKind]
) -> Iterable[tuple[DateRange, Citation, LoadEntry]]:
    """Yield the loads of these kinds, earliest first; two of one kind and day are refused."""
    seen: set[tuple[CodeKind, object]] = set()
    for index, load in sorted(enumerate(file.loads), key=lambda each: each[1].valid.starts):
        where = place(LOADED, key=f"loads[{index}] {load.kind} {load.year}")
        key = (load.kind, load.valid.starts)
        if key in seen:
            raise PolicyDataError(where, "is loaded twice for its first day", "keep one, or load it with --replace")
        seen.add(key)
        if load.kind in kinds:
            yield date_range(where, load.valid), citations.of(where, load), load
