"""Records of the topic of filed appeals, and a store that remembers which ones it received."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.events.appeals import AppealFiledV1
from contracts.events.topics import APPEALS_FILED
from contracts.records.appeals import AppealTaken
from streams.kafka.records import Record, instant
from tests.builders.streams.ports import Trouble


class Appeals:
    """Knows one claim, holds every appeal but those of the path-less reference; remembers what it was asked."""

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.filed: list[tuple[str, int]] = []
        self.held: list[str] = []

    async def file(self, filed: AppealFiledV1) -> AppealTaken | None:
        self.trouble.pass_or_raise()
        self.filed.append((filed.appeal_reference, filed.version))
        if filed.claim.payer_claim_number != "CW-KNOWN":
            return None
        return AppealTaken(filed.appeal_reference, held=filed.appeal_reference != "NO-RULE")

    async def hold(self, appeal_id: str) -> None:
        self.held.append(appeal_id)


def a_record(offset: int, value: bytes | None = None, **changes: Any) -> Record:
    data = {
        "submitter": "SYN-APPEALS",
        "appeal_reference": "A-1",
        "version": 1,
        "claim": {"payer_claim_number": "CW-KNOWN"},
        "appellant": "member",
        "channel": "portal",
        "received_at": "2025-09-12T09:00:00Z",
    }
    event = {
        "specversion": "1.0",
        "id": f"event-{offset}",
        "source": "synthetic",
        "type": "com.claimwright.appeal.filed.v1",
        "time": "2025-09-12T09:00:00Z",
        "data": data | changes,
    }
    return Record(APPEALS_FILED, 0, offset, instant(None), b"CW-KNOWN", value or orjson.dumps(event))
