"""`claims.dead-letter`: an event we refused, with the reason and its original bytes, so that nothing is lost.

Holds member data whenever the original did: same access and retention as the source topics.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from contracts.envelope import CloudEvent, Contract
from contracts.status import StatusReasonV1


class Refusal(StrEnum):
    """Why an event was refused."""

    UNDECODABLE = "undecodable"
    SCHEMA = "schema"
    UNKNOWN_TYPE = "unknown-type"
    BUSINESS_RULE = "business-rule"
    CONFLICT = "conflict"
    PROJECTION_FAILED = "projection-failed"


class DeadLetterV1(Contract):
    """Where the event stood, why it was refused, and its bytes in base64."""

    topic: str
    partition: int
    offset: int
    refusal: Refusal = Field(strict=False)
    reasons: tuple[StatusReasonV1, ...]
    key_base64: str | None = None
    value_base64: str | None = None


class DeadLettered(CloudEvent):
    """The event on `claims.dead-letter`."""

    type: Literal["com.claimwright.dead-letter.v1"] = "com.claimwright.dead-letter.v1"
    data: DeadLetterV1
