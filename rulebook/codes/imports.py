"""Turns a published code file into an entry of codes/loaded.yaml: the part about codes held here. An ICD-10-CM file also becomes
an edition of the whole code set (diagnosis_editions.py).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import file_digest
from itertools import islice, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from adjudication.model.reference import DiagnosisCode, ProcedureCode
from adjudication.model.vocabulary import DateRange
from rulebook.checks import Citations
from rulebook.codes.diagnosis_editions import (
    EditionEntry,
    by_category,
    count_codes,
    read_editions,
    with_edition,
    write_editions,
)
from rulebook.codes.loads import (
    LOADED,
    CodeKind,
    LoadedFileList,
    LoadEntry,
    diagnoses_loaded,
    procedures_loaded,
)
from rulebook.codes.published_codes import PublishedCode, diagnosis_codes, hcpcs_codes, listed_codes
from rulebook.codes.tables import (
    DIAGNOSES,
    PROCEDURES,
    DiagnosesFile,
    ProceduresFile,
    all_diagnoses,
    diagnoses,
    procedures,
)
from rulebook.edits.archives import tables_in
from rulebook.edits.tables import LoadedFile
from rulebook.errors import PolicyDataError
from rulebook.schema import Cite, Confidence, Dates, SourcesFile
from rulebook.yaml_files import read_yaml

_NAMED: Final = {CodeKind.ICD10CM: ("order", "codes"), CodeKind.HCPCS: ("anweb",), CodeKind.CPT: ()}
"""The names of the wanted table in a published archive of several; the first that exists is read."""
_MOST_LOST: Final = 1_000
"""The most codes of ICD-10-CM that a file may end: the highest number of a year was 311 (icd10cm-fy2027-changes in sources.yaml)."""
_YEAR: Final = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class CodeFile:
    """The file to load. `starts`: the first day it governs (its year's first day unless stated, as for an April update).

    `complete`: it lists every code in force of its kind, so that a code of our tables that it lacks has ended.
    """

    kind: CodeKind
    year: int
    path: Path
    source: str
    starts: date | None = None
    complete: bool = False
    replace: bool = False

    @property
    def dates(self) -> DateRange:
        """The days that it covers: fiscal years of ICD-10-CM begin on October 1 of the year before."""
        fiscal = self.kind is CodeKind.ICD10CM
        first = date(self.year - 1, 10, 1) if fiscal else date(self.year, 1, 1)
        last = date(self.year, 10, 1) if fiscal else date(self.year + 1, 1, 1)
        return DateRange(self.starts or first, last)


@dataclass(frozen=True, slots=True)
class CodeSummary:
    """The number of codes in the file, its new entry, and its changes, one line each. `edition`: the whole code set it made."""

    read: int
    entry: LoadEntry
    changes: tuple[str, ...]
    edition: int = 0


def import_codes(
    policies_dir: Path, wanted: CodeFile, *, preview: bool = False, most_gone: int | None = None
) -> CodeSummary:
    """Enter a published file in codes/loaded.yaml; nothing is written if it is wrong, contradicts itself, or with `preview`.

    `most_gone`: a file that lacks more codes of our tables is refused as incomplete, as is one that lacks half of the codes of
    its kind, or a large part of the edition before; None: no limit.
    """
    current = read_yaml(policies_dir / LOADED, LOADED, LoadedFileList)
    _require_source(policies_dir, wanted.source)
    kept = _without(current, wanted)
    if not wanted.path.is_file():
        raise PolicyDataError(str(wanted.path), "the file is missing", "download it first")
    with wanted.path.open("rb") as handle:
        loaded = LoadedFile(name=wanted.path.name, sha256=file_digest(handle, "sha256").hexdigest())
    with TemporaryDirectory() as folder:
        codes = _read(wanted, Path(folder))
    held = _held(policies_dir, LoadedFileList(loads=kept))
    entry = _entry(wanted, loaded, codes, held)
    if most_gone is not None:
        _refuse_cut_short(wanted, len(entry.gone), min(most_gone, held.of_kind(wanted.kind) // 2), "the codes held")
    if wanted.kind is not CodeKind.ICD10CM:
        if not preview:
            _write(policies_dir / LOADED, (*kept, entry))
        return CodeSummary(len(codes), entry, _changes(entry, held))
    editions = read_editions(policies_dir)
    now = by_category(code for code, each in codes.items() if each.billable)
    if most_gone is not None:
        _refuse_cut_short(wanted, _lost(editions, entry, now), _MOST_LOST, "the codes of the edition before")
    count = count_codes(now)
    named = entry.model_dump(include={"citation", "confidence", "valid", "files"})
    if not preview:
        write_editions(policies_dir, with_edition(editions, EditionEntry(codes=count, **named), now))
        _write(policies_dir / LOADED, (*kept, entry))
    return CodeSummary(len(codes), entry, _changes(entry, held), count)


def _refuse_cut_short(wanted: CodeFile, lost: int, most: int, of_what: str) -> None:
    if lost > most:
        raise PolicyDataError(
            wanted.path.name,
            f"lacks {lost} of {of_what}, so that it may have been cut short",
            "download it again; if so many codes did end, give --many-ended",
        )


def _lost(editions: Sequence[tuple[EditionEntry, Mapping[str, str]]], entry: LoadEntry, now: Mapping[str, str]) -> int:
    """Return how many codes of the edition before a new one lacks; 0 where there is none before it."""
    earlier = [codes for each, codes in editions if each.valid.starts < entry.valid.starts]
    last = earlier[-1] if earlier else {}
    return sum(len(set(codes.split()) - set(now.get(category, "").split())) for category, codes in last.items())


@dataclass(frozen=True, slots=True)
class _Held:
    """The codes of our tables after the files loaded so far. For codes of `families`, only changes are entered."""

    procedures: Mapping[str, tuple[ProcedureCode, ...]]
    diagnoses: Mapping[str, tuple[DiagnosisCode, ...]]
    families: frozenset[str]

    def of_kind(self, kind: CodeKind) -> int:
        """Return how many codes of a kind are held."""
        if kind is CodeKind.ICD10CM:
            return len(self.diagnoses)
        return sum(code[0].isalpha() is (kind is CodeKind.HCPCS) for code in self.procedures)

    def unchanged(self, code: PublishedCode | None, held: str, day: date) -> bool:
        """Return whether a file's entry for a code of a family repeats the one held."""
        current = next((version for version in self.diagnoses[held] if day in version.valid), None)
        if held not in self.families or current is None:
            return False
        return not current.billable if code is None else code.billable is current.billable


def _held(policies_dir: Path, loads: LoadedFileList) -> _Held:
    citations = Citations(dict(read_yaml(policies_dir / "sources.yaml", "sources.yaml", SourcesFile).sources))
    at = policies_dir / PROCEDURES
    found = procedures(PROCEDURES, read_yaml(at, PROCEDURES, ProceduresFile), citations)
    of_claims = all_diagnoses(policies_dir, citations)
    one_by_one = diagnoses(DIAGNOSES, read_yaml(policies_dir / DIAGNOSES, DIAGNOSES, DiagnosesFile), citations)
    return _Held(
        procedures_loaded(found, loads, citations),
        diagnoses_loaded(of_claims, loads, citations),
        frozenset(of_claims.keys() - one_by_one.keys()),
    )


def _require_source(policies_dir: Path, source: str) -> None:
    if source not in read_yaml(policies_dir / "sources.yaml", "sources.yaml", SourcesFile).sources:
        raise PolicyDataError(
            "sources.yaml", f"does not list {source!r}", "add the published file there first, then load it"
        )


def _without(current: LoadedFileList, wanted: CodeFile) -> tuple[LoadEntry, ...]:
    same = [load for load in current.loads if (load.kind, load.valid.starts) == (wanted.kind, wanted.dates.starts)]
    if same and not wanted.replace:
        raise PolicyDataError(
            LOADED,
            f"{wanted.kind} is already loaded from {wanted.dates.starts}",
            "give --replace if a correction was published, or --from with the first day of an update",
        )
    return tuple(load for load in current.loads if load not in same)


def _read(wanted: CodeFile, folder: Path) -> dict[str, PublishedCode]:
    tables = tables_in(wanted.path, folder)
    path = tables[0]
    if len(tables) > 1:
        named = [
            t for word in _NAMED[wanted.kind] for t in tables if word in t.name.lower() and "addenda" not in t.name
        ]
        if not named:
            names = ", ".join(table.name for table in tables)
            raise PolicyDataError(
                wanted.path.name, f"holds several tables: {names}", "unpack it and give the code file"
            )
        path = named[0]
    years = {int(found) for found in _YEAR.findall(path.name)} or {int(y) for y in _YEAR.findall(wanted.path.name)}
    if years and wanted.year not in years:
        raise PolicyDataError(
            path.name, f"is of {min(years)} by its name, not of {wanted.year}", "give the file of that year"
        )
    match wanted.kind:
        case CodeKind.ICD10CM:
            return diagnosis_codes(path)
        case CodeKind.HCPCS:
            return hcpcs_codes(path)
        case CodeKind.CPT:
            return listed_codes(path)


def _entry(wanted: CodeFile, loaded: LoadedFile, codes: Mapping[str, PublishedCode], held: _Held) -> LoadEntry:
    dates = wanted.dates
    entry = LoadEntry(
        kind=wanted.kind,
        year=wanted.year,
        valid=Dates(starts=dates.starts, ends=dates.ends),
        files=(loaded,),
        citation=Cite(source=wanted.source, locator=f"{wanted.kind.value} {wanted.year}, from {dates.starts}"),
        confidence=Confidence.CHECKED,
    )
    if wanted.kind is CodeKind.ICD10CM:
        return _diagnoses(entry, codes, held)
    return _procedures(entry, codes, held, wanted)


def _diagnoses(entry: LoadEntry, codes: Mapping[str, PublishedCode], held: _Held) -> LoadEntry:
    """Judge the held codes, and name the billable codes below those that became headers. A code file has no headers."""
    headers: dict[str, tuple[str, ...]] = {}
    in_force: set[str] = set()
    gone: list[str] = []
    billable = sorted(code for code, each in codes.items() if each.billable)
    for code in sorted(held.diagnoses):
        if held.unchanged(codes.get(code), code, entry.valid.starts):
            continue
        if code in codes and codes[code].billable:
            in_force.add(code)
            continue
        below = _below(code, billable)
        if below:
            headers[code] = below
            in_force.update(below)
        elif any(entry.valid.starts in version.valid for version in held.diagnoses[code]):
            gone.append(code)
    if not in_force:
        raise PolicyDataError(
            entry.files[0].name, "holds none of the codes held here", "check that it is the ICD-10-CM file of the year"
        )
    return entry.model_copy(update={"in_force": tuple(sorted(in_force)), "headers": headers, "gone": tuple(gone)})


def _below(heading: str, billable: Sequence[str]) -> tuple[str, ...]:
    """Return the billable codes, which are sorted, that begin with a heading."""
    after = islice(billable, bisect_right(billable, heading), None)
    return tuple(takewhile(lambda each: each.startswith(heading), after))


def _procedures(entry: LoadEntry, codes: Mapping[str, PublishedCode], held: _Held, wanted: CodeFile) -> LoadEntry:
    level_two = wanted.kind is CodeKind.HCPCS
    of_kind = {code: v for code, v in held.procedures.items() if code[0].isalpha() is level_two}
    in_force: list[str] = []
    ended: dict[str, date] = {}
    gone: list[str] = []
    for code, versions in sorted(of_kind.items()):
        published = codes.get(code)
        if published is None:
            if (wanted.complete or level_two) and any(entry.valid.starts in version.valid for version in versions):
                gone.append(code)
        elif published.ended is None:
            in_force.append(code)
        else:
            _require_after(entry, published, versions[0].valid.starts)
            ended[code] = published.ended
    listed = {"in_force": tuple(in_force), "ended": ended, "gone": tuple(gone)}
    if not (in_force or ended) and not level_two:
        raise PolicyDataError(entry.files[0].name, "holds none of the codes held here", "check file and kind")
    return entry.model_copy(update=listed)


def _require_after(entry: LoadEntry, published: PublishedCode, starts: date) -> None:
    if published.ended is not None and published.ended < starts:
        raise PolicyDataError(
            entry.files[0].name,
            f"ends {published.code} on {published.ended}, before it is in force here ({starts})",
            "correct codes/procedures.yaml, or the list",
        )


def _changes(entry: LoadEntry, held: _Held) -> tuple[str, ...]:
    """Return the entry's changes to the codes held, against those in force on its first day."""
    starts, ends = entry.valid.starts, entry.valid.ends
    lines = [f"{code}: not in force from {starts}" for code in entry.gone]
    lines += [f"{code}: in force until {last}" for code, last in sorted(entry.ended.items())]
    for code, below in sorted(entry.headers.items()):
        version = next((v for v in held.diagnoses.get(code, ()) if starts in v.valid), None)
        if version is None or version.billable:
            lines.append(f"{code}: a header from {starts}; use {', '.join(below)}")
    for code in entry.in_force:
        diagnosis = next((v for v in held.diagnoses.get(code, ()) if starts in v.valid), None)
        procedure = next((v for v in held.procedures.get(code, ()) if starts in v.valid), None)
        if (
            procedure is not None
            and procedure.verified_until is not None
            and procedure.verified_until < (ends or starts)
        ):
            lines.append(f"{code}: verified until {ends}")
        elif procedure is None and (diagnosis is None or not diagnosis.billable):
            lines.append(f"{code}: billable from {starts}")
    return tuple(lines)


def _write(path: Path, loads: tuple[LoadEntry, ...]) -> None:
    """Write loaded.yaml again, keeping the comment at its top."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    above = "".join(line for line in lines if line.startswith("#"))
    plain = [_plain(load) for load in sorted(loads, key=lambda load: (load.kind, load.valid.starts))]
    part = path.with_suffix(".part")
    part.write_text(above + yaml.safe_dump({"loads": plain}, sort_keys=False, width=140), encoding="utf-8")
    part.replace(path)


def _plain(load: LoadEntry) -> dict[str, Any]:
    """Spell an entry in YAML's own types, without empty values."""
    plain = load.model_dump(exclude_none=True)
    plain |= {"kind": load.kind.value, "confidence": (load.confidence or Confidence.LOW).value}
    plain["files"] = [each.model_dump() for each in load.files]
    plain["headers"] = {code: list(below) for code, below in load.headers.items()}
    plain |= {name: list(plain[name]) for name in ("in_force", "gone")}
    return {name: value for name, value in plain.items() if value not in ([], {})}


def from_day(wanted: CodeFile, starts: date) -> CodeFile:
    """Return the file with its first day for an update within its year; refuse a day outside that year."""
    whole = replace(wanted, starts=None).dates
    if starts not in whole:
        raise PolicyDataError("--from", f"{starts} is not in {wanted.kind} {wanted.year}", "give a day of that year")
    return replace(wanted, starts=starts)
