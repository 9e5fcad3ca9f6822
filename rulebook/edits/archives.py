"""Finds the table inside a published archive: CMS publishes zips that hold text, CSV and workbook files side by side."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final
from xml.etree import ElementTree as ET

from rulebook.errors import PolicyDataError

_READ_FIRST: Final = (".txt", ".csv", ".xlsx")
"""CMS publishes a table in several formats; the first of these is read."""
_NOT_A_TABLE: Final = re.compile(r"read ?me|license|layout|proc_notes|recordlayout", re.IGNORECASE)
_MOST_BYTES: Final = 2 * 1024**3
_NAMED: Final = 8
_SHEET: Final = "xl/worksheets/sheet1.xml"
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def tables_in(path: Path, folder: Path) -> list[Path]:
    """Return the tables of a published file as text files: the file itself, or the content of its archive or workbook.

    Unpacked files are written to `folder`. Raises PolicyDataError with the archive's content if none is a table.
    """
    if not path.is_file():
        raise PolicyDataError(str(path), "the file is missing", "download it first")
    if not zipfile.is_zipfile(path):
        return [path]
    if path.suffix.lower() == ".xlsx":
        return [_sheet(path, folder)]
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if not each.is_dir()]
        chosen = _chosen(members)
        if not chosen:
            held = ", ".join(PurePosixPath(each.filename).name for each in members[:_NAMED]) or "nothing"
            raise PolicyDataError(
                path.name,
                f"holds no text, CSV or XLSX table (it holds {held})",
                "give the published archive of the table, or the table itself",
            )
        return [_unpacked(archive, member, path, folder) for member in chosen]


def _chosen(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return one form of each table, in the order of the archive."""
    found: dict[str, tuple[int, zipfile.ZipInfo]] = {}
    for member in members:
        name = PurePosixPath(member.filename)
        if name.suffix.lower() not in _READ_FIRST or _NOT_A_TABLE.search(name.name):
            continue
        rank = _READ_FIRST.index(name.suffix.lower())
        stem = name.stem.lower()
        if stem not in found or rank < found[stem][0]:
            found[stem] = (rank, member)
    return [member for _, member in found.values()]


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, folder: Path) -> Path:
    name = PurePosixPath(member.filename).name
    if member.file_size > _MOST_BYTES:
        raise PolicyDataError(path.name, f"{name} is larger than 2 GB", "check that it is the published file")
    target = folder / name
    try:
        with archive.open(member) as source, target.open("wb") as copy:
            while block := source.read(1 << 20):
                copy.write(block)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise PolicyDataError(path.name, f"{name} cannot be unpacked ({error})", "download the file again") from error
    return _sheet(target, folder) if target.suffix.lower() == ".xlsx" else target


def _sheet(path: Path, folder: Path) -> Path:
    """Write the first sheet of a workbook as CSV."""
    target = folder / f"{path.name}.csv"
    try:
        with zipfile.ZipFile(path) as book, target.open("w", encoding="utf-8", newline="") as handle:
            if max((each.file_size for each in book.infolist()), default=0) > _MOST_BYTES:
                raise PolicyDataError(
                    path.name, "holds a sheet larger than 2 GB", "check that it is the published file"
                )
            texts = _shared_texts(book)
            with book.open(_SHEET) as sheet:
                csv.writer(handle, lineterminator="\n").writerows(_rows(sheet, texts))
    except (zipfile.BadZipFile, KeyError, ET.ParseError, IndexError, ValueError) as error:
        raise PolicyDataError(
            path.name, f"is not a workbook that can be read ({error})", "give the text or CSV file of the same table"
        ) from error
    return target


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    with book.open("xl/sharedStrings.xml") as handle:
        found = []
        for _, node in ET.iterparse(handle):  # noqa: S314 - expat refuses entity expansion beyond its limit
            if node.tag == f"{_MAIN}si":
                found.append("".join(text.text or "" for text in node.iter(f"{_MAIN}t")))
                node.clear()
        return found


def _rows(sheet: IO[bytes], texts: list[str]) -> Iterator[list[str]]:
    for _, node in ET.iterparse(sheet):  # noqa: S314 - expat refuses entity expansion beyond its limit
        if node.tag == f"{_MAIN}row":
            cells: list[str] = []
            for cell in node.iter(f"{_MAIN}c"):
                place = _column(cell.get("r", ""), len(cells))
                cells.extend("" for _ in range(place - len(cells)))
                cells.append(_text(cell, texts))
            yield cells
            node.clear()


def _text(cell: ET.Element, texts: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
    value = cell.findtext(f"{_MAIN}v") or ""
    if cell.get("t") == "s":
        return texts[int(value)]
    return value.removesuffix(".0")


def _column(name: str, default: int) -> int:
    """Return the column of a cell such as AB12, counted from 0."""
    place = 0
    for letter in name.rstrip("0123456789"):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1 if place else default
