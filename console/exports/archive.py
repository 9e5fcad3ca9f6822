"""Writes an export as a ZIP archive while it is read: the CSV file, then its manifest with the hash of that file.

An archive without a manifest was cut short: it ends with an error, and `export-begun` stays without `export` in the audit trail.
"""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from console.access.roles import AUDITING, acting_role
from console.exports.ports import ExportDependencies
from contracts.records.exports import TITLES, ExportColumn, ExportedFile, ExportRequest

MANIFEST: Final = "manifest.json"
ROWS_AT_ONCE: Final = 200
_RUN_BY_SPREADSHEETS: Final = "=+-@\t\r"


class _Buffer(io.RawIOBase):
    """Buffers the archive's output until it is sent; without seek, so that the archive writes sequentially."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self.parts = b"".join(self.parts), []
        return taken


async def archive(
    exports: ExportDependencies, request: ExportRequest, who: tuple[str, str], at: datetime
) -> AsyncIterator[bytes]:
    """Yield the bytes of an archive.

    `who`: the person and the role that the audit trail names; the entry precedes the manifest.
    """
    files, name = exports.files, file_name(request)
    columns, buffer = files.columns(request.kind), _Buffer()
    await files.record(request, *who, at, None)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        digest, rows, size = sha256(), 0, 0
        with packed.open(_member(name, at), "w") as member:
            head = _text([tuple(column.name for column in columns)])
            digest.update(head)
            size += len(head)
            member.write(head)
            async for page in _pages(files.rows(request)):
                written = await asyncio.to_thread(_text, page)
                digest.update(written)
                rows, size = rows + len(page), size + len(written)
                member.write(written)
                yield buffer.take()
        given = ExportedFile(rows, digest.hexdigest(), size)
        manifest = manifest_of(exports, request, who[0], at, given)
        await files.record(request, *who, at, given)
        packed.writestr(_member(MANIFEST, at), manifest)
        yield buffer.take()
    yield buffer.take()


def file_name(request: ExportRequest) -> str:
    """Name the CSV file of an export."""
    return f"{request.kind.value}_{request.first.isoformat()}_{request.last.isoformat()}.csv"


def manifest_of(
    exports: ExportDependencies, request: ExportRequest, person_id: str, at: datetime, given: ExportedFile
) -> bytes:
    """Return the manifest: the content of the file, its filters, its recipient and time, and the hash of its bytes."""
    columns = exports.files.columns(request.kind)
    cited = sorted({column.source.partition(":")[0] for column in columns if column.source})
    content = {
        "export": request.kind.value,
        "title": TITLES[request.kind],
        "file": file_name(request),
        "rows": given.rows,
        "bytes": given.size,
        "sha256": given.sha256,
        "period": {"from": request.first, "to": request.last, "both_included": True},
        "filters": {"plans": list(request.plans)},
        "exported_by": person_id,
        "exported_at": at,
        "policy_bundle": exports.files.reference.content_hash,
        "encoding": "UTF-8, comma separated, one header line; a text that a spreadsheet would run begins with an apostrophe",
        "notes": list(exports.files.notes(request.kind)),
        "columns": [_described(column) for column in columns],
        "sources": {name: exports.sources.get(name, name) for name in cited},
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def role_in(roles: frozenset[Any]) -> str:
    """Return the role in which a person exports."""
    return acting_role(roles & AUDITING)


def _described(column: ExportColumn) -> dict[str, str]:
    found = {"name": column.name, "meaning": column.meaning, "certainty": column.certainty, "source": column.source}
    return {name: value for name, value in found.items() if value}


async def _pages(rows: AsyncIterator[tuple[str, ...]]) -> AsyncIterator[list[tuple[str, ...]]]:
    page: list[tuple[str, ...]] = []
    async for row in rows:
        page.append(row)
        if len(page) == ROWS_AT_ONCE:
            yield page
            page = []
    if page:
        yield page


def _text(rows: Iterable[Sequence[str]]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written)
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] and cell[0] in _RUN_BY_SPREADSHEETS else cell for cell in row])
    return written.getvalue().encode()


def _member(name: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
