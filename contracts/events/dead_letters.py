"""`claims.dead-letter`: an event we refused, with the reason, its original bytes and headers, so that nothing is lost.

Holds member data whenever the original did: same access and retention as the source topics.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from contracts.events.envelope import CloudEvent, Contract
from contracts.events.status import StatusReasonV1


class Refusal(StrEnum):
    """Why an event was refused."""

    UNDECODABLE = "undecodable"
    SCHEMA = "schema"
    UNKNOWN_TYPE = "unknown-type"
    BUSINESS_RULE = "business-rule"
    CONFLICT = "conflict"
    PROJECTION_FAILED = "projection-failed"


class HeaderV1(Contract):
    """One header of the record as it came, its value in base64."""

    name: str
    value_base64: str | None = None


class DeadLetterV2(Contract):
    """Where the event stood, why it was refused, its bytes in base64, and the headers of its record.

    A record with more headers than are kept has none here; `headers_left_out` says how many it had.
    """

    topic: str
    partition: int
    offset: int
    refusal: Refusal = Field(strict=False)
    reasons: tuple[StatusReasonV1, ...]
    key_base64: str | None = None
    value_base64: str | None = None
    headers: tuple[HeaderV1, ...] | None = None
    headers_left_out: int | None = None


class DeadLettered(CloudEvent):
    """The event on `claims.dead-letter`."""

    type: Literal["com.claimwright.dead-letter.v2"] = "com.claimwright.dead-letter.v2"
    data: DeadLetterV2
