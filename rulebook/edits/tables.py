"""Our own tables of NCCI pairs and MUE units (policies/edits/ncci): CSV, one per release and claim form.

cms_import.py makes them from the files that CMS publishes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictBool

from adjudication.model.edit_tables import EditRelease, PairEdit, UnitLimit
from adjudication.model.vocabulary import ClaimForm, EditProgram
from contracts.scalars import ascii_text, read_whole
from rulebook.checks import Citations, date_range, refuse_overlaps
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, Procedure, Quarter, Record

PAIR_COLUMNS = ("column_one", "column_two", "indicator")
UNIT_COLUMNS = ("code", "units", "indicator")
RELEASES = "edits/ncci/releases.yaml"
_CODE_LENGTH = 5


CodeGroup = Annotated[tuple[Procedure, ...], Field(min_length=1)]


class LoadedFile(Record):
    """A published file as it was loaded; its SHA-256 shows later whether a correction was loaded."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, ascii_text(r"^[0-9a-f]{64}$")]


class ReleaseEntry(Cited):
    """One quarterly release of a program for one claim form, and the two tables that hold it.

    `complete_for`: the groups of codes for which the tables are known to be complete; without it, for all codes. `files`: the
    published files that were loaded, each with its hash.
    """

    release: Quarter
    form: ClaimForm
    program: EditProgram = EditProgram.MEDICARE
    valid: Dates
    carried_forward: StrictBool
    complete_for: Annotated[tuple[CodeGroup, ...], Field(min_length=1)] | None = None
    pairs: Annotated[str, ascii_text(r"^[a-z0-9-]+\.csv$")]
    units: Annotated[str, ascii_text(r"^[a-z0-9-]+\.csv$")]
    files: tuple[LoadedFile, ...] = ()


class ReleasesFile(Record):
    """edits/ncci/releases.yaml."""

    releases: tuple[ReleaseEntry, ...]


def edit_releases(root: Path, file: ReleasesFile, citations: Citations) -> tuple[EditRelease, ...]:
    """Build every release; a table named by two releases (a carried-forward one) is read once."""
    tables = _Tables(root)
    releases = []
    for index, entry in enumerate(file.releases):
        where = place(RELEASES, key=f"releases[{index}] {entry.release} {entry.form}")
        releases.append(_release(where, entry, tables, citations))
    for program, form in product(EditProgram, ClaimForm):
        of_one = [r.dates for r in releases if (r.program, r.form) == (program, form)]
        refuse_overlaps(RELEASES, f"{program} and the {form} form", of_one)
    return tuple(sorted(releases, key=lambda r: (r.program, r.form, r.dates.starts)))


class _Tables:
    """Reads each CSV once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pairs: dict[str, dict[tuple[str, str], PairEdit]] = {}
        self._units: dict[str, dict[str, UnitLimit]] = {}

    def pairs(self, name: str) -> dict[tuple[str, str], PairEdit]:
        if name not in self._pairs:
            self._pairs[name] = read_pairs(self._root, f"edits/ncci/{name}")
        return self._pairs[name]

    def units(self, name: str) -> dict[str, UnitLimit]:
        if name not in self._units:
            self._units[name] = read_units(self._root, f"edits/ncci/{name}")
        return self._units[name]


def _release(where: str, entry: ReleaseEntry, tables: _Tables, citations: Citations) -> EditRelease:
    return EditRelease(
        release=entry.release,
        form=entry.form,
        dates=date_range(where, entry.valid),
        carried_forward=entry.carried_forward,
        pairs=tables.pairs(entry.pairs),
        units=tables.units(entry.units),
        citation=citations.of(where, entry),
        program=entry.program,
        complete_for=None if entry.complete_for is None else tuple(frozenset(g) for g in entry.complete_for),
    )


def read_pairs(root: Path, label: str) -> dict[tuple[str, str], PairEdit]:
    """Read a pair table, keyed by column 1 and column 2."""
    pairs: dict[tuple[str, str], PairEdit] = {}
    for line, (one, two, indicator) in _rows(root, label, PAIR_COLUMNS):
        where = place(label, line)
        _require_codes(where, one, two)
        if indicator not in {"0", "1"}:
            raise PolicyDataError(
                where, f"indicator {indicator!r} is not 0 or 1", "leave deleted pairs (9) out of the table"
            )
        if one == two or (one, two) in pairs:
            raise PolicyDataError(where, f"the pair {one}, {two} is given twice or with itself", "remove the row")
        pairs[one, two] = PairEdit(one, two, indicator)
    return pairs


def read_units(root: Path, label: str) -> dict[str, UnitLimit]:
    """Read a unit table, keyed by code."""
    units: dict[str, UnitLimit] = {}
    for line, (code, limit, indicator) in _rows(root, label, UNIT_COLUMNS):
        where = place(label, line)
        _require_codes(where, code)
        if read_whole(limit) is None:
            raise PolicyDataError(where, f"units {limit!r} is not a whole number", "write the MUE value, 0 or more")
        if indicator not in {"1", "2", "3"}:
            raise PolicyDataError(where, f"indicator {indicator!r} is not 1, 2 or 3", "write the MAI")
        if code in units:
            raise PolicyDataError(where, f"{code} is listed twice", "keep one of the two rows")
        units[code] = UnitLimit(code, Decimal(limit), indicator)
    return units


def _require_codes(where: str, *codes: str) -> None:
    for code in codes:
        if len(code) != _CODE_LENGTH or not (code.isascii() and code.isalnum()) or code != code.upper():
            raise PolicyDataError(where, f"{code!r} is not a procedure code", "write five capitals or digits")


def _rows(root: Path, label: str, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line number and cells; the header and the number of cells must be exactly ours."""
    path = root / label
    if not path.is_file():
        raise PolicyDataError(label, "the table is missing", "restore it, or correct the name in releases.yaml")
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        header = tuple(next(reader, []))
        if header != columns:
            raise PolicyDataError(place(label, 1), f"the header is {','.join(header)!r}", f"write {','.join(columns)}")
        for cells in reader:
            if len(cells) != len(columns):
                raise PolicyDataError(
                    place(label, reader.line_num),
                    f"has {len(cells)} cells instead of {len(columns)}",
                    f"give {', '.join(columns)}",
                )
            yield reader.line_num, tuple(cells)
