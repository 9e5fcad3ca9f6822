"""`audit-heads`: the newest entry of each chain of the audit trail, for another system to keep. It names no person, claim or member."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Moment, ascii_text


class AuditHeadV1(Contract):
    """One chain: its opaque id, its number of entries, the hash of the last entry (which covers all entries), and that entry's time."""

    chain: Annotated[str, ascii_text(r"^[0-9a-f]{32}$")]
    length: Annotated[int, Field(gt=0)]
    hash: Annotated[str, ascii_text(r"^[0-9a-f]{64}$")]
    at: Moment


class AuditHeadPublished(CloudEvent):
    """The event on `audit-heads`."""

    type: Literal["com.claimwright.audit-head.published.v1"] = "com.claimwright.audit-head.published.v1"
    data: AuditHeadV1
