"""Original bytes for a person to read: as text if they are text, and byte by byte, without interpretation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.records.dead_letters import Original

MOST_TEXT: Final = 200_000
MOST_BYTES: Final = 8_192
_ROW: Final = 16


@dataclass(frozen=True, slots=True)
class BytesView:
    """A key or a value. `text` is None for bytes that are not UTF-8. `cut`: not all of it is shown."""

    there: bool
    size: int
    text: str | None
    rows: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class OriginalView:
    """Key, value and headers; `headers_left_out` counts those of a record that had too many to keep."""

    key: BytesView
    value: BytesView
    headers: tuple[tuple[str, str], ...]
    headers_left_out: int


def original_view(original: Original) -> OriginalView:
    """Return the original event as text."""
    headers = tuple((name, _said(value)) for name, value in original.headers)
    return OriginalView(_bytes(original.key), _bytes(original.value), headers, original.headers_left_out)


def _said(value: bytes | None) -> str:
    """Put a header's value as text where it is text, else as hexadecimal digits."""
    if value is None:
        return "(no value)"
    text = _text(value[:MOST_BYTES])
    return f"bytes {value[:MOST_BYTES].hex(' ')}" if text is None else text


def _bytes(data: bytes | None) -> BytesView:
    if data is None:
        return BytesView(there=False, size=0, text=None, rows=(), cut=False)
    text = _text(data)
    shown = data[:MOST_BYTES]
    rows = tuple(_row(shown, place) for place in range(0, len(shown), _ROW))
    cut = len(shown) < len(data) or (text is not None and len(text) > MOST_TEXT)
    return BytesView(there=True, size=len(data), text=None if text is None else text[:MOST_TEXT], rows=rows, cut=cut)


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _row(data: bytes, place: int) -> str:
    row = data[place : place + _ROW]
    seen = "".join(chr(each) if 0x20 <= each < 0x7F else "." for each in row)
    return f"{place:08x}  {row.hex(' '):<{_ROW * 3 - 1}}  {seen}"
