"""Reads code files as they are published: ICD-10-CM order and code files, the HCPCS file of CMS, and a licensed list of CPT codes.

Only codes, whether they may be billed, and dates are read. Descriptions are not read: those of CPT are licensed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from contracts.scalars import read_day
from rulebook.errors import PolicyDataError, place

_ICD: Final = re.compile(r"[A-Z][0-9A][0-9A-Z]{1,5}")
_PROCEDURE: Final = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_MODIFIER: Final = re.compile(r"[0-9A-Z]{2}")
_ORDER: Final = re.compile(r"(?P<order>[0-9]{5}) (?P<code>[A-Z0-9 ]{7}) (?P<billable>[01]) ")
_CODE_LINE: Final = re.compile(r"(?P<code>[A-Z][0-9A][0-9A-Z]{1,5}) {1,}\S")
# The record layout that CMS publishes with the file: columns count from 1, the last one is included.
_KIND, _ADDED, _ENDED = slice(10, 11), slice(268, 276), slice(284, 292)
_FIRST_LINES: Final = {"3", "7"}  # of a code, of a modifier; 4 and 8 continue a description
_HEADS: Final = {
    "code": ("code", "cpt code", "hcpcs", "hcpc", "hcpcs/cpt code"),
    "starts": ("valid_from", "effective date", "effective", "add dt", "added"),
    "ends": ("valid_through", "termination date", "term dt", "terminated", "deleted"),
}


@dataclass(frozen=True, slots=True)
class PublishedCode:
    """A code of a file. `billable`: no header. `ended`: the last day on which it may be used; None: not ended."""

    code: str
    billable: bool = True
    starts: date | None = None
    ended: date | None = None


def diagnosis_codes(path: Path) -> dict[str, PublishedCode]:
    """Return the codes of an ICD-10-CM order file (headers too) or code file (billable codes only), with their dots."""
    found: dict[str, PublishedCode] = {}
    for number, line in _lines(path):
        where = place(path.name, number)
        ordered = _ORDER.match(line)
        matched = ordered or _CODE_LINE.match(line)
        if matched is None:
            raise PolicyDataError(
                where, "is not a line of an ICD-10-CM order or code file", "give the published file, not its addenda"
            )
        if ordered and int(ordered["order"]) != len(found) + 1:
            raise PolicyDataError(
                where, f"has the order number {ordered['order']}, not {len(found) + 1:05}", "download the file again"
            )
        raw = matched["code"].strip()
        if not _ICD.fullmatch(raw):
            raise PolicyDataError(where, f"{raw!r} is not an ICD-10-CM code", "check that the columns line up")
        code = raw if len(raw) == 3 else f"{raw[:3]}.{raw[3:]}"
        _put(found, PublishedCode(code, ordered is None or ordered["billable"] == "1"), where)
    return _some(found, path)


def hcpcs_codes(path: Path) -> dict[str, PublishedCode]:
    """Return the codes and modifiers of the alpha-numeric HCPCS file of CMS, as text or as the workbook's table."""
    head = next((line for _, line in _lines(path)), "")
    if "," in head and "hcpc" in head.lower():
        return listed_codes(path)
    found: dict[str, PublishedCode] = {}
    for number, line in _lines(path):
        where, kind = place(path.name, number), line[_KIND]
        if kind not in _FIRST_LINES:
            if kind not in {"4", "8"}:
                raise PolicyDataError(where, "is not a record of the HCPCS file", "give the ANWEB file of CMS")
            continue
        code = line[:5].strip()
        if not (_PROCEDURE if kind == "3" else _MODIFIER).fullmatch(code):
            raise PolicyDataError(where, f"{code!r} is not a code", "check that the columns line up")
        starts, ended = _day(where, line[_ADDED]), _day(where, line[_ENDED])
        _put(found, PublishedCode(code, starts=starts, ended=ended), where)
    return _some(found, path)


def listed_codes(path: Path) -> dict[str, PublishedCode]:
    """Return the codes of a list with a header row: a code, and where it has them a first and a last day in force."""
    rows = csv.reader(line for _, line in _lines(path))
    names = [name.strip().lower() for name in next(rows, [])]
    columns = {field: next((names.index(n) for n in known if n in names), None) for field, known in _HEADS.items()}
    if columns["code"] is None:
        raise PolicyDataError(
            place(path.name, 1), "has no column of codes", "head the columns code, valid_from and valid_through"
        )
    found: dict[str, PublishedCode] = {}
    for number, cells in enumerate(rows, start=2):
        where = place(path.name, number)
        texts = {
            field: "" if column is None or column >= len(cells) else cells[column].strip()
            for field, column in columns.items()
        }
        if not (_PROCEDURE.fullmatch(texts["code"]) or _MODIFIER.fullmatch(texts["code"])):
            raise PolicyDataError(where, f"{texts['code'][:12]!r} is not a code", "check that the columns line up")
        starts, ended = _day(where, texts["starts"]), _day(where, texts["ends"])
        _put(found, PublishedCode(texts["code"], starts=starts, ended=ended), where)
    return _some(found, path)


def _put(found: dict[str, PublishedCode], new: PublishedCode, where: str) -> None:
    """Store a code; refuse two different entries for one code, and an end before the start."""
    if new.starts is not None and new.ended is not None and new.ended < new.starts:
        raise PolicyDataError(where, f"{new.code} ends before it begins", "download the file again")
    if found.setdefault(new.code, new) != new:
        raise PolicyDataError(where, f"{new.code} is listed twice, and differently", "download the file again")


def _some(found: dict[str, PublishedCode], path: Path) -> dict[str, PublishedCode]:
    if not found:
        raise PolicyDataError(path.name, "holds no code", "give the published file")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines with content; codes and dates are ASCII, descriptions may hold anything."""
    with path.open(encoding="utf-8-sig", errors="replace", newline=None) as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                yield number, line.rstrip("\n")


def _day(where: str, text: str) -> date | None:
    """Read 20260101 or 2026-01-01; empty: not stated."""
    plain = text.strip().replace("-", "")
    if not plain:
        return None
    try:
        return read_day(f"{plain[:4]}-{plain[4:6]}-{plain[6:]}")
    except ValueError as error:
        raise PolicyDataError(
            where, f"{text!r} is not a date like 20260101", "check that the columns line up"
        ) from error
