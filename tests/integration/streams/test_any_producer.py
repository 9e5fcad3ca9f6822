"""Whatever a producer sends, and however it batches it: intake and the feeds read it or dead-letter it, and go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from adjudication.model.reference import ReferenceData
from contracts.events.dead_letters import DeadLettered
from contracts.events.topics import CLAIMS_SUBMITTED, DEAD_LETTER
from streams.kafka.batches import READ_LIMITS
from tests.builders.events import a_claim_event
from tests.builders.servers.batches import CODECS, BatchSender, Entry, a_batch, renamed, send_batch, send_transaction
from tests.builders.servers.kafka import KafkaServer
from tests.builders.servers.postgres import PostgresServer
from tests.builders.streams.edge_bench import INBOUND, EdgeBench, name_of
from tests.builders.streams.fuzz import EVENTS
from tests.builders.streams.intake_bench import Bench
from tests.builders.streams.running import running

pytestmark = pytest.mark.servers
EVERY_CODEC = [*CODECS, "raw-snappy"]
KINDS = (*EVERY_CODEC, "no key", "name", "committed", "aborted", "marker last")
STORED = set(KINDS) - {"aborted"}
BOMB = a_batch([(b"member", b"A" * (READ_LIMITS.inflated_batch + 1), ())], "zstd")
LETTER = b"A" * 8_388_608
"""Eight megabytes of one letter, which travel in some kilobytes."""
Found = Mapping[str, tuple[set[str], set[str], list[str]]]
"""By topic: the names that were to be stored, those that were, and the reasons of the dead letters."""


async def _send_everything(bootstrap: str, topic: str, partition: int, good: Mapping[str, bytes]) -> None:
    """Send each good value in its own kind of batch, with what cannot be stored between them."""
    bare: list[Entry] = [
        (None, good["no key"], ()),
        (b"member", None, ()),
        (b"member", good["name"], (("XX", b"1"),)),
    ]
    batches = [a_batch([(b"member", good[codec], ())], codec) for codec in EVERY_CODEC]
    batches += [BOMB, a_batch([(b"member", LETTER, ())], "gzip"), renamed(a_batch(bare), b"XX", b"\xff\xfe")]
    async with BatchSender(bootstrap) as sender:
        for batch in batches:
            await sender.send(topic, partition, batch)
    for kind, commit in (("committed", True), ("aborted", False), ("marker last", True)):
        values = [good[kind], b"\xffno event"] if kind == "committed" else [good[kind]]
        entries: list[Entry] = [(b"member", value, ()) for value in values]
        await send_transaction(bootstrap, topic, partition, entries, commit=commit, name=f"test-{uuid4()}")


@pytest.fixture(scope="module")
def found(
    kafka: KafkaServer, postgres: PostgresServer, reference: ReferenceData, tmp_path_factory: pytest.TempPathFactory
) -> Found:
    """Send everything to all six topics, and let one intake, one process of the feeds and one publisher get to the end."""
    folder = tmp_path_factory.mktemp("edge")
    return asyncio.run(_read_everything(kafka, postgres.migrated_database(), reference, folder))


async def _read_everything(kafka: KafkaServer, dsn: str, reference: ReferenceData, folder: Path) -> Found:
    async with EdgeBench.on(kafka, dsn, reference, folder) as bench:
        claims = await bench.denied_claims(1)
        before = {topic: await bench.names(topic) for topic in INBOUND}
        events = {
            topic: {kind: EVENTS[topic](kind.replace(" ", "-"), 20 + n, claims) for n, kind in enumerate(KINDS)}
            for topic in INBOUND
        }
        async with bench.processes():
            for topic in INBOUND:
                values = {kind: orjson.dumps(event) for kind, event in events[topic].items()}
                await _send_everything(kafka.bootstrap, topic, 2, values)
            await bench.reaches_the_end()
        letters = await bench.rows("SELECT topic, reason FROM dead_letters ORDER BY reason")
        return {
            topic: (
                {name_of(topic, events[topic][kind]) for kind in STORED},
                await bench.names(topic) - before[topic],
                [reason for where, reason in letters if where == topic],
            )
            for topic in INBOUND
        }


@pytest.mark.parametrize("topic", INBOUND)
def test_every_kind_of_batch_is_read_and_what_is_no_event_is_dead_lettered(found: Found, topic: str) -> None:
    wanted, stored, reasons = found[topic]
    assert stored == wanted
    assert reasons == ["inflates-too-far", "not-json", "not-json", "not-json"]


@asynccontextmanager
async def _with_senders_times(kafka: KafkaServer, topic: str) -> AsyncIterator[None]:
    """Let the topic carry its senders' times, as a topic that others created may; delete what was sent then.

    A record with a time far ahead would be found by every later search by time."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()

    async def stamp(kind: str) -> None:
        settings = {
            "message.timestamp.type": kind,
            "message.timestamp.after.max.ms": str(2**63 - 1),
            "max.message.bytes": "1048576",
        }
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])

    try:
        await stamp("CreateTime")
        yield
    finally:
        await stamp("LogAppendTime")
        ends = await kafka.ends(topic)
        await admin.delete_records({part: RecordsToDelete(before_offset=end) for part, end in ends.items()})
        await admin.close()


async def test_intake_takes_no_claim_whose_sender_gave_an_odd_time_and_goes_on(kafka: KafkaServer) -> None:
    bench = Bench(kafka, await kafka.new_group(CLAIMS_SUBMITTED))
    odd = {"none": -1, "epoch": 0, "last": 2**62, "far": 10_000_000_000_000, "now": int(time.time() * 1000)}
    async with _with_senders_times(kafka, CLAIMS_SUBMITTED):
        for name, at in odd.items():
            batch = a_batch([(b"member", orjson.dumps(a_claim_event(name)), ())], timestamp=at)
            await send_batch(kafka.bootstrap, CLAIMS_SUBMITTED, 1, batch)
        async with running(bench.intake().run):
            await bench.everything_is_acknowledged()
    letters = [DeadLettered.model_validate_json(m.value).data for m in bench.ledger.messages if m.topic == DEAD_LETTER]
    assert bench.ledger.controls == {"now"}
    assert [letter.reasons[0].code for letter in letters] == ["no-time-of-receipt"] * 4
