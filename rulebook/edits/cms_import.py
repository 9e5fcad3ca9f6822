"""Turns a published CMS quarter into our dated edit tables: policies/edits/ncci/*.csv and releases.yaml.

May not decide when a release is applied to claims; that is its dates. A range the payer carried forward
from an older release is cut back to where the new one starts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from adjudication.model.vocabulary import ClaimForm, DateRange
from contracts.scalars import read_whole
from rulebook.edits.cms_files import PublishedPair, heading, published_limits, published_pairs
from rulebook.edits.tables import PAIR_COLUMNS, RELEASES, UNIT_COLUMNS, ReleaseEntry, ReleasesFile
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cite, Confidence, Dates, SourcesFile
from rulebook.yaml_files import read_yaml

_FORM_WORDS = {ClaimForm.PROFESSIONAL: "practitioner", ClaimForm.INSTITUTIONAL: "outpatient"}
_FILE_MARKS = {ClaimForm.PROFESSIONAL: "ccipra", ClaimForm.INSTITUTIONAL: "ccioph"}


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """What to load: the quarter ("2026Q1"), the claim form, the unpacked files and their id in sources.yaml.

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


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What was written, and the pairs in force for only part of the quarter, which a person must look at."""

    pairs: int
    units: int
    part_of_quarter: tuple[tuple[str, str], ...]


def quarter_dates(quarter: str) -> DateRange:
    """Return the half-open dates of a quarter such as 2026Q1; it always ends."""
    year, _, number = quarter.partition("Q")
    if not (len(year) == len("2026") and read_whole(year) and number in {"1", "2", "3", "4"}):
        raise PolicyDataError("quarter", f"{quarter!r} is not a quarter", "write it as 2026Q1")
    first = 3 * int(number) - 2
    ends = date(int(year) + 1, 1, 1) if number == "4" else date(int(year), first + 3, 1)
    return DateRange(date(int(year), first, 1), ends)


def import_release(policies_dir: Path, published: PublishedRelease) -> ImportSummary:
    """Write the tables of one published quarter and enter it in releases.yaml; nothing if a file is wrong."""
    dates = quarter_dates(published.quarter)
    current = read_yaml(policies_dir / RELEASES, RELEASES, ReleasesFile)
    _require_source(policies_dir, published.source)
    _require_new(current, published)
    _require_form(published)
    pairs, partial = _pairs_in_force(published, dates)
    units = _units(published)
    entries = _entered(current.releases, published, dates)
    folder = policies_dir / "edits" / "ncci"
    _write_table(folder / entries[-1].pairs, PAIR_COLUMNS, ((*key, pairs[key]) for key in sorted(pairs)))
    _write_table(folder / entries[-1].units, UNIT_COLUMNS, ((c, *units[c]) for c in sorted(units)))
    _write_releases(policies_dir / RELEASES, entries)
    return ImportSummary(len(pairs), len(units), tuple(partial))


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
            f"{published.quarter} for the {published.form} form is already loaded",
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


def _pairs_in_force(
    published: PublishedRelease, dates: DateRange
) -> tuple[dict[tuple[str, str], str], list[tuple[str, str]]]:
    """Keep the pairs in force all quarter; set apart those in force for only part of it."""
    kept: dict[tuple[str, str], str] = {}
    partial: list[tuple[str, str]] = []
    for path in published.pair_files:
        for row in published_pairs(path):
            key, where = (row.column_one, row.column_two), place(path.name, row.line)
            _require_quarter(where, row, published.quarter, dates)
            if not _held(published.codes, key) or _over(row, dates):
                continue
            if not _all_quarter(row, dates):
                partial.append(key)
            elif kept.setdefault(key, row.indicator) != row.indicator:
                raise PolicyDataError(where, f"{key[0]}, {key[1]} has two indicators", "download the file again")
    if not kept:
        names = ", ".join(path.name for path in published.pair_files) or "no PTP file given"
        raise PolicyDataError(names, f"holds no pair in force in {published.quarter}", "check files, quarter and codes")
    return kept, partial


def _require_quarter(where: str, row: PublishedPair, quarter: str, dates: DateRange) -> None:
    if dates.ends is not None and row.effective >= dates.ends:
        raise PolicyDataError(
            where,
            f"an edit starts on {row.effective}, after {quarter}",
            "give the file of that quarter, or correct the quarter",
        )


def _over(row: PublishedPair, dates: DateRange) -> bool:
    return row.indicator == "9" or (row.deleted is not None and row.deleted < dates.starts)


def _all_quarter(row: PublishedPair, dates: DateRange) -> bool:
    """Say whether the row holds from the first to the last day; a deletion date is the last day in force."""
    if row.effective > dates.starts:
        return False
    return row.deleted is None or (dates.ends is not None and row.deleted >= dates.ends - timedelta(days=1))


def _units(published: PublishedRelease) -> dict[str, tuple[str, str]]:
    units: dict[str, tuple[str, str]] = {}
    for row in published_limits(published.unit_file):
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
    return entry.release == published.quarter and entry.form is published.form


def _entered(
    current: Sequence[ReleaseEntry], published: PublishedRelease, dates: DateRange
) -> tuple[ReleaseEntry, ...]:
    """Return all entries with the new release last, ranges carried forward by older ones cut back."""
    kept = [cut for entry in current if (cut := _cut_back(entry, published, dates)) is not None]
    others = [entry.valid.starts for entry in kept if entry.form is published.form]
    return (*kept, *_carried(published, dates, others), _entry(published, dates, carried=False))


def _cut_back(entry: ReleaseEntry, published: PublishedRelease, dates: DateRange) -> ReleaseEntry | None:
    """Shorten or drop what the new release replaces; another loaded quarter is never touched."""
    if entry.form is not published.form:
        return entry
    if _same(entry, published):
        # Its own carried range reads the same tables, so it stays unless a new one is asked for.
        return entry if entry.carried_forward and published.carried_until is None else None
    ends = entry.valid.ends
    if not entry.carried_forward or (ends is not None and ends <= dates.starts):
        return entry
    if entry.valid.starts < dates.starts:
        return entry.model_copy(update={"valid": Dates(starts=entry.valid.starts, ends=dates.starts)})
    return entry if entry.release > published.quarter else None


def _carried(published: PublishedRelease, dates: DateRange, others: Sequence[date]) -> tuple[ReleaseEntry, ...]:
    """Carry the new release forward as asked, up to the next release already loaded."""
    if published.carried_until is None or dates.ends is None:
        return ()
    ends = min([published.carried_until, *(day for day in others if day >= dates.ends)])
    return (_entry(published, DateRange(dates.ends, ends), carried=True),) if ends > dates.ends else ()


def _entry(published: PublishedRelease, dates: DateRange, *, carried: bool) -> ReleaseEntry:
    word = _FORM_WORDS[published.form]
    stem = f"{published.quarter.lower()}-{word}"
    suffix = f" of {published.quarter} carried forward until the next release is loaded" if carried else ""
    return ReleaseEntry(
        release=published.quarter,
        form=published.form,
        valid=Dates(starts=dates.starts, ends=dates.ends),
        carried_forward=carried,
        pairs=f"{stem}.csv",
        units=f"mue-{stem}.csv",
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
    ordered = sorted(entries, key=lambda e: (e.form, e.valid.starts))
    body = yaml.safe_dump({"releases": [_plain(e) for e in ordered]}, sort_keys=False, width=110)
    part = path.with_suffix(".part")
    part.write_text(above + body, encoding="utf-8")
    part.replace(path)


def _first_content(lines: Sequence[str]) -> int:
    return next((i for i, text in enumerate(lines) if text.strip() and not text.startswith("#")), len(lines))


def _plain(entry: ReleaseEntry) -> dict[str, Any]:
    """Spell an entry in YAML's own types; enumerations become their words, dates stay dates."""
    plain = entry.model_dump(exclude_none=True)
    return plain | {"form": entry.form.value, "confidence": (entry.confidence or Confidence.LOW).value}
