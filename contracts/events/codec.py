"""One place that turns events into bytes, canonically: sorted keys, no blanks, so equal events are equal bytes."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson

from contracts.events.envelope import CloudEvent


def encode(event: CloudEvent) -> bytes:
    """Encode an event canonically."""
    return canonical(event.model_dump(mode="json", exclude_none=True))


def canonical(value: Any) -> bytes:
    """Encode a JSON value canonically."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def payload_hash(payload: bytes) -> bytes:
    """SHA-256 of a canonical payload; equal hashes mean the same claim sent again."""
    return sha256(payload).digest()
