"""Reads the quarterly files CMS publishes: NCCI procedure-to-procedure edits and medically unlikely edits.

It reads the text and CSV layouts, with any copyright lines above the header, tabs or commas, and any line end. Medicare's PTP
files have a column for edits from before 1996, which Medicaid's have not. Medicaid's MUE files have no adjudication indicator:
its limits hold for each line of a claim (Medicaid NCCI technical guidance manual), as indicator 1 does.
cms_import.py writes our tables.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TextIO

from adjudication.model.vocabulary import EditProgram
from contracts.scalars import read_day, read_whole
from rulebook.errors import PolicyDataError, place

CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_PREAMBLE_LINES = 60
_PAIR_WORDS = ("column 1", "column 2", "effective", "deletion", "modifier")
_UNIT_WORDS = ("hcpcs", "mue value")
_PAIR_CELLS = {EditProgram.MEDICARE: 6, EditProgram.MEDICAID: 5}  # the rationale, last, is left out of older files
_UNIT_CELLS = {EditProgram.MEDICARE: 3, EditProgram.MEDICAID: 2}
_OF_MEDICARE = {"a PTP file": "1996", "an MUE file": "adjudication indicator"}
_BY_LINE = "1"


@dataclass(frozen=True, slots=True)
class PublishedPair:
    """One row of a PTP file; `deleted` is the last day the edit was in force."""

    line: int
    column_one: str
    column_two: str
    effective: date
    deleted: date | None
    indicator: str


@dataclass(frozen=True, slots=True)
class PublishedLimit:
    """One row of an MUE file."""

    line: int
    code: str
    units: int
    indicator: str


def published_pairs(path: Path, program: EditProgram) -> Iterator[PublishedPair]:
    """Yield every row of a PTP file (two codes, Medicare only: prior to 1996; effective, deletion, modifier, rationale)."""
    needed = _PAIR_CELLS[program]
    _require_program(path, program, "a PTP file")
    for line, cells in _rows(path, _PAIR_WORDS, needed, "a PTP file"):
        one, two, *_, effective, deleted, indicator = cells[:needed]
        where = place(path.name, line)
        if not CODE.fullmatch(two):
            raise PolicyDataError(where, f"Column 2 is {two!r}, not a procedure code", "download the file again")
        if indicator not in {"0", "1", "9"}:
            raise PolicyDataError(
                where,
                f"the modifier indicator is {indicator!r}, not 0, 1 or 9",
                "check that the columns line up",
            )
        ended = None if deleted in {"", "*"} else _day(where, "Deletion Date", deleted)
        yield PublishedPair(line, one, two, _day(where, "Effective Date", effective), ended, indicator)


def published_limits(path: Path, program: EditProgram) -> Iterator[PublishedLimit]:
    """Yield every row of an MUE file (code, MUE value, Medicare only: MAI with its words; rationale)."""
    _require_program(path, program, "an MUE file")
    for line, cells in _rows(path, _UNIT_WORDS, _UNIT_CELLS[program], "an MUE file"):
        code, units, *more = cells
        adjudication = more[0] if program is EditProgram.MEDICARE else _BY_LINE
        where = place(path.name, line)
        if read_whole(units) is None:
            raise PolicyDataError(where, f"the MUE value is {units!r}, not a number", "download the file again")
        indicator = adjudication[:1]
        if indicator not in {"1", "2", "3"} or read_whole(adjudication[1:2]) is not None:
            raise PolicyDataError(
                where, f"the adjudication indicator is {adjudication!r}, not 1, 2 or 3", "check the columns"
            )
        yield PublishedLimit(line, code, int(units), indicator)


def is_table(path: Path, kind: str) -> bool:
    """Return whether a text file has the columns of a kind of table; an archive may hold others, too."""
    words = _PAIR_WORDS if kind == "a PTP file" else _UNIT_WORDS
    found = heading(path)
    return all(word in found for word in words)


def _require_program(path: Path, program: EditProgram, kind: str) -> None:
    """Refuse a table of the other program, whose rows and columns differ."""
    _require_heading(path, _PAIR_WORDS if kind == "a PTP file" else _UNIT_WORDS, kind)
    of_medicare = _OF_MEDICARE[kind] in heading(path)
    if of_medicare is not (program is EditProgram.MEDICARE):
        other = EditProgram.MEDICARE if of_medicare else EditProgram.MEDICAID
        raise PolicyDataError(
            path.name,
            f"is {kind} of {other.value.title()} by its columns, not of {program.value.title()}",
            f"give the {program.value.title()} file, or name the program {other.value}",
        )


def heading(path: Path) -> str:
    """Return the text above the first row of data, in lower case; it names the services of the file."""
    with _opened(path) as handle:
        lines = list(islice(handle, _PREAMBLE_LINES))
    above: list[str] = []
    for text in lines:
        if _starts_with_code(text):
            break
        above.append(text)
    return " ".join(" ".join(above).lower().split())


def _rows(path: Path, words: tuple[str, ...], cells_needed: int, kind: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and trimmed cells of each data row, once the header is known to be of this kind."""
    _require_heading(path, words, kind)
    with _opened(path) as handle:
        first = next((text for text in islice(handle, _PREAMBLE_LINES) if _starts_with_code(text)), "")
        delimiter = "\t" if "\t" in first else ","
        handle.seek(0)
        reader = csv.reader(handle, delimiter=delimiter)
        started = False
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if not any(cells):
                continue
            if not CODE.fullmatch(cells[0]):
                if started and not _is_notice(cells):
                    raise PolicyDataError(
                        place(path.name, reader.line_num),
                        f"starts with {cells[0][:20]!r}, not with a procedure code",
                        "download the file again, or delete the line if it is a note",
                    )
                continue
            started = True
            if len(cells) < cells_needed:
                raise PolicyDataError(
                    place(path.name, reader.line_num),
                    f"has {len(cells)} columns where {kind} has {cells_needed} or more",
                    "download the file again; it may have been cut short",
                )
            yield reader.line_num, cells


def _require_heading(path: Path, words: tuple[str, ...], kind: str) -> None:
    found = heading(path)
    missing = next((word for word in words if word not in found), None)
    if missing is not None:
        raise PolicyDataError(
            path.name,
            f"does not look like {kind}: no column header with {missing!r}",
            "give the text or CSV file from the published archive, with its header",
        )


def _opened(path: Path) -> TextIO:
    """Open as text. Codes are ASCII, and an invalid byte in a copyright line is ignored."""
    try:
        return path.open(encoding="utf-8-sig", errors="replace", newline="")
    except FileNotFoundError as error:
        raise PolicyDataError(str(path), "the file is missing", "download and unpack it first") from error


def _starts_with_code(text: str) -> bool:
    return CODE.fullmatch(re.split(r"[\t,]", text.strip().replace('"', ""), maxsplit=1)[0].strip()) is not None


def _is_notice(cells: list[str]) -> bool:
    return "copyright" in " ".join(cells).lower() or "all rights reserved" in " ".join(cells).lower()


def _day(where: str, name: str, text: str) -> date:
    try:
        return read_day(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError as error:
        raise PolicyDataError(
            where, f"{name} is {text!r}, not a date like 20240701", "check that the columns line up"
        ) from error
