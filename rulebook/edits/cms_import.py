"""Turns a published CMS quarter into our dated edit tables: policies/edits/ncci/*.csv and releases.yaml.

The dates of a release decide which claims it applies to. A range that the payer carried forward
from an older release is shortened to end where the new one starts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from adjudication.model.vocabulary import ClaimForm, DateRange, EditProgram
from contracts.scalars import read_whole
from rulebook.edits.archives import tables_in
from rulebook.edits.cms_files import PublishedPair, heading, is_table, published_limits, published_pairs
from rulebook.edits.quarters import changes_of, meet, pairs_on, refuse_cut_short, spans_of
from rulebook.edits.tables import (
    PAIR_COLUMNS,
    RELEASES,
    UNIT_COLUMNS,
    LoadedFile,
    ReleaseEntry,
    ReleasesFile,
)
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cite, Confidence, Dates, SourcesFile
from rulebook.yaml_files import read_yaml

_FORM_WORDS = {ClaimForm.PROFESSIONAL: "practitioner", ClaimForm.INSTITUTIONAL: "outpatient"}
_FILE_MARKS = {ClaimForm.PROFESSIONAL: "ccipra", ClaimForm.INSTITUTIONAL: "ccioph"}


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """The files to load: the quarter ("2026Q1"), the claim form, the unpacked files and their id in sources.yaml.

    `carried_until` keeps the release in force after its quarter until then (the payer's choice, so marked).
    `codes` keeps only rows whose codes are all held; None keeps every row CMS publishes.
    """

    quarter: str
    form: ClaimForm
    pair_files: tuple[Path, ...]
    unit_file: Path
    source: str
    codes: frozenset[str] | None = None
    carried_until: date | None = None
    replace: bool = False
    program: EditProgram = EditProgram.MEDICARE


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """The content read: the pairs in force all quarter, limits, the pairs that begin or end within it, and the new ones.

    `changes`: lines such as "+ 72148 72149 0", against the tables of the form and program that were in force before.
    """

    pairs: int
    units: int
    part_of_quarter: tuple[tuple[str, str], ...]
    changes: tuple[str, ...] = ()


def quarter_dates(quarter: str) -> DateRange:
    """Return the half-open dates of a quarter such as 2026Q1; it always ends."""
    year, _, number = quarter.partition("Q")
    if not (len(year) == len("2026") and read_whole(year) and number in {"1", "2", "3", "4"}):
        raise PolicyDataError("quarter", f"{quarter!r} is not a quarter", "write it as 2026Q1")
    first = 3 * int(number) - 2
    ends = date(int(year) + 1, 1, 1) if number == "4" else date(int(year), first + 3, 1)
    return DateRange(date(int(year), first, 1), ends)


def import_release(
    policies_dir: Path, published: PublishedRelease, *, preview: bool = False, whole: bool = False
) -> ImportSummary:
    """Write the tables of one published quarter and enter it in releases.yaml; nothing if a file is wrong.

    Archives are read as they are. With `preview` nothing is written: the summary says what would change. With `whole`, a file
    that lacks half of the rows of the release before is refused as incomplete.
    """
    dates = quarter_dates(published.quarter)
    current = read_yaml(policies_dir / RELEASES, RELEASES, ReleasesFile)
    _require_source(policies_dir, published.source)
    _require_new(current, published)
    files = tuple(_hashed(path) for path in (*published.pair_files, published.unit_file))
    with TemporaryDirectory() as unpacked:
        read = _unpacked(published, Path(unpacked))
        _require_form(read)
        rows, units = _rows_in_force(read, dates), _units(read)
    spans = spans_of(rows, dates)
    new = [_entry(published, span, carried=False, files=files) for span in spans]
    tables = [pairs_on(rows, span) for span in spans]
    entries = _entered(current.releases, published, dates, new)
    if whole:
        refuse_cut_short(policies_dir, current.releases, new[0], tables[0], units)
    if not preview:
        folder = policies_dir / "edits" / "ncci"
        for entry, pairs in zip(new, tables, strict=True):
            _write_table(folder / entry.pairs, PAIR_COLUMNS, ((*key, pairs[key]) for key in sorted(pairs)))
        _write_table(folder / new[0].units, UNIT_COLUMNS, ((c, *units[c]) for c in sorted(units)))
        _write_releases(policies_dir / RELEASES, entries)
    always = set.intersection(*(set(pairs) for pairs in tables))
    partial = tuple(sorted({key for pairs in tables for key in pairs} - always))
    changes = changes_of(policies_dir, current.releases, new[0], tables[0], units)
    return ImportSummary(len(always), len(units), partial, changes)


def _hashed(path: Path) -> LoadedFile:
    if not path.is_file():
        raise PolicyDataError(str(path), "the file is missing", "download it first")
    with path.open("rb") as handle:
        return LoadedFile(name=path.name, sha256=file_digest(handle, "sha256").hexdigest())


def _unpacked(published: PublishedRelease, folder: Path) -> PublishedRelease:
    """Return the release with the tables inside its archives."""
    units = _tables((published.unit_file,), folder, "an MUE file")
    if len(units) > 1:
        names = ", ".join(path.name for path in units)
        raise PolicyDataError(published.unit_file.name, f"holds several MUE files: {names}", "unpack it and give one")
    return replace(published, pair_files=_tables(published.pair_files, folder, "a PTP file"), unit_file=units[0])


def _tables(paths: Iterable[Path], folder: Path, kind: str) -> tuple[Path, ...]:
    """Return the tables of a kind, from the files and archives. A single table is checked when its rows are read."""
    found: list[Path] = []
    for path in paths:
        held = tables_in(path, folder)
        of_kind = held if held == [path] else [each for each in held if is_table(each, kind)]
        if not of_kind:
            names = ", ".join(each.name for each in held)
            raise PolicyDataError(
                path.name, f"holds no table that looks like {kind} (it holds {names})", "give the archive of that table"
            )
        found += of_kind
    return tuple(found)


def _require_source(policies_dir: Path, source: str) -> None:
    if source not in read_yaml(policies_dir / "sources.yaml", "sources.yaml", SourcesFile).sources:
        raise PolicyDataError(
            "sources.yaml", f"does not list {source!r}", "add the published files there first, then load them"
        )


def _require_new(current: ReleasesFile, published: PublishedRelease) -> None:
    loaded = any(_same(entry, published) and not entry.carried_forward for entry in current.releases)
    if loaded and not published.replace:
        raise PolicyDataError(
            RELEASES,
            f"{published.quarter} for the {published.form} form is already loaded ({published.program})",
            "ask for it to be replaced if CMS published a correction",
        )


def _require_form(published: PublishedRelease) -> None:
    """Refuse files of the other claim form: limits differ (0612T: 1 for practitioners, 0 for hospitals)."""
    word = _FORM_WORDS[published.form]
    if word not in heading(published.unit_file):
        raise PolicyDataError(
            published.unit_file.name,
            f"its header does not say {word!r}, so it is not the table of the {published.form} form",
            f"give the MUE file for {word} services",
        )
    others = [mark for form, mark in _FILE_MARKS.items() if form is not published.form]
    for path in published.pair_files:
        if any(mark in path.name.lower() for mark in others):
            raise PolicyDataError(
                path.name, f"is not the PTP file of the {published.form} form", f"give the {word} file"
            )


def _rows_in_force(published: PublishedRelease, dates: DateRange) -> list[PublishedPair]:
    """Return the rows of our codes that are in force on a day of the quarter; two indicators on a day are refused."""
    kept: dict[tuple[str, str], list[PublishedPair]] = {}
    for path in published.pair_files:
        for row in published_pairs(path, published.program):
            key, where = (row.column_one, row.column_two), place(path.name, row.line)
            _require_quarter(where, row, published.quarter, dates)
            if not _held(published.codes, key) or _over(row, dates):
                continue
            of_pair = kept.setdefault(key, [])
            if any(other.indicator != row.indicator and meet(other, row) for other in of_pair):
                raise PolicyDataError(where, f"{key[0]}, {key[1]} has two indicators", "download the file again")
            of_pair.append(row)
    if not kept:
        names = ", ".join(path.name for path in published.pair_files) or "no PTP file given"
        raise PolicyDataError(names, f"holds no pair in force in {published.quarter}", "check files, quarter and codes")
    return [row for of_pair in kept.values() for row in of_pair]


def _require_quarter(where: str, row: PublishedPair, quarter: str, dates: DateRange) -> None:
    if dates.ends is not None and row.effective >= dates.ends:
        raise PolicyDataError(
            where,
            f"an edit starts on {row.effective}, after {quarter}",
            "give the file of that quarter, or correct the quarter",
        )


def _over(row: PublishedPair, dates: DateRange) -> bool:
    return row.indicator == "9" or (row.deleted is not None and row.deleted < dates.starts)


def _units(published: PublishedRelease) -> dict[str, tuple[str, str]]:
    units: dict[str, tuple[str, str]] = {}
    for row in published_limits(published.unit_file, published.program):
        if not _held(published.codes, (row.code,)):
            continue
        if row.code in units:
            where = place(published.unit_file.name, row.line)
            raise PolicyDataError(where, f"{row.code} is listed twice", "download the file again")
        units[row.code] = (str(row.units), row.indicator)
    if not units:
        raise PolicyDataError(published.unit_file.name, "holds no limit for our codes", "check file and codes")
    return units


def _held(codes: frozenset[str] | None, used: Iterable[str]) -> bool:
    return codes is None or codes.issuperset(used)


def _same(entry: ReleaseEntry, published: PublishedRelease) -> bool:
    return entry.release == published.quarter and _of_one_kind(entry, published)


def _of_one_kind(entry: ReleaseEntry, published: PublishedRelease) -> bool:
    return entry.form is published.form and entry.program is published.program


def _entered(
    current: Sequence[ReleaseEntry], published: PublishedRelease, dates: DateRange, new: Sequence[ReleaseEntry]
) -> tuple[ReleaseEntry, ...]:
    """Return all entries with the new ones last, ranges carried forward by older ones cut back."""
    own = DateRange(dates.starts, max(dates.ends or dates.starts, published.carried_until or dates.starts))
    kept: list[ReleaseEntry] = []
    for entry in current:
        partial = entry.complete_for is not None and _of_one_kind(entry, published)
        kept += _around(entry, own) if partial else _cut_back(entry, published, dates)
    others = [e.valid.starts for e in kept if _of_one_kind(e, published) and e.complete_for is None]
    return (*kept, *_carried(published, dates, others, new[-1].pairs), *new)


def _around(entry: ReleaseEntry, own: DateRange) -> list[ReleaseEntry]:
    """Keep the entries of other codes in force before and after the new release."""
    starts, ends = entry.valid.starts, entry.valid.ends
    spans = [(starts, min(ends or own.starts, own.starts)), (max(starts, own.ends or starts), ends)]
    return [
        entry.model_copy(update={"valid": Dates(starts=first, ends=last)})
        for first, last in spans
        if last is None or first < last
    ]


def _cut_back(entry: ReleaseEntry, published: PublishedRelease, dates: DateRange) -> list[ReleaseEntry]:
    """Shorten or drop entries that the new release replaces; another loaded quarter is never touched."""
    if not _of_one_kind(entry, published):
        return [entry]
    if _same(entry, published):
        # Its own carried-forward range uses the same tables, so it stays unless a new one is requested.
        return [entry] if entry.carried_forward and published.carried_until is None else []
    ends = entry.valid.ends
    if not entry.carried_forward or (ends is not None and ends <= dates.starts):
        return [entry]
    if entry.valid.starts < dates.starts:
        return [entry.model_copy(update={"valid": Dates(starts=entry.valid.starts, ends=dates.starts)})]
    return [entry] if entry.release > published.quarter else []


def _carried(
    published: PublishedRelease, dates: DateRange, others: Sequence[date], pairs: str
) -> tuple[ReleaseEntry, ...]:
    """Carry the tables of the quarter's last day forward if requested, up to the next release already loaded."""
    if published.carried_until is None or dates.ends is None:
        return ()
    ends = min([published.carried_until, *(day for day in others if day >= dates.ends)])
    if ends <= dates.ends:
        return ()
    return (_entry(published, DateRange(dates.ends, ends), carried=True).model_copy(update={"pairs": pairs}),)


def _entry(
    published: PublishedRelease, dates: DateRange, *, carried: bool, files: tuple[LoadedFile, ...] = ()
) -> ReleaseEntry:
    word, first = _FORM_WORDS[published.form], quarter_dates(published.quarter).starts
    program = "" if published.program is EditProgram.MEDICARE else f"{published.program.value}-"
    stem = f"{program}{published.quarter.lower()}-{word}"
    suffix = f" of {published.quarter} carried forward until the next release is loaded" if carried else ""
    return ReleaseEntry(
        release=published.quarter,
        form=published.form,
        program=published.program,
        valid=Dates(starts=dates.starts, ends=dates.ends),
        carried_forward=carried,
        pairs=f"{stem}.csv" if carried or dates.starts == first else f"{stem}-{dates.starts:%Y%m%d}.csv",
        units=f"mue-{stem}.csv",
        files=files,
        citation=Cite(source=published.source, locator=f"{word} tables{suffix}"),
        confidence=Confidence.SYNTHETIC if carried else Confidence.CHECKED,
    )


def _write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    part.replace(path)


def _write_releases(path: Path, entries: Sequence[ReleaseEntry]) -> None:
    """Write releases.yaml again, keeping the comment at its top."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    above = "".join(line for line in lines[: _first_content(lines)])
    ordered = sorted(entries, key=lambda e: (e.program, e.form, e.valid.starts))
    body = yaml.safe_dump({"releases": [_plain(e) for e in ordered]}, sort_keys=False, width=110)
    part = path.with_suffix(".part")
    part.write_text(above + body, encoding="utf-8")
    part.replace(path)


def _first_content(lines: Sequence[str]) -> int:
    return next((i for i, text in enumerate(lines) if text.strip() and not text.startswith("#")), len(lines))


def _plain(entry: ReleaseEntry) -> dict[str, Any]:
    """Spell an entry in YAML's own types; enumerations become their words, dates stay dates."""
    plain = entry.model_dump(exclude_none=True)
    del plain["files"]
    words = {"form": entry.form.value, "program": entry.program.value}
    if entry.complete_for is not None:
        plain["complete_for"] = [list(group) for group in entry.complete_for]
    if entry.files:
        plain["files"] = [each.model_dump() for each in entry.files]
    return plain | words | {"confidence": (entry.confidence or Confidence.LOW).value}
