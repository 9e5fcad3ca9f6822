"""The editions of the whole ICD-10-CM code set: codes/icd10cm.yaml, and per edition one table of codes in codes/icd10cm/.

A table has one row per category: `M54,2 30 31` holds M54.2, M54.30 and M54.31, and `-` the category itself. The first edition
has every category, a later one only those that differ from the edition before, so that a year's changes can be read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import Field, StrictInt

from adjudication.model.edit_tables import CATEGORY_ITSELF, DiagnosisEdition
from rulebook.checks import Citations, date_range
from rulebook.edits.tables import LoadedFile
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, Record
from rulebook.yaml_files import read_yaml

EDITIONS: Final = "codes/icd10cm.yaml"
_FOLDER: Final = "codes/icd10cm"
_COLUMNS: Final = ["category", "codes"]
Categories = Mapping[str, str]
"""Per category the rest of each of its codes, separated by blanks."""


class EditionEntry(Cited):
    """One edition. `codes`: the number of its billable codes, so that an incomplete table is refused."""

    valid: Dates
    codes: Annotated[StrictInt, Field(ge=1)]
    files: Annotated[tuple[LoadedFile, ...], Field(min_length=1)]


class EditionsFile(Record):
    """codes/icd10cm.yaml, the earliest edition first."""

    editions: Annotated[tuple[EditionEntry, ...], Field(min_length=1)]


def table_name(entry: EditionEntry) -> str:
    """Return the label of an edition's table of codes."""
    return f"{_FOLDER}/{entry.valid.starts}.csv"


def read_editions(root: Path) -> list[tuple[EditionEntry, dict[str, str]]]:
    """Read every edition with all of its categories. Raises PolicyDataError for a table that is missing or cut short."""
    file = read_yaml(root / EDITIONS, EDITIONS, EditionsFile)
    found: list[tuple[EditionEntry, dict[str, str]]] = []
    categories: dict[str, str] = {}
    for entry in file.editions:
        label = table_name(entry)
        categories = {**categories, **_rows(root / label, label)}
        categories = {category: codes for category, codes in categories.items() if codes}
        count = count_codes(categories)
        if count != entry.codes:
            what = f"holds {count} codes, and {EDITIONS} says {entry.codes}"
            raise PolicyDataError(label, what, "restore the file, or import the edition again")
        found.append((entry, categories))
    return found


def count_codes(categories: Categories) -> int:
    """Return the number of billable codes."""
    return sum(codes.count(" ") + 1 for codes in categories.values())


def diagnosis_editions(root: Path, citations: Citations) -> tuple[DiagnosisEdition, ...]:
    """Return the editions as the edits read them; two that overlap are refused."""
    built: list[DiagnosisEdition] = []
    padded: dict[str, str] = {}
    for entry, categories in read_editions(root):
        where = place(EDITIONS, key=f"the edition of {entry.valid.starts}")
        wide = {name: padded.setdefault(codes, f" {codes} ") for name, codes in categories.items()}
        built.append(DiagnosisEdition(date_range(where, entry.valid), wide, citations.of(where, entry)))
    for one, two in pairwise(built):
        if one.dates.ends is None or one.dates.ends > two.dates.starts:
            where = place(EDITIONS, key=f"the edition of {one.dates.starts}")
            raise PolicyDataError(where, f"reaches into the edition of {two.dates.starts}", "correct valid.ends")
    return tuple(built)


def by_category(codes: Iterable[str]) -> dict[str, str]:
    """Return codes, which are written with their points, by category."""
    grouped = groupby(sorted(codes), lambda code: code[:3])
    return {category: " ".join(code[4:] or CATEGORY_ITSELF for code in below) for category, below in grouped}


def with_edition(
    editions: list[tuple[EditionEntry, dict[str, str]]], new: EditionEntry, categories: dict[str, str]
) -> list[tuple[EditionEntry, dict[str, str]]]:
    """Return the editions with a new one, which replaces an edition with the same first day and ends the one before it."""
    starts, kept = new.valid.starts, []
    for entry, codes in editions:
        if entry.valid.starts == starts:
            continue
        cut = entry
        if entry.valid.starts < starts and (entry.valid.ends is None or entry.valid.ends > starts):
            cut = entry.model_copy(update={"valid": Dates(starts=entry.valid.starts, ends=starts)})
        kept.append((cut, codes))
    return sorted([*kept, (new, categories)], key=lambda each: each[0].valid.starts)


def write_editions(root: Path, editions: list[tuple[EditionEntry, dict[str, str]]]) -> None:
    """Write every table of codes, then the file that names them, keeping the comment at its top."""
    before: Categories = {}
    for entry, categories in editions:
        changed = [name for name in sorted({*categories, *before}) if categories.get(name) != before.get(name)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([_COLUMNS, *([name, categories.get(name, "")] for name in changed)])
        _write(root / table_name(entry), text.getvalue())
        before = categories
    lines = (root / EDITIONS).read_text(encoding="utf-8").splitlines(keepends=True)
    above = "".join(line for line in lines if line.startswith("#"))
    plain = {"editions": [_plain(entry) for entry, _ in editions]}
    _write(root / EDITIONS, above + yaml.safe_dump(plain, sort_keys=False, width=140))


def _plain(entry: EditionEntry) -> dict[str, Any]:
    plain = entry.model_dump(exclude_none=True)
    plain |= {"files": [each.model_dump() for each in entry.files]}
    return plain | ({} if entry.confidence is None else {"confidence": entry.confidence.value})


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _rows(path: Path, label: str) -> dict[str, str]:
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise PolicyDataError(
            label, "the table is missing", f"restore it, or remove its edition from {EDITIONS}"
        ) from error
    rows = list(csv.reader(text.splitlines()))
    if not rows or rows[0] != _COLUMNS:
        raise PolicyDataError(place(label, 1), "is not the head of a table of codes", "restore the file")
    return {row[0]: row[-1] for row in rows[1:] if len(row) == len(_COLUMNS)}
