"""The 32 bytes that `verify` needs of an outgoing message: a hash of its event id and a hash of its value.

Rows that are kept and rows that were removed are read in the same form, so that both are checked in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from contracts.events.outgoing import Outgoing

_HALF: Final = 16
_PAIR: Final = 2 * _HALF

Digest = tuple[bytes, bytes]
"""Of the event id, and of the value."""


def hashed(data: bytes) -> bytes:
    """Hash an event id or a value."""
    return blake2b(data, digest_size=_HALF).digest()


def digest(message: Outgoing) -> Digest:
    """Return the stored digest of a message."""
    return hashed(message.event_id.encode()), hashed(message.value or b"")


def pack(messages: Iterable[Outgoing]) -> bytes:
    """Pack the digests of messages in their order; one sent twice is in it twice."""
    return b"".join(part for message in messages for part in digest(message))


def unpack_digests(packed: bytes) -> Iterator[Digest]:
    """Return the digests in their order."""
    for start in range(0, len(packed), _PAIR):
        yield packed[start : start + _HALF], packed[start + _HALF : start + _PAIR]
