"""`claims.dead-letter`: an event we refused, with the reason, its original bytes and headers, so that nothing is lost.

It holds member data if the original did, so it needs the access rights and retention of the source topics.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from contracts.events.envelope import CloudEvent, Contract
from contracts.events.status import StatusReasonV1

LARGEST_ORIGINAL: Final = 2_097_152
"""The most bytes of key and value that an event carries; in base64, with the kept headers, they fit the dead-letter topic."""


class Refusal(StrEnum):
    """Why an event was refused."""

    UNDECODABLE = "undecodable"
    SCHEMA = "schema"
    UNKNOWN_TYPE = "unknown-type"
    BUSINESS_RULE = "business-rule"
    CONFLICT = "conflict"
    PROJECTION_FAILED = "projection-failed"
    NOT_STORABLE = "not-storable"


class Kept(StrEnum):
    """The place where the record's bytes are kept."""

    EVENT = "event"
    LEDGER = "ledger"
    TOPIC = "topic"


class HeaderV1(Contract):
    """One header of the original record, its value in base64."""

    name: str
    value_base64: str | None = None


class DeadLetterV3(Contract):
    """The event's position, the reason of its refusal, its bytes in base64, and the headers of its record.

    `kept`: `event`, key and value are here; `ledger`, they are too large for this topic and the ledger keeps them, the hash
    and the size are those of the value; `topic`, the record could not be read out of its batch, the hash and the size are
    those of the batch as it travelled, and the bytes are on the topic. A record with more headers than are kept has none
    here; `headers_left_out` says how many it had.
    """

    topic: str
    partition: int
    offset: int
    refusal: Refusal = Field(strict=False)
    reasons: tuple[StatusReasonV1, ...]
    kept: Kept = Field(strict=False)
    key_base64: str | None = None
    value_base64: str | None = None
    sha256: str | None = None
    size: int | None = None
    headers: tuple[HeaderV1, ...] | None = None
    headers_left_out: int | None = None


class DeadLettered(CloudEvent):
    """The event on `claims.dead-letter`."""

    type: Literal["com.claimwright.dead-letter.v3"] = "com.claimwright.dead-letter.v3"
    data: DeadLetterV3
