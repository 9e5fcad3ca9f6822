"""Settings of an environment on the servers of a test: separate names in Kafka and Temporal, and a separate database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from uuid import uuid4

import orjson
from aiokafka import ConsumerRecord

from contracts.events.topics import CLAIMS_STATUS, CLAIMS_SUBMITTED, DETERMINATIONS, TOPICS
from tests.builders.servers.kafka import KafkaServer, Offsets, eventually

_ORDERS = {("received", "accepted", "determined"), ("received", "accepted", "pended", "determined")}
Keyed = Sequence[tuple[str, bytes]]
"""Key and value of a record."""


async def own_settings(kafka: KafkaServer, temporal: str, database: str) -> Mapping[str, str]:
    """Return settings of processes that read only what is sent from now on, although the topics hold records of other tests."""
    name = f"test-{uuid4()}"
    incoming = [topic.name for topic in TOPICS if topic.incoming]
    return {
        "CLAIMWRIGHT_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "CLAIMWRIGHT_TEMPORAL_ADDRESS": temporal,
        "CLAIMWRIGHT_POSTGRES_DSN": database,
        "CLAIMWRIGHT_KAFKA_INTAKE_GROUP": await kafka.new_group(CLAIMS_SUBMITTED),
        "CLAIMWRIGHT_KAFKA_FEEDS_GROUP": await kafka.new_group(*incoming),
        "CLAIMWRIGHT_TEMPORAL_TASK_QUEUE": name,
    }


class Flow:
    """Claims that were sent, and what of them was published."""

    def __init__(self, kafka: KafkaServer, since: Mapping[str, Offsets]) -> None:
        self._kafka, self._since = kafka, since
        self.claims: list[str] = []

    @classmethod
    async def begin(cls, kafka: KafkaServer) -> Flow:
        return cls(kafka, {topic: await kafka.ends(topic) for topic in (CLAIMS_STATUS, DETERMINATIONS)})

    async def send(self, claims: Keyed) -> None:
        """Send claims by their members' keys, as upstream systems do."""
        for key, value in claims:
            await self._kafka.send(CLAIMS_SUBMITTED, [value], key=key.encode())
            self.claims.append(orjson.loads(value)["data"]["claim_control_number"])

    async def everything_is_decided(self) -> None:
        async def all_decided() -> bool:
            return len(await self._events(DETERMINATIONS)) >= len(self.claims)

        await eventually(all_decided, "not every claim was decided")

    async def assert_once_and_in_order(self) -> None:
        """Each claim has one determination, and the states of a claim come in their order.

        What a killed publisher had sent and not marked is sent again: the same id then has the same bytes.
        """
        decided = [orjson.loads(value) for value in await self._events(DETERMINATIONS)]
        numbers = sorted(event["data"]["claim_control_number"] for event in decided)
        assert numbers == sorted(self.claims)
        ids = {event["data"]["claim_id"] for event in decided}
        # A claim that is tried again in vain is pended once more.
        found = {
            tuple(state for state, _ in groupby(each)) for claim, each in (await self._orders()).items() if claim in ids
        }
        assert found <= _ORDERS, found

    async def _orders(self) -> dict[str, tuple[str, ...]]:
        """The states of each claim as they came, once the last of each has come."""
        states: dict[str, list[str]] = {}

        async def all_came() -> bool:
            states.clear()
            for event in map(orjson.loads, await self._events(CLAIMS_STATUS)):
                states.setdefault(event["data"]["claim_id"], []).append(event["data"]["state"])
            return sum(each[-1] == "determined" for each in states.values()) >= len(self.claims)

        await eventually(all_came, "the states of claims did not come to their ends")
        return {claim: tuple(each) for claim, each in states.items()}

    async def _events(self, topic: str) -> list[bytes]:
        """The events of a topic in the order of their partitions, each once."""
        events: dict[bytes, bytes] = {}
        for record in await self._read(topic):
            value = events.setdefault(dict(record.headers)["ce_id"], record.value)
            assert value == record.value, "an event came again with other bytes"
        return list(events.values())

    async def _read(self, topic: str) -> list[ConsumerRecord]:
        ends = await self._kafka.ends(topic)
        count = sum(ends[each] - begin for each, begin in self._since[topic].items())
        return await self._kafka.read(topic, self._since[topic], count)
