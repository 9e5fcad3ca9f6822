"""The one place that builds event envelopes and encodes events: with sorted keys and no blanks, so equal events have equal bytes."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from contracts.events.envelope import CloudEvent


def encode(event: CloudEvent) -> bytes:
    """Encode an event canonically."""
    return canonical(event.model_dump(mode="json", exclude_none=True))


def envelope(kind: str, event_id: str, source: str, time: str, data: Any, subject: str | None = None) -> dict[str, Any]:
    """Return `data` in a CloudEvent of the type `com.claimwright.KIND.v1`.

    The hot path and the makers of synthetic claims use this instead of the pydantic models of contracts/events, because
    it is faster and because a synthetic event may be invalid on purpose. Events with a subject are ours and name their
    content type.
    """
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"com.claimwright.{kind}.v1",
        "time": time,
        "data": data,
    }
    return event if subject is None else event | {"subject": subject, "datacontenttype": "application/json"}


def utc_text(moment: datetime) -> str:
    """Write a UTC time as the pydantic models write it, so that both ways to encode an event give the same bytes."""
    return moment.isoformat().replace("+00:00", "Z")


def canonical(value: Any) -> bytes:
    """Encode a JSON value canonically."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def payload_hash(payload: bytes) -> bytes:
    """SHA-256 of a canonical payload; equal hashes mean the same claim sent again."""
    return sha256(payload).digest()
