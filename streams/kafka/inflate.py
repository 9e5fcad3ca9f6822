"""Decompress a record batch into bounded memory, for every codec and any inflated size."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import cramjam

Buffer = bytes | memoryview
_GUESS: Final = 8
"""The expected ratio of a batch's size to its compressed size, as a first guess; JSON compresses to an eighth or less."""
_SMALLEST: Final = 65_536
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEAD: Final = 16
_LENGTH: Final = struct.Struct(">i")
_GZIP: Final = 31  # zlib's window bits for a gzip stream


class InflatesTooFarError(Exception):
    """The data inflates beyond the bound."""


class UnreadableDataError(Exception):
    """The data is not in the form of its codec, or the codec is unknown."""


def inflate(codec: int, data: Buffer, most: int) -> bytes:
    """Decompress data of a codec by its number in the batch attributes (KIP-110), 0 for none.

    Raises InflatesTooFarError above `most` bytes, without holding more than that; UnreadableDataError for anything else.
    """
    if codec == 0:
        return bytes(data)
    decompress = _CODECS.get(codec)
    if decompress is None:
        msg = f"compression codec {codec} is unknown"
        raise UnreadableDataError(msg)
    try:
        return decompress(data, most)
    except (zlib.error, struct.error, cramjam.DecompressionError, ValueError, OverflowError) as error:
        raise UnreadableDataError(type(error).__name__) from error


def _gzip(data: Buffer, most: int) -> bytes:
    parts: list[bytes] = []
    left, rest = most, bytes(data)
    while rest:
        stream = zlib.decompressobj(_GZIP)
        part = stream.decompress(rest, left + 1)
        left -= len(part)
        if left < 0:
            raise InflatesTooFarError
        if not stream.eof:
            msg = "the gzip stream is cut off"
            raise UnreadableDataError(msg)
        parts.append(part)
        rest = stream.unused_data
    return b"".join(parts)


def _snappy(data: Buffer, most: int) -> bytes:
    """Decompress raw snappy, or the blocks in which Java frames it; each block states its size before its content."""
    view = memoryview(data)
    if bytes(view[: len(_XERIAL)]) != _XERIAL:
        return _snappy_block(view, most)
    parts, at, left = [], _XERIAL_HEAD, most
    while at < len(view):
        size = _LENGTH.unpack_from(view, at)[0]
        at += _LENGTH.size
        if not 0 <= size <= len(view) - at:
            msg = "a snappy block is cut off"
            raise UnreadableDataError(msg)
        parts.append(_snappy_block(view[at : at + size], left))
        left -= len(parts[-1])
        at += size
    return b"".join(parts)


def _snappy_block(block: memoryview, most: int) -> bytes:
    data = bytes(block)
    if cramjam.snappy.decompress_raw_len(data) > most:
        raise InflatesTooFarError
    return bytes(cramjam.snappy.decompress_raw(data))


def _into_buffer(decompress_into: Callable[[bytes, bytearray], int]) -> Callable[[Buffer, int], bytes]:
    """Decompress into buffers that grow up to the bound; the codec fails if the buffer is full."""

    def decompress(data: Buffer, most: int) -> bytes:
        source = bytes(data)
        size = min(most, max(_SMALLEST, _GUESS * len(source)))
        while True:
            buffer = bytearray(size)
            try:
                written = decompress_into(source, buffer)
            except cramjam.DecompressionError as error:
                if _FULL not in str(error):
                    raise
            else:
                return bytes(memoryview(buffer)[:written])
            if size >= most:
                raise InflatesTooFarError
            size = min(most, size * 4)

    return decompress


_FULL: Final = "failed to write whole buffer"  # std::io::ErrorKind::WriteZero; a test fails if cramjam changes the text
_CODECS: Final[Mapping[int, Callable[[Any, int], bytes]]] = {
    1: _gzip,
    2: _snappy,
    3: _into_buffer(cramjam.lz4.decompress_into),
    4: _into_buffer(cramjam.zstd.decompress_into),
}
