"""Claim intake over a real broker and a ledger in memory."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.claim_intake.registration import BatchLimits
from contracts.events.topics import CLAIMS_SUBMITTED
from streams.intake.consumer import Intake, IntakeOptions
from tests.builders.events import a_claim_event
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.ports import InMemoryClaimLedger, RecordingOffice, RecordingStarter


class Bench:
    """Intakes of one group over one ledger."""

    def __init__(self, kafka: KafkaServer, group: str) -> None:
        self.kafka, self.group = kafka, group
        self.ledger, self.starter, self.office = InMemoryClaimLedger(), RecordingStarter(), RecordingOffice()

    def intake(self, **options: Any) -> Intake:
        chosen: dict[str, Any] = {
            "batches": BatchLimits(claims=4),
            "batches_per_poll": 2,
            "max_batches_in_flight": 4,
            "session_ms": 6000,
            **options,
        }
        return Intake(
            IntakeOptions(self.kafka.connection, self.group, **chosen),
            self.ledger,
            self.starter,
            self.office,
        )

    async def send(self, *controls: str) -> None:
        """Send claims, each to the partition that its number falls on."""
        for number, control in enumerate(controls):
            value = orjson.dumps(a_claim_event(control))
            await self.kafka.send(CLAIMS_SUBMITTED, [value], partition=number % 6)

    async def everything_is_acknowledged(self) -> None:
        async def nothing_left() -> bool:
            return await self.kafka.uncommitted(self.group, CLAIMS_SUBMITTED) == 0

        await eventually(nothing_left, "not everything was acknowledged")

    async def unacknowledged(self) -> int:
        return await self.kafka.uncommitted(self.group, CLAIMS_SUBMITTED)
